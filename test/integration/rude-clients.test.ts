import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Ack } from '../../shared/answers.ts';
import { Client, startApp } from '../support/app.ts';
import { temporaryFolder } from '../support/server.ts';

const UPGRADE =
  'Host: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
  'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n';

let folder: ReturnType<typeof temporaryFolder>;
let app: Awaited<ReturnType<typeof startApp>>;
let closed = false;
const peers: Socket[] = [];
beforeEach(async () => {
  folder = temporaryFolder();
  app = await startApp(folder.path, { closeMs: 100 });
  closed = false;
});
afterEach(async () => {
  for (const peer of peers.splice(0)) peer.destroy();
  if (!closed) await app.close();
  folder.remove();
});

/** A connection that sends some bytes as they are, and never closes its side by itself. */
async function say(bytes: string): Promise<Socket> {
  const peer = connect({ port: Number(new URL(app.url).port), host: '127.0.0.1', allowHalfOpen: true });
  peers.push(peer);
  peer.on('error', () => undefined);
  await once(peer, 'connect');
  peer.write(bytes);
  return peer;
}

describe('a client that keeps no rules', () => {
  it.each(['//', 'http://[', '/nope'])('is told 404 where it asks for a socket at %s', async (address) => {
    const peer = await say(`GET ${address} HTTP/1.1\r\n${UPGRADE}`);
    expect(await text(peer)).toMatch(/^HTTP\/1\.1 404 /);
    expect((await app.http.inject({ url: '/healthz' })).statusCode).toBe(200);
  });

  // An error that nobody hears ends a process, and a test run.
  it('may be gone before it is refused a socket', async () => {
    for (let i = 0; i < 20; i++) {
      const peer = await say(`GET /nope HTTP/1.1\r\n${UPGRADE}`);
      peer.resetAndDestroy();
    }
    for (let i = 0; i < 20; i++) {
      const peer = await say(`GET /nope HTTP/1.1\r\n${UPGRADE}`);
      await once(peer, 'readable');
      peer.resetAndDestroy();
    }
    const peer = await say(`GET /nope HTTP/1.1\r\n${UPGRADE}`);
    expect(await text(peer)).toMatch(/^HTTP\/1\.1 404 /);
  });

  it('does not keep a server that goes down by not closing its side', async () => {
    const peer = await say(`GET /nope HTTP/1.1\r\n${UPGRADE}`);
    await once(peer, 'readable');
    await app.close();
    closed = true;
  });

  it('does not keep a server that goes down by not reading its answer', async () => {
    const trainer = await Client.open(`${app.url}/api/trainer`);
    trainer.send({ kind: 'run', protocol: 1, run: 'r1', writer: 'w1' });
    for (let line = 0; line < 40; line++) {
      const steps = Array.from({ length: 20_000 }, (_, i) => line * 20_000 + i);
      trainer.send({ kind: 'log', seq: line + 1, steps, values: { loss: steps.map(Math.sin) } });
    }
    for (let seq = 0; seq < 40;) ({ seq } = await trainer.kind<Ack>('ack'));
    const peer = await say(
      'GET /api/runs/r1/points?series=loss&format=csv HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n',
    );
    await once(peer, 'readable');
    await app.close();
    closed = true;
  });

  it('may send a body of nothing', async () => {
    const answer = await app.http.inject({
      method: 'POST',
      url: '/api/lines',
      headers: { host: 'localhost' },
    });
    expect([answer.statusCode, answer.body]).toEqual([200, '']);
  });

  it('is told what is wrong with an address in the words of every refusal', async () => {
    const refused = await app.http.inject({ url: '/api/runs/%zz', headers: { host: 'localhost' } });
    expect(refused.statusCode).toBe(404);
    expect(refused.json()).toMatchObject({
      kind: 'error',
      code: 'not-found',
      field: 'address',
      value: '"/api/runs/%zz"',
    });
  });
});
