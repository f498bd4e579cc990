import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocketServer, type WebSocket } from 'ws';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { openGate, type Gate } from '../../server/gate/gate.ts';
import { openMonitor, type Monitor } from '../../server/monitor.ts';
import { openStore } from '../../server/store/store.ts';
import { LIMITS } from '../../shared/limits.ts';
import { Client, startApp } from '../support/app.ts';
import { temporaryFolder } from '../support/server.ts';

const hello = (run: string) => ({ kind: 'run', protocol: 1, run, writer: 'w' });
const log = (seq: number) => ({ kind: 'log', seq, step: seq, values: { loss: seq, pad: 1 / 3 } });
/** Text frames of 200 lines each. */
const frames = (count: number, first = 1) =>
  Array.from({ length: count }, (_, frame) =>
    Array.from({ length: 200 }, (_, i) => JSON.stringify(log(first + frame * 200 + i))).join('\n'),
  );

let folder: ReturnType<typeof temporaryFolder>;
beforeEach(() => (folder = temporaryFolder()));
afterEach(() => folder.remove());

describe('a store that is slower than its trainers', () => {
  let monitor: Monitor;
  let gate: Gate;
  let server: WebSocketServer;
  /** Lets the writes go on that are waiting. */
  let open: () => void;
  let waits: Promise<void>;

  beforeEach(async () => {
    waits = new Promise((resolve) => (open = resolve));
    monitor = await openMonitor(
      async (hooks) => {
        const store = await openStore(folder.path, hooks);
        return {
          ...store,
          async append(records) {
            if (records.some(({ kind }) => kind === 'table')) await waits;
            return store.append(records);
          },
        };
      },
      { now: () => 1, warn: (message) => expect.fail(message) },
    );
    gate = openGate(monitor, {
      limits: LIMITS,
      now: () => 1,
      graceMs: 1e6,
      httpGraceMs: 1e6,
      settings: () => [],
    });
    server = new WebSocketServer({ port: 0, maxPayload: LIMITS.frameBytes, perMessageDeflate: false });
    server.on('connection', (socket: WebSocket) => gate.connect(socket));
    await once(server, 'listening');
  });
  afterEach(async () => {
    for (const socket of server.clients) socket.terminate();
    server.close();
    gate.close();
    await monitor.close();
  });

  it('acknowledges later, reads no further than its bound, and drops nothing', async () => {
    const client = await Client.open(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    client.send(hello('slow'));
    await client.kind('welcome');
    const lines = 100_000;
    for (const frame of frames(lines / 200)) client.socket.send(frame);
    while (gate.paused === 0) await new Promise(setImmediate);
    // More would come if it were read: the kernel holds it, and then the trainer.
    const held = gate.waiting.bytes;
    for (let i = 0; i < 200; i++) await new Promise(setImmediate);
    expect(gate.waiting.bytes).toBe(held);
    expect(held).toBeLessThan(2 * 1024 * 1024);
    expect(monitor.runs.get('slow')?.points).toBe(0);
    expect(gate.waiting.age).toBeGreaterThan(0);

    open();
    await client.until(({ kind, seq }) => kind === 'ack' && seq === lines);
    const run = monitor.runs.get('slow')!;
    expect([run.points, run.missing]).toEqual([2 * lines, 0]);
    expect(gate.waiting).toMatchObject({ bytes: 0, points: 0, frames: 0, age: 0 });
    await client.close();
  });

  it('hears a quiet trainer while a noisy one has megabytes waiting', async () => {
    open();
    const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const [noisy, quiet] = [await Client.open(address), await Client.open(address)];
    noisy.send(hello('noisy'));
    quiet.send(hello('quiet'));
    await Promise.all([noisy.kind('welcome'), quiet.kind('welcome')]);
    const lines = 60_000;
    const all = frames(lines / 200).join('\n');
    noisy.socket.send(all);
    while (gate.waiting.frames === 0) await new Promise(setImmediate);
    quiet.send(log(1));
    await quiet.kind('ack');
    expect(gate.waiting.frames).toBeGreaterThan(0);
    await noisy.until(({ kind, seq }) => kind === 'ack' && seq === lines);
    await Promise.all([noisy.close(), quiet.close()]);
  });
});

describe('a quota', () => {
  it('of points slows its token’s trainers with a word, and loses nothing', async () => {
    const file = join(folder.path, 'config.json');
    writeFileSync(file, '{"quotas":{"*":{"points":1500},"free":{"points":1000000}}}');
    const tokens = { write: 'w-secret', read: 'r-secret', writers: { free: 'f-secret' } };
    const app = await startApp(folder.path, { host: '0.0.0.0', tokens, file });
    const as = (token: string) => Client.open(`${app.url}/api/trainer`, { authorization: `Bearer ${token}` });
    const [slowed, free] = [await as('w-secret'), await as('f-secret')];
    slowed.send(hello('slowed'));
    free.send(hello('free'));
    for (const frame of frames(12)) slowed.socket.send(frame);
    for (const frame of frames(100)) free.socket.send(frame);
    expect(await slowed.kind('error')).toMatchObject({ code: 'quota-points', field: 'points' });
    await free.until(({ kind, seq }) => kind === 'ack' && seq === 20_000);
    await slowed.until(({ kind, seq }) => kind === 'ack' && seq === 2_400);
    const { runs } = (await (await fetch(`${app.url}/api/runs?token=r-secret`)).json()) as {
      runs: { run: string; points: number }[];
    };
    expect(Object.fromEntries(runs.map(({ run, points }) => [run, points]))).toEqual({
      slowed: 4_800,
      free: 40_000,
    });
    await Promise.all([slowed.close(), free.close()]);
    await app.close();
  });

  it('of runs refuses one more until one has ended', async () => {
    const file = join(folder.path, 'config.json');
    writeFileSync(file, '{"quotas":{"*":{"runs":1}}}');
    const app = await startApp(folder.path, { file });
    const client = await Client.open(`${app.url}/api/trainer`);
    client.send(hello('one'));
    await client.kind('welcome');
    client.send(hello('two'));
    expect(await client.kind('error')).toMatchObject({ code: 'quota-runs', field: 'run', value: '"two"' });
    client.send(hello('one'), { kind: 'end', seq: 1, status: 'finished' });
    await client.kind('ack');
    client.send(hello('two'));
    expect(await client.kind('welcome')).toMatchObject({ run: 'two' });
    await client.close();
    await app.close();
  });
});
