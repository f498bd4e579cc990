import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { knownRuns } from '../../../server/tail/known-runs.ts';
import { startApp } from '../../support/app.ts';
import { temporaryFolder } from '../../support/server.ts';

let ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.reverse()) await end();
  ends = [];
});

it('are all runs of the server, however many pages it takes to tell them, hidden ones too', async () => {
  const folder = temporaryFolder();
  const app = await startApp(folder.path);
  ends = [() => folder.remove(), () => app.close()];
  const ids = Array.from({ length: 1_203 }, (_, i) => `run-${i}`);
  const payload = ids.map((run) => JSON.stringify({ kind: 'run', protocol: 1, run, writer: 'w' })).join('\n');
  const headers = { host: 'localhost' };
  await app.http.inject({ method: 'POST', url: '/api/lines', headers, payload });
  for (const run of ['run-3', 'run-1000'])
    await app.http.inject({ method: 'DELETE', url: `/api/runs/${run}`, headers });
  expect([...(await knownRuns(app.url, null))].sort()).toEqual(ids.sort());
});

it('are not none where the server does not say', async () => {
  const server: Server = createServer((_request, response) => {
    response.writeHead(503, { 'content-type': 'application/json' });
    response.end('{"kind":"error"}');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  ends = [() => server.close()];
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  await expect(knownRuns(url, null)).rejects.toThrow('answered with HTTP status 503');
});
