import { afterEach, beforeEach, expect, test } from 'vitest';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createApp, type App } from '../../server/app.ts';
import { DEFAULTS } from '../../server/config.ts';
import { temporaryFolder } from '../support/server.ts';

const tokens = { write: 'w-secret', read: 'r-secret' };
const headers = { host: 'box:1' };
let folder: ReturnType<typeof temporaryFolder>;
let app: App;
const log: string[] = [];

beforeEach(async () => {
  folder = temporaryFolder();
  log.length = 0;
  app = await createApp({
    config: { ...DEFAULTS, host: '0.0.0.0', data: folder.path },
    tokens,
    warn: () => undefined,
    log: { level: 'trace', stream: { write: (line) => void log.push(line) } },
  });
});
afterEach(async () => {
  await app.close();
  folder.remove();
});

const post = (lines: string) =>
  app.http.inject({ method: 'POST', url: '/api/lines?token=w-secret', headers, payload: lines });
const metrics = async () => (await app.http.inject({ url: '/metrics?token=r-secret', headers })).body;
const HELLO = '{"kind":"run","protocol":1,"run":"r","writer":"w"}';

test('the metrics count what was accepted, acknowledged, refused and found, and nothing as dropped', async () => {
  await post(
    `${HELLO}\n{"kind":"log","step":0,"values":{"train/loss":1,"lr":1}}\n{"kind":"log","step":1,"values":{"train/loss":"NaN"}}\n{"kind":"what"}`,
  );
  let text = await metrics();
  while (!text.includes('findings_total{')) text = await metrics(); // it is made durable in turn
  for (const line of [
    'tidemark_points_accepted_total 3',
    'tidemark_points_durable_total 3',
    'tidemark_points_dropped 0',
    'tidemark_points_waiting 0',
    'tidemark_ingest_frames_total{form="http"} 1',
    'tidemark_acks_total 1',
    'tidemark_ack_seconds_count 1',
    'tidemark_errors_total{code="bad-kind"} 1',
    'tidemark_findings_total{detector="non-finite"} 1',
    'tidemark_store_failures 0',
    'tidemark_viewers 0',
    'tidemark_runs 1',
  ])
    expect(text).toContain(`\n${line}\n`);
  expect(text).toMatch(/tidemark_event_loop_delay_seconds\{quantile="0.99"\} \d/);
  expect(text).toMatch(/tidemark_journal_bytes [1-9]/);
});

test('the metrics want a token where the server does, health does not', async () => {
  expect((await app.http.inject({ url: '/metrics', headers })).statusCode).toBe(401);
  expect((await app.http.inject({ url: '/healthz', headers })).json()).toMatchObject({ status: 'ok' });
});

test('docs/operating.md lists every metric of the server’s own', async () => {
  const docs = readFileSync(join(import.meta.dirname, '../../docs/operating.md'), 'utf8');
  const names = [...(await metrics()).matchAll(/^# TYPE (tidemark_\w+) /gm)].map(([, name]) => name);
  expect(names.length).toBeGreaterThan(20);
  for (const name of names) expect(docs).toContain(`\`${name}\``);
});

test('the log is JSON, tells of requests, and holds no token', async () => {
  await post(HELLO);
  await app.http.inject({ url: '/api/runs', headers: { ...headers, authorization: 'Bearer r-secret', cookie: 'tidemark_token=r-secret' } }); // prettier-ignore
  const lines = log.map((line) => JSON.parse(line) as { req?: { path?: string }; msg?: string });
  expect(lines.some(({ req }) => req?.path === '/api/lines')).toBe(true);
  expect(log.join('')).not.toMatch(/secret/);
});
