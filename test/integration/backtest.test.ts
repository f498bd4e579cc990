import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp } from '../support/app.ts';
import { temporaryFolder } from '../support/server.ts';

const folder = temporaryFolder();
let app: Awaited<ReturnType<typeof startApp>>;
const post = (url: string, payload: string) =>
  app.http.inject({ method: 'POST', url, payload, headers: { host: 'localhost' } });

beforeAll(async () => {
  app = await startApp(folder.path);
  for (const [run, rise] of [
    ['overfit', 0.02],
    ['healthy', 0],
  ] as const) {
    const lines = Array.from({ length: 100 }, (_, step) => {
      const fall = 2 * Math.exp(-step / 25);
      const values = { 'train/loss': fall, 'val/loss': 0.3 + fall + rise * Math.max(0, step - 40) };
      return JSON.stringify({ kind: 'log', step, values });
    });
    await post(
      '/api/lines',
      [JSON.stringify({ kind: 'run', protocol: 1, run, writer: 'w' }), ...lines].join('\n'),
    );
  }
});
afterAll(async () => {
  await app.close();
  folder.remove();
});

describe('POST /api/backtest', () => {
  it('replays the stored runs while the server runs', async () => {
    const response = await post('/api/backtest', '{"set":{"min_delta":[0.03,1000]}}');
    expect(response.statusCode).toBe(200);
    expect(response.json()).toMatchObject({
      scores: [
        { setting: { minDelta: 0.03 }, runs: 2, fired: 1, kept: 1 },
        { setting: { minDelta: 1000 }, runs: 2, fired: 0, saved: 0 },
      ],
    });
  });

  it('tells where it would have fired in each run, whatever the run has set itself', async () => {
    await app.http.inject({
      method: 'PUT',
      url: '/api/runs/overfit/settings',
      payload: '{"detector":"best-epoch","enabled":false}',
      headers: { host: 'localhost' },
    });
    const response = await post('/api/backtest', '{"runs":["overfit"],"set":{"patience":[5,40]}}');
    const { scores } = response.json<{ scores: { firings: { run: string; step: number }[] }[] }>();
    expect(scores.map(({ firings }) => firings.map(({ run }) => run))).toEqual([['overfit'], ['overfit']]);
    expect(scores[1].firings[0].step).toBeGreaterThan(scores[0].firings[0].step);
  });

  it.each([
    ['{"runs":["healthy"]}', 200, { scores: [{ runs: 1, fired: 0 }] }],
    ['{"detector":"worst-epoch"}', 400, { code: 'bad-setting' }],
    ['{"set":{"patients":[1]}}', 400, { code: 'bad-setting' }],
    ['{"set":{"patience":["5"]}}', 400, { code: 'bad-line', field: 'set/patience/0', rule: 'a number' }],
    ['nonsense', 400, { code: 'bad-json', field: 'body' }],
  ])('answers %s with %i', async (body, status, answer) => {
    const response = await post('/api/backtest', body);
    expect(response.statusCode).toBe(status);
    expect(response.json()).toMatchObject(answer);
  });
});
