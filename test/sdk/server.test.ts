import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { init } from '../../sdk/index.ts';
import type { RunState } from '../../shared/frames.ts';
import { startServer, temporaryFolder, type ServerProcess } from '../support/server.ts';

const BUILT = existsSync(join(import.meta.dirname, '../../dist/bundle/main.js'));

let folder: ReturnType<typeof temporaryFolder>;
let server: ServerProcess;
beforeEach(async () => {
  folder = temporaryFolder();
  server = await startServer(join(folder.path, 'data'));
});
afterEach(async () => {
  await server.end();
  folder.remove();
});

interface StoredPoints {
  readonly attempts: readonly { readonly steps: number[]; readonly values: (number | string)[] }[];
}

async function get<T>(path: string): Promise<T> {
  return (await (await fetch(server.url + path)).json()) as T;
}

const start = (id: string) => init({ id, project: 'p', url: server.url, dir: join(folder.path, 'spool') });

describe.skipIf(!BUILT)('with a real server (`npm run build` makes it)', () => {
  test('every point is stored as it was logged', async () => {
    const run = start('exact');
    const values = [0.1, -0, NaN, Infinity, -Infinity, 1e-310, 1 / 3];
    values.forEach((loss, step) => run.log({ train: { loss } }, { step }));
    await run.finish();
    const { attempts } = await get<StoredPoints>('/api/runs/exact/points?series=train%2Floss');
    expect(attempts).toMatchObject([
      { steps: [0, 1, 2, 3, 4, 5, 6], values: [0.1, 0, 'NaN', 'Infinity', '-Infinity', 1e-310, 1 / 3] },
    ]);
    expect((await get<{ run: RunState }>('/api/runs/exact')).run).toMatchObject({
      status: 'finished',
      step: 6,
      points: 7,
    });
    expect(run.dropped).toBe(0);
  });

  test('a server killed while training loses and doubles nothing', async () => {
    const { port } = new URL(server.url);
    const run = start('killed');
    const last = 3000;
    for (let step = 0; step < last; step++) {
      run.log({ loss: step }, { step });
      if (step % 10 === 0) await new Promise(setImmediate);
      if (step % 1000 === 500) {
        await server.end('SIGKILL');
        server = await startServer(join(folder.path, 'data'), { port: Number(port) });
      }
    }
    await run.finish();
    const { attempts } = await get<StoredPoints>('/api/runs/killed/points?series=loss');
    expect(attempts).toHaveLength(1);
    expect(attempts[0].steps).toEqual(Array.from({ length: last }, (_, step) => step));
  });

  test('a person stops a run, and it says so', async () => {
    const run = start('asked');
    run.log({ loss: 1 });
    while ((await fetch(`${server.url}/api/runs/asked/stop`, { method: 'POST' })).status === 404)
      await new Promise(setImmediate);
    while (!run.shouldStop()) await new Promise(setImmediate);
    await run.finish();
    expect((await get<{ run: RunState }>('/api/runs/asked')).run).toMatchObject({
      status: 'stopped',
      request: { by: 'person', acknowledged: { step: 0 } },
    });
  });
});
