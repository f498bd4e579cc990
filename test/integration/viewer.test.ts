import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Ack } from '../../shared/answers.ts';
import type { ServerFrame, SnapshotFrame, UpdateFrame } from '../../shared/frames.ts';
import { decodePoints } from '../../shared/points.ts';
import { Client, startApp } from '../support/app.ts';
import { temporaryFolder } from '../support/server.ts';

const HELLO = { kind: 'run', protocol: 1, run: 'r1', writer: 'w1' };
const log = (seq: number, values: Record<string, number | string>) => ({
  kind: 'log',
  seq,
  step: seq,
  values,
});

let folder: ReturnType<typeof temporaryFolder>;
let app: Awaited<ReturnType<typeof startApp>>;
let trainer: Client;
beforeEach(async () => {
  folder = temporaryFolder();
  app = await startApp(folder.path);
  trainer = await Client.open(`${app.url}/api/trainer`);
  trainer.send(HELLO);
  await trainer.kind('welcome');
});
afterEach(async () => {
  await app.close();
  folder.remove();
});

const viewer = () => Client.open(`${app.url}/api/viewer`);
const nextPoints = async (client: Client) => decodePoints(await client.binary());

describe('a viewer', () => {
  it('gets a snapshot, then what it looks at, then points as they come', async () => {
    trainer.send(log(1, { loss: 3 }), log(2, { loss: 2 }));
    await trainer.kind('ack');
    const client = await viewer();
    const snapshot = await client.kind<SnapshotFrame>('snapshot');
    expect(snapshot).toMatchObject({
      protocol: 1,
      access: 'write',
      runs: [{ run: 'r1', status: 'running', step: 2, points: 2 }],
    });

    client.send({ kind: 'view', view: 7, runs: ['r1'], width: 100 });
    expect(await client.kind('series')).toMatchObject({
      view: 7,
      run: 'r1',
      series: [{ series: 'loss', rank: 0, role: 'loss' }],
    });
    const first = await nextPoints(client);
    expect(first).toMatchObject({
      view: 7,
      run: 'r1',
      parts: [{ series: 0, total: 2, attempt: 0, window: null }],
    });
    expect([...first.parts[0].values]).toEqual([3, 2]);

    trainer.send(log(3, { loss: 'NaN' }));
    const second = await nextPoints(client);
    expect(second.parts).toMatchObject([{ total: 1, replace: false }]);
    expect([...second.parts[0].values]).toEqual([NaN]);
    await client.close();
  });

  it('knows series by their places, which those that come later and a new start leave as they are', async () => {
    const other = await Client.open(`${app.url}/api/trainer`);
    const of = (seq: number, values: Record<string, number>) => ({ ...log(seq, values), step: 10 + seq });
    let client = await viewer();
    let names: string[] = [];
    const values = new Map<string, number>();
    /** Reads frames until a series has come to a value. */
    const until = async (series: string, value: number) => {
      while (values.get(series) !== value) {
        const frame = await client.next();
        if (!Buffer.isBuffer(frame)) {
          const told = frame as ServerFrame;
          if (told.kind === 'series') names = told.series.map(({ series: name, rank }) => `${name} ${rank}`);
          continue;
        }
        for (const { series: place, values: some } of decodePoints(new Uint8Array(frame).buffer).parts)
          values.set(names[place], some[some.length - 1]);
      }
    };
    trainer.send(log(1, { m: 1, z: 2 }));
    client.send({ kind: 'view', view: 1, runs: ['r1'], width: 100 });
    await until('z 0', 2);
    other.send({ ...HELLO, writer: 'w2', rank: 1 }, of(1, { z: 3, a: 4 }));
    await until('a 1', 4);
    trainer.send(log(2, { a: 5, m: 6, z: 7 }));
    await until('z 0', 7);
    expect([...values]).toEqual([
      ...[['m 0', 6], ['z 0', 7], ['z 1', 3], ['a 1', 4], ['a 0', 5]], // prettier-ignore
    ]);
    const before = names;

    await app.close();
    app = await startApp(folder.path);
    client = await viewer();
    client.send({ kind: 'view', view: 1, runs: ['r1'], width: 100 });
    const known = [...values];
    values.clear();
    for (const [series, value] of known) await until(series, value);
    expect(names).toEqual(before);
    expect([...values]).toEqual(known);
  });

  it('is sent a finding when it is said, and finds it again after the server starts anew', async () => {
    const client = await viewer();
    await client.kind('snapshot');
    trainer.send(
      ...Array.from({ length: 30 }, (_, i) => log(i + 1, { 'train/loss': i < 25 ? 2 - i / 50 : 'NaN' })),
    );
    const { findings } = await client.until<UpdateFrame>(
      (frame) => Array.isArray(frame.findings) && frame.findings.length > 0,
    );
    expect(findings[0]).toMatchObject({
      detector: 'non-finite',
      severity: 'critical',
      status: 'open',
      from: 26,
    });

    await app.close();
    app = await startApp(folder.path);
    const again = await viewer();
    const snapshot = await again.kind<SnapshotFrame>('snapshot');
    expect(snapshot.findings.map(({ id }) => id)).toContain(findings[0].id);
    expect(snapshot.runs[0].verdict).not.toBe('');
  });

  it('is sent a long series as what its pixels can show, without missing the extreme', async () => {
    const lines = Array.from({ length: 5_000 }, (_, i) => log(i + 1, { loss: i === 3_210 ? 99 : 1 }));
    trainer.send(...lines);
    // A large frame is taken, and acknowledged, piece by piece.
    let seq = 0;
    while (seq < lines.length) ({ seq } = await trainer.kind<Ack>('ack'));
    const client = await viewer();
    client.send({ kind: 'view', view: 1, runs: ['r1'], width: 50 });
    const { parts } = await nextPoints(client);
    expect(parts[0].total).toBe(5_000);
    expect(parts[0].steps.length).toBeLessThanOrEqual(250);
    expect(Math.max(...parts[0].values)).toBe(99);
  });

  it('that reads nothing is not sent more and more, and catches up when it reads', async () => {
    const client = await viewer();
    client.send({ kind: 'view', view: 1, runs: ['r1'], width: 8192 });
    await client.kind('snapshot');
    client.socket.pause();
    let seq = 0;
    for (let frame = 0; frame < 60; frame++) {
      trainer.send(...Array.from({ length: 2_000 }, () => log(++seq, { a: seq, b: seq, c: seq, d: seq })));
      await trainer.kind('ack');
    }
    client.socket.resume();
    const last = { a: 0 };
    while (last.a < seq) {
      const { parts } = await nextPoints(client);
      for (const { series, values } of parts) if (series === 0) last.a = values[values.length - 1];
    }
    expect(last.a).toBe(seq);
  }, 60_000);

  it('is told what is wrong with its frame and may go on', async () => {
    const client = await viewer();
    client.send({ kind: 'view', view: 1, runs: ['r1'], width: 3 });
    expect(await client.kind('error')).toMatchObject({
      code: 'bad-line',
      field: 'width',
      rule: 'at least 16',
    });
    client.send({ kind: 'stop', run: 'nobody' });
    expect(await client.kind('error')).toMatchObject({ code: 'run-not-found' });
    await client.close();
  });

  it('asks a run to stop', async () => {
    const client = await viewer();
    await client.kind('snapshot');
    client.send({ kind: 'stop', run: 'r1' });
    expect(await trainer.kind('stop')).toMatchObject({ run: 'r1' });
    const asked = await client.until<UpdateFrame>(
      (frame) =>
        frame.kind === 'update' &&
        (frame as unknown as UpdateFrame).runs.some(({ request }) => request !== null),
    );
    expect(asked.runs[0].request).toMatchObject({ by: 'person', acknowledged: null });
    await client.close();
  });

  it('may begin with what it looks at: of that alone it is told before its points, of all else after', async () => {
    trainer.send(log(1, { loss: 3 }));
    await trainer.kind('ack');
    const other = await Client.open(`${app.url}/api/trainer`);
    other.send({ ...HELLO, run: 'r2', writer: 'w2' });
    await other.kind('welcome');
    const view = JSON.stringify({ kind: 'view', view: 1, runs: ['r1'], width: 100 });
    const client = await Client.open(`${app.url}/api/viewer?view=${encodeURIComponent(view)}`);
    expect(await client.next()).toMatchObject({ kind: 'snapshot', runs: [{ run: 'r1' }] });
    expect(await client.next()).toMatchObject({ kind: 'series', view: 1, run: 'r1' });
    expect((await nextPoints(client)).parts).toMatchObject([{ total: 1 }]);
    expect(await client.next()).toMatchObject({ kind: 'update', rest: true, runs: [{ run: 'r2' }] });
    await client.close();
    await other.close();
  });

  it('asks by its address to see, and for nothing else', async () => {
    for (const [frame, code] of [
      ['{"kind":"stop","run":"r1"}', 'bad-kind'],
      ['{"kind":"view","view":1,"runs":["r1"],"width":1}', 'bad-line'],
      ['{', 'bad-json'],
    ]) {
      const client = await Client.open(`${app.url}/api/viewer?view=${encodeURIComponent(frame)}`);
      expect(await client.kind('error')).toMatchObject({ code });
      expect(await client.kind('snapshot')).toMatchObject({ runs: [{ run: 'r1' }] });
      await client.close();
    }
  });

  it('of another page is turned away', async () => {
    const client = new Client(`${app.url}/api/viewer`, { origin: 'http://evil.example' });
    expect(await client.next()).toMatchObject({ kind: 'error', code: 'origin-refused' });
    await once(client.socket, 'close');
  });
});

describe('with tokens', () => {
  const tokens = { write: 'write-secret', read: 'read-secret' };
  let guarded: Awaited<ReturnType<typeof startApp>>;
  beforeEach(async () => (guarded = await startApp(`${folder.path}/guarded`, { host: '0.0.0.0', tokens })));
  afterEach(() => guarded.close());

  it('a viewer without one is turned away with the reason', async () => {
    const client = new Client(`${guarded.url}/api/viewer`);
    expect(await client.next()).toMatchObject({ code: 'token-missing' });
  });

  it('a reader looks but does not stop, a trainer needs the writing one', async () => {
    const reader = await Client.open(`${guarded.url}/api/viewer?token=read-secret`);
    expect(await reader.kind('snapshot')).toMatchObject({ access: 'read' });
    reader.send({ kind: 'stop', run: 'r1' });
    expect(await reader.kind('error')).toMatchObject({ code: 'token-wrong' });
    const refused = new Client(`${guarded.url}/api/trainer?token=read-secret`);
    expect(await refused.next()).toMatchObject({ code: 'token-wrong' });
    const allowed = await Client.open(`${guarded.url}/api/trainer`, { authorization: 'Bearer write-secret' });
    allowed.send(HELLO);
    await allowed.kind('welcome');
  });

  it('a browser shows its token once and keeps it as a cookie that no script reads', async () => {
    const shown = await guarded.http.inject({ url: '/?token=read-secret' });
    expect(shown.statusCode).toBe(302);
    expect(shown.headers.location).toBe('/');
    const cookie = String(shown.headers['set-cookie']);
    expect(cookie).toMatch(/HttpOnly; SameSite=Strict/);
    const kept = await guarded.http.inject({ url: '/api/runs', headers: { cookie: cookie.split(';')[0] } });
    expect(kept.statusCode).toBe(200);
    expect((await guarded.http.inject({ url: '/api/runs' })).statusCode).toBe(401);
    expect((await guarded.http.inject({ url: '/?token=wrong' })).headers['set-cookie']).toBeUndefined();
  });
});
