import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Client, startApp } from '../support/app.ts';
import { temporaryFolder } from '../support/server.ts';

const HELLO = '{"kind":"run","protocol":1,"run":"r1","writer":"w1","name":"by hand"}';

let folder: ReturnType<typeof temporaryFolder>;
let app: Awaited<ReturnType<typeof startApp>>;
beforeEach(async () => {
  folder = temporaryFolder();
  app = await startApp(folder.path, { graceMs: 20 });
});
afterEach(async () => {
  await app.close();
  folder.remove();
});

const trainer = () => Client.open(`${app.url}/api/trainer`);
const get = async (path: string) =>
  (await app.http.inject({ url: path, headers: { host: 'localhost' } })).json<Record<string, never>>();
const points = (series = 'loss') => get(`/api/runs/r1/points?series=${series}`);
const state = async () =>
  (await get('/api/runs/r1')).run as { status: string; missing: number; attempt: number; request: unknown };

describe('a trainer by WebSocket', () => {
  it('is welcomed, acknowledged, and its points are there', async () => {
    const client = await trainer();
    client.send(HELLO);
    expect(await client.next()).toMatchObject({
      kind: 'welcome',
      protocol: 1,
      run: 'r1',
      writer: 'w1',
      seq: 0,
      missing: [],
      attempt: 0,
      step: null,
    });
    client.send(
      '{"kind":"log","seq":1,"time":1790000000.5,"step":0,"values":{"loss":2.5}}',
      '{"kind":"log","seq":2,"time":1790000001,"step":1,"values":{"loss":"NaN"}}',
    );
    expect(await client.next()).toEqual({ kind: 'ack', run: 'r1', writer: 'w1', seq: 2 });
    expect(await points()).toEqual({
      series: 'loss',
      rank: 0,
      attempts: [{ attempt: 0, steps: [0, 1], times: [1790000000.5, 1790000001], values: [2.5, 'NaN'] }],
    });
    await client.close();
  });

  it('goes on after a reconnect: the welcome says what is there, repeats are dropped', async () => {
    const first = await trainer();
    first.send(
      HELLO,
      '{"kind":"log","seq":1,"step":0,"values":{"loss":1}}',
      '{"kind":"log","seq":4,"step":3,"values":{"loss":4}}',
    );
    expect(await first.next()).toEqual({ kind: 'gap', run: 'r1', writer: 'w1', from: 2, to: 3 });
    await first.kind('ack');
    first.socket.terminate();

    const second = await trainer();
    second.send(HELLO);
    expect(await second.next()).toMatchObject({ kind: 'welcome', seq: 4, missing: [[2, 3]], step: 3 });
    expect((await state()).missing).toBe(2);
    second.send(...[1, 2, 3, 4].map((seq) => ({ kind: 'log', seq, step: seq - 1, values: { loss: seq } })));
    await second.kind('ack');
    expect(await points()).toMatchObject({ attempts: [{ steps: [0, 1, 2, 3], values: [1, 2, 3, 4] }] });
    expect(await state()).toMatchObject({ missing: 0, attempt: 0 });
    await second.close();
  });

  it('is told of a bad frame and lives on', async () => {
    const client = await trainer();
    client.send('{"kind":"log","seq":1,"step":0,"values":{}}');
    expect(await client.next()).toMatchObject({ kind: 'error', code: 'no-run' });
    client.socket.send(Buffer.from([2, 2, 3]), { binary: true });
    expect(await client.next()).toMatchObject({ kind: 'error', code: 'frame-kind' });
    client.send(HELLO, 'nonsense');
    expect(await client.next()).toMatchObject({ kind: 'error', code: 'bad-json' });
    expect(await client.next()).toMatchObject({ kind: 'welcome' });
    await client.close();
  });

  it('is lost after the grace time, and back when it speaks again', async () => {
    const client = await trainer();
    client.send(HELLO);
    await client.kind('welcome');
    const viewer = await Client.open(`${app.url}/api/viewer`);
    await client.close();
    const status = (wanted: string) => (frame: Record<string, unknown>) =>
      Array.isArray(frame.runs) && frame.runs.some((run: { status: string }) => run.status === wanted);
    await viewer.until(status('lost'));
    const again = await trainer();
    again.send(HELLO);
    await viewer.until(status('running'));
    await again.close();
    await viewer.close();
  });

  it('that said its end is not lost when its socket closes', async () => {
    const client = await trainer();
    client.send(HELLO, '{"kind":"end","seq":1,"status":"failed","reason":"out of memory"}');
    await client.kind('ack');
    await client.close();
    await new Promise((resolve) => setTimeout(resolve, 40)); // twice the grace time: that nothing happens takes time to see
    expect(await state()).toMatchObject({ status: 'failed', reason: 'out of memory' });
  });

  it('is asked to stop, acknowledges, and stops', async () => {
    const client = await trainer();
    client.send(HELLO, '{"kind":"log","seq":1,"step":7,"values":{"val/loss":1}}');
    await client.kind('ack');
    const asked = await app.http.inject({
      method: 'POST',
      url: '/api/runs/r1/stop',
      headers: { host: 'localhost' },
    });
    expect(asked.statusCode).toBe(202);
    expect(await client.kind('stop')).toMatchObject({
      kind: 'stop',
      run: 'r1',
      step: 7,
      reason: 'asked from the page',
    });
    client.send('{"kind":"stopping","seq":2,"time":1790000000,"step":8}');
    await client.kind('ack');
    expect((await state()).request).toMatchObject({
      by: 'person',
      step: 7,
      acknowledged: { time: 1790000000, step: 8 },
    });
    client.send('{"kind":"end","seq":3,"status":"stopped"}');
    await client.kind('ack');
    expect((await state()).status).toBe('stopped');
    const again = await app.http.inject({
      method: 'POST',
      url: '/api/runs/r1/stop',
      headers: { host: 'localhost' },
    });
    expect(again.json()).toMatchObject({ code: 'run-ended' });
    await client.close();
  });

  it('hears a stop asked while it was away', async () => {
    const client = await trainer();
    client.send(HELLO);
    await client.kind('welcome');
    await client.close();
    await app.http.inject({ method: 'POST', url: '/api/runs/r1/stop', headers: { host: 'localhost' } });
    const again = await trainer();
    again.send(HELLO);
    expect(await again.kind('stop')).toMatchObject({ run: 'r1' });
    await again.close();
  });

  it('is cut off when its frame is too large, and nothing else is', async () => {
    const small = await startApp(`${folder.path}/small`, {
      limits: { ...(await import('../../shared/limits.ts')).LIMITS, frameBytes: 1000 },
    });
    const client = await Client.open(`${small.url}/api/trainer`);
    client.socket.send('x'.repeat(2000));
    const [code] = (await once(client.socket, 'close')) as [number];
    expect(code).toBe(1009);
    const next = await Client.open(`${small.url}/api/trainer`);
    next.send(HELLO);
    await next.kind('welcome');
    await next.close();
    await small.close();
  });
});

describe('a trainer by HTTP', () => {
  const post = async (...lines: string[]) => {
    const response = await app.http.inject({
      method: 'POST',
      url: '/api/lines',
      headers: { host: 'localhost' },
      payload: lines.join('\n'),
    });
    const answers = response.body
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    return { status: response.statusCode, answers };
  };

  it('gets the same answers in the body', async () => {
    const { status, answers } = await post(HELLO, '{"kind":"log","seq":1,"step":0,"values":{"loss":1}}');
    expect(status).toBe(200);
    expect(answers).toMatchObject([{ kind: 'welcome' }, { kind: 'ack', seq: 1 }]);
  });

  it('may leave numbers out', async () => {
    await post(HELLO, '{"kind":"log","step":0,"values":{"loss":1}}');
    expect((await post(HELLO, '{"kind":"log","step":1,"values":{"loss":2}}')).answers).toMatchObject([
      { kind: 'welcome', seq: 2 },
      { kind: 'ack', seq: 2 },
    ]);
  });

  it('keeps the good lines of a body and tells of the bad', async () => {
    const { status, answers } = await post(
      HELLO,
      '{"kind":"log","seq":1,"step":"zero","values":{}}',
      '{"kind":"log","seq":2,"step":1,"values":{"loss":2}}',
    );
    expect(status).toBe(400);
    expect(answers).toMatchObject([
      { kind: 'error', code: 'bad-line', field: 'step', seq: 1 },
      { kind: 'welcome' },
      { kind: 'ack', seq: 2 },
    ]);
  });

  it('hears of a stop in the answers of its next request', async () => {
    await post(HELLO);
    await app.http.inject({ method: 'POST', url: '/api/runs/r1/stop', headers: { host: 'localhost' } });
    expect((await post(HELLO)).answers).toMatchObject([{ kind: 'welcome' }, { kind: 'stop' }]);
  });
});
