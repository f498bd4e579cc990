import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { READS } from '../../shared/queries.ts';
import { Client, startApp } from '../support/app.ts';
import { temporaryFolder } from '../support/server.ts';

const COUNT = 3_000;
const folder = temporaryFolder();
let app: Awaited<ReturnType<typeof startApp>>;

/** Three runs, the first of which is sealed for the most part. */
beforeAll(async () => {
  app = await startApp(folder.path, { segmentBytes: 30_000 });
  for (const [i, run] of ['a', 'b', 'c'].entries()) {
    const trainer = await Client.open(`${app.url}/api/trainer`);
    trainer.send({ kind: 'run', protocol: 1, run, writer: 'w', project: i < 2 ? 'one' : 'two', config: { lr: 10 ** -(i + 1), net: { depth: i } } }); // prettier-ignore
    await trainer.kind('welcome');
    const count = i === 0 ? COUNT : 10;
    for (let from = 1; from <= count; from += 100) {
      trainer.send(
        ...Array.from({ length: Math.min(100, count) }, (_, k) => {
          const seq = from + k;
          const loss = seq === 1_234 ? 'NaN' : seq === 2_345 ? 99 : 2 / seq;
          return { kind: 'log', seq, time: 1_790_000_000 + seq, step: seq, epoch: Math.floor(seq / 100), values: { 'val/loss': loss, lr: 0.1 } }; // prettier-ignore
        }),
      );
      await trainer.kind('ack');
    }
    if (i === 2) trainer.send({ kind: 'end', seq: count + 1, status: 'finished' });
    if (i === 2) await trainer.until(({ kind, seq }) => kind === 'ack' && seq === count + 1);
  }
  await app.idle();
});
afterAll(async () => {
  await app.close();
  folder.remove();
});

const get = (url: string, headers: Record<string, string> = {}) =>
  app.http.inject({ url, headers: { host: 'localhost', ...headers } });
const json = async <Body>(url: string) => (await get(url)).json<Body>();
interface Runs {
  runs: { run: string }[];
  next: string | null;
}
interface Points {
  points: { run: string; series: string; attempt: number; total: number; steps: number[]; values: (number | string)[] }[]; // prettier-ignore
}
const names = ({ runs }: Runs) => runs.map(({ run }) => run);

describe('the list of runs', () => {
  it('comes in pages that stay as they are', async () => {
    const first = await json<Runs>('/api/runs?limit=2');
    expect([names(first), first.next]).toEqual([['a', 'b'], 'b']);
    const second = await json<Runs>('/api/runs?limit=2&after=b');
    expect([names(second), second.next]).toEqual([['c'], null]);
    expect((await get('/api/runs?after=nobody')).statusCode).toBe(404);
  });

  it('goes on behind a run that was deleted since the page before', async () => {
    const patch = (deleted: boolean) =>
      app.http.inject({
        method: 'PATCH',
        url: '/api/runs/b',
        headers: { host: 'localhost' },
        payload: JSON.stringify({ deleted }),
      });
    await patch(true);
    expect(names(await json<Runs>('/api/runs?limit=2&after=b'))).toEqual(['c']);
    expect(names(await json<Runs>('/api/runs?deleted=only&after=a'))).toEqual(['b']);
    await patch(false);
  });

  it.each([
    ['where=lr<0.05', ['b', 'c']],
    ['where=net.depth>=1&where=lr>0.005', ['b']],
    ['where=status=finished', ['c']],
    ['where=+lr+=+0.1+', ['a']],
    ['project=one', ['a', 'b']],
    ['where=nothing=1', []],
  ])('is searched: %s', async (query, expected) =>
    expect(
      names(await json<Runs>(`/api/runs?${query.replaceAll('<', '%3C').replaceAll('>', '%3E')}`)),
    ).toEqual(expected),
  );

  it('is not sent again to who has it', async () => {
    const first = await get('/api/runs');
    const again = await get('/api/runs', { 'if-none-match': String(first.headers.etag) });
    expect([again.statusCode, again.body]).toEqual([304, '']);
  });

  it('is compressed for who can take it', async () => {
    const answer = await get('/api/runs', { 'accept-encoding': 'gzip' });
    expect(answer.headers['content-encoding']).toBe('gzip');
    const { runs } = JSON.parse(gunzipSync(answer.rawPayload).toString()) as Runs;
    expect(runs).toHaveLength(3);
  });

  it.each([
    ['limit=0', 'limit', 'at least 1'],
    ['limit=many', 'limit', 'an integer'],
    ['where=lr', 'where', 'KEY, one of'],
    [`where=${'+'.repeat(512)}`, 'where', 'KEY, one of'],
  ])('refuses %s', async (query, field, rule) => {
    const answer = await get(`/api/runs?${query}`);
    expect(answer.statusCode).toBe(400);
    expect(answer.json()).toMatchObject({ field, rule: expect.stringContaining(rule) as string });
  });
});

describe('points', () => {
  it('come as what the columns can show, no extreme missed', async () => {
    const { points } = await json<Points>('/api/points?run=a&series=val/loss&width=20');
    expect(points).toHaveLength(1);
    const [{ total, steps, values }] = points;
    expect(total).toBe(COUNT);
    expect(steps.length).toBeLessThanOrEqual(100);
    expect(values[steps.indexOf(2_345)]).toBe(99);
    expect(values[steps.indexOf(1_234)]).toBe('NaN');
  });

  it.each([
    ['axis=step&from=10&to=19', 10, 19],
    ['axis=time&from=1790000010&to=1790000019', 10, 19],
    ['axis=epoch&from=3&to=4', 300, 499],
  ])('come of a stretch: %s', async (query, first, last) => {
    const { points } = await json<Points>(`/api/points?run=a&series=lr&width=500&${query}`);
    expect([points[0].steps[0], points[0].steps.at(-1), points[0].total]).toEqual([
      first,
      last,
      last - first + 1,
    ]);
  });

  it('come of several series and runs at once', async () => {
    const { points } = await json<Points>('/api/points?run=a&run=b&series=lr&series=val/loss&width=16');
    expect(points.map(({ run, series }) => `${run} ${series}`)).toEqual([
      'a val/loss',
      'a lr',
      'b val/loss',
      'b lr',
    ]);
  });

  it('are streamed as text', async () => {
    const csv = (await get('/api/runs/a/points?series=val/loss&format=csv')).body.trim().split('\n');
    expect(csv).toHaveLength(COUNT + 1);
    expect(csv[0]).toBe('run,series,rank,attempt,step,time,value');
    expect(csv[1_234]).toBe('a,val/loss,0,0,1234,1790001234,NaN');
    const lines = (await get('/api/points?run=b&format=ndjson')).body.trim().split('\n');
    expect(lines).toHaveLength(30);
    expect(JSON.parse(lines[0])).toMatchObject({ run: 'b', step: 1, attempt: 0 });
  });

  it('of no such series are refused', async () => {
    expect((await get('/api/runs/a/points?series=nothing')).json()).toMatchObject({
      code: 'series-not-found',
    });
    expect((await get('/api/runs/a/points')).json()).toMatchObject({ field: 'series', rule: 'present' });
  });
});

it('a summary tells the last, lowest, highest and best value with its step', async () => {
  const { series } = await json<{ series: object[] }>('/api/runs/a/summary');
  expect(series).toContainEqual({
    ...{ series: 'val/loss', rank: 0, points: COUNT },
    last: { step: COUNT, time: 1_790_000_000 + COUNT, value: 2 / COUNT },
    min: { step: COUNT, time: 1_790_000_000 + COUNT, value: 2 / COUNT },
    max: { step: 2_345, time: 1_790_002_345, value: 99 },
    best: { step: COUNT, time: 1_790_000_000 + COUNT, value: 2 / COUNT },
    nonfinite: { count: 1, first: { step: 1_234, time: 1_790_001_234, value: 'NaN' } },
  });
});

it('findings are filtered', async () => {
  const { findings } = await json<{ findings: { detector: string }[] }>('/api/findings?detector=non-finite');
  expect(findings.map(({ detector }) => detector)).toEqual(['non-finite']);
  expect((await json<{ findings: object[] }>('/api/findings?run=c')).findings).toEqual([]);
});

describe('docs/api.md', () => {
  const text = readFileSync(join(import.meta.dirname, '../../docs/api.md'), 'utf8');

  it('lists every reading request with its parameters, as the server’s own document does', async () => {
    const { paths } = await json<{ paths: Record<string, { get: { parameters: { name: string }[] } }> }>(
      '/api/openapi.json',
    );
    expect(Object.keys(paths)).toEqual(Object.keys(READS).map((path) => path.replaceAll(/:(\w+)/g, '{$1}')));
    for (const [path, { query }] of Object.entries(READS)) {
      const row = text.split('\n').find((line) => line.includes(`\`${path.replaceAll(/:(\w+)/g, (_, name: string) => name.toUpperCase())}\``)); // prettier-ignore
      expect(row, path).toBeDefined();
      for (const parameter of Object.keys(query.properties)) {
        expect(row, `${path} ${parameter}`).toContain(`\`${parameter}\``);
        expect(paths[path.replaceAll(/:(\w+)/g, '{$1}')].get.parameters.map(({ name }) => name)).toContain(
          parameter,
        );
      }
    }
  });
});
