import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RunState, UpdateFrame } from '../../shared/frames.ts';
import { Client, startApp } from '../support/app.ts';
import { temporaryFolder } from '../support/server.ts';

let folder: ReturnType<typeof temporaryFolder>;
let app: Awaited<ReturnType<typeof startApp>>;
let trainer: Client;
let seq: number;
const headers = { host: 'localhost' };
const HELLO = { kind: 'run', protocol: 1, run: 'r', writer: 'w', name: 'as the trainer says', tags: ['a'] };

beforeEach(async () => {
  seq = 0;
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

const ask = (method: 'PATCH' | 'PUT' | 'DELETE' | 'GET', url: string, body?: object) =>
  app.http.inject({ method, url, headers, ...(body && { payload: JSON.stringify(body) }) });
const edit = (body: object, run = 'r') => ask('PATCH', `/api/runs/${run}`, body);
/** As they are when the detectors have seen everything. */
const runs = async () => {
  await app.idle();
  return (await ask('GET', '/api/runs')).json<{ runs: RunState[] }>().runs;
};

async function log(values: (step: number) => object, count: number): Promise<void> {
  trainer.send(
    ...Array.from({ length: count }, (_, step) => ({ kind: 'log', seq: ++seq, step, values: values(step) })),
  );
  await trainer.until(({ kind, seq: to }) => kind === 'ack' && Number(to) >= seq);
}

describe('a run', () => {
  it('is renamed, tagged, noted, pinned and archived, over what its trainer says again, and after a restart', async () => {
    const change = { name: 'mine', tags: ['b', 'c'], notes: 'look', pinned: true, archived: true };
    expect((await edit(change)).json()).toMatchObject({ run: change });
    trainer.send({ ...HELLO, notes: 'more' });
    await trainer.kind('welcome');
    expect((await runs())[0]).toMatchObject(change);
    await app.close();
    app = await startApp(folder.path);
    expect((await runs())[0]).toMatchObject(change);
  });

  it.each(['color', 'constructor', 'toString'])('has no field %s that could be changed', async (field) => {
    const refused = await edit({ [field]: 1 });
    expect(refused.statusCode).toBe(400);
    expect(refused.json()).toMatchObject({ field: 'field', value: JSON.stringify(field) });
  });

  it('is deleted, for viewers at once, and taken back', async () => {
    const viewer = await Client.open(`${app.url}/api/viewer`);
    await viewer.kind('snapshot');
    await ask('DELETE', '/api/runs/r');
    const gone = await viewer.until<UpdateFrame>(
      (frame) => frame.kind === 'update' && (frame as unknown as UpdateFrame).runs.some((run) => run.deleted),
    );
    expect(gone.runs[0].run).toBe('r');
    expect(await runs()).toEqual([]);
    const { runs: hidden } = (await ask('GET', '/api/runs?deleted=only')).json<{ runs: RunState[] }>();
    expect(hidden).toMatchObject([{ run: 'r', deleted: true }]);
    const later = await Client.open(`${app.url}/api/viewer`);
    expect(await later.kind('snapshot')).toMatchObject({ runs: [], findings: [] });
    await edit({ deleted: false });
    expect(await runs()).toHaveLength(1);
  });

  it.each([
    [{ name: '' }, 'bad-line', 'name'],
    [{ tags: 'a' }, 'bad-line', 'tags'],
    [{ tag: ['a'] }, 'bad-line', 'field'],
    [{ stop: 'soon' }, 'bad-line', 'stop'],
  ])('changed to %j is refused', async (body, code, field) => {
    const answer = await edit(body);
    expect(answer.statusCode).toBe(400);
    expect(answer.json()).toMatchObject({ code, field });
  });

  it('that there is not cannot be changed', async () => {
    expect((await edit({ name: 'x' }, 'nobody')).json()).toMatchObject({ code: 'run-not-found' });
  });

  it('is changed by the writing token only', async () => {
    const guarded = await startApp(`${folder.path}/guarded`, { tokens: { write: 'ww', read: 'rr' } });
    const inject = (token: string) =>
      guarded.http.inject({
        method: 'PATCH',
        url: '/api/runs/r',
        headers: { ...headers, authorization: `Bearer ${token}` },
        payload: '{}',
      });
    expect((await inject('rr')).statusCode).toBe(403);
    expect((await inject('ww')).statusCode).toBe(404);
    await guarded.close();
  });
});

describe('the course of a run', () => {
  it('comes with it, with its pace', async () => {
    const start = Date.now() / 1000;
    trainer.send(
      ...Array.from({ length: 200 }, (_, step) => ({
        kind: 'log',
        seq: ++seq,
        step,
        time: start + step / 4,
        values: { loss: step === 3 ? 'NaN' : 1 / (step + 1) },
      })),
    );
    await trainer.until(({ kind, seq: to }) => kind === 'ack' && Number(to) >= seq);
    const [{ trend, rate }] = await runs();
    expect(trend?.series).toBe('loss');
    expect(trend?.values.length).toBeLessThanOrEqual(64);
    expect(trend?.values[0]).toBeNull();
    expect(rate).toBeCloseTo(4, 6);
  });
});

/** Validation turns at step 40 while training goes on falling. */
const overfit = (step: number) => {
  const fall = 2 * Math.exp(-step / 25);
  return { 'train/loss': fall, 'val/loss': 0.3 + fall + 0.02 * Math.max(0, step - 40) };
};

describe('stopping', () => {
  it('at the best epoch is asked at once where that is past, else when it is', async () => {
    await log(overfit, 100);
    await edit({ stop: 'best-epoch' });
    const stop = await trainer.kind<{ step: number }>('stop');
    expect(stop.step).toBeGreaterThan(30);
    expect((await runs())[0]).toMatchObject({ stop: 'best-epoch', request: { by: 'best-epoch' } });
    expect((await runs())[0].stopSet).not.toBeNull();
  });

  it('is taken back from a trainer that has not answered', async () => {
    await app.http.inject({ method: 'POST', url: '/api/runs/r/stop', headers });
    await trainer.kind('stop');
    await edit({ stop: 'never' });
    expect((await runs())[0].request?.withdrawn).toBeGreaterThan(0);
    trainer.send({ ...HELLO, notes: 'again' });
    await trainer.kind('welcome');
    trainer.send({ kind: 'note', seq: 1, text: 'after the welcome no stop has come' });
    expect(await trainer.next()).toMatchObject({ kind: 'ack' });
    // It may be asked again.
    await app.http.inject({ method: 'POST', url: '/api/runs/r/stop', headers });
    await trainer.kind('stop');
  });

  it('goes on where a person says so, though the trainer asked for a stop', async () => {
    trainer.send({ ...HELLO, stop: 'best-epoch' });
    await trainer.kind('welcome');
    await edit({ stop: 'never' });
    await log(overfit, 100);
    trainer.send({ kind: 'note', seq: ++seq, text: 'behind what was concluded' });
    await trainer.until(({ kind, seq: to }) => kind === 'ack' && Number(to) >= seq);
    expect((await runs())[0]).toMatchObject({ stop: 'never', request: null });
  });
});

describe('the monitored series', () => {
  it('is chosen by a person, and judged by from there on', async () => {
    await log((step) => ({ ...overfit(step), 'val/acc': step / 200 }), 50);
    expect((await runs())[0].best?.series).toBe('val/loss');
    expect((await ask('PUT', '/api/runs/r/monitor', { series: 'val/acc' })).statusCode).toBe(200);
    expect((await runs())[0].best?.series).toBe('val/acc');
    await ask('PUT', '/api/runs/r/monitor', { series: 'val/loss' });
    expect((await runs())[0].best?.series).toBe('val/loss');
  });

  it('must be one, with a direction', async () => {
    await log(() => ({ 'gpu/memory': 1 }), 5);
    expect((await ask('PUT', '/api/runs/r/monitor', { series: 'nope' })).json()).toMatchObject({
      code: 'series-not-found',
    });
    expect((await ask('PUT', '/api/runs/r/monitor', { series: 'gpu/memory' })).json()).toMatchObject({
      field: 'goal',
    });
  });
});
