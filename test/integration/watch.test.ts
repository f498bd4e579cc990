import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { eventsReader } from '../../server/tail/formats/events.ts';
import { type ServerProcess, startServer, temporaryFolder } from '../support/server.ts';

const MAIN = join(import.meta.dirname, '../../dist/bundle/main.js');
const EVENTS = join(
  import.meta.dirname,
  '../fixtures/tail/tensorboard-torch/old/events.out.tfevents.1700000000.host.1.0',
);
const PIECES = 5;
const POINTS = 25;

let folder: ReturnType<typeof temporaryFolder>;
let server: ServerProcess;
let watching: ChildProcess | null = null;
beforeEach(async () => {
  folder = temporaryFolder();
  mkdirSync(join(folder.path, 'runs/exp'), { recursive: true });
  server = await startServer(join(folder.path, 'data'));
});
afterEach(async () => {
  watching?.kill('SIGKILL');
  await server.end('SIGKILL');
  folder.remove();
});

const start = () => {
  watching = spawn(process.execPath, [MAIN, 'watch', join(folder.path, 'runs'), '--server', server.url], {
    env: { ...process.env, HOME: folder.path },
    stdio: 'ignore',
  });
};

async function get<T>(path: string): Promise<T> {
  return (await fetch(`${server.url}${path}`)).json() as Promise<T>;
}

function scalarsIn(bytes: Buffer): number {
  let count = 0;
  eventsReader().read(bytes, (entry) => (count += entry.kind === 'points' ? entry.steps.length : 0), false);
  return count;
}

it('loses and doubles no point of a growing file while tidemark watch is killed again and again', async () => {
  const bytes = readFileSync(EVENTS);
  const size = Math.ceil(bytes.length / PIECES);
  const points = async () => (await get<{ runs: { points: number }[] }>('/api/runs')).runs[0]?.points ?? 0;
  for (let piece = 0; piece < PIECES; piece++) {
    const path = join(folder.path, 'runs/exp', 'events.out.tfevents.1');
    appendFileSync(path, bytes.subarray(piece * size, (piece + 1) * size));
    const before = await points();
    start();
    // It is killed as soon as something has come, if anything can, in whatever it is doing then; the last one may come
    // to the end.
    const there = scalarsIn(bytes.subarray(0, (piece + 1) * size));
    const enough = piece === PIECES - 1 ? POINTS : Math.min(before + 1, there);
    while ((await points()) < enough) await once(AbortSignal.timeout(10), 'abort');
    watching!.kill('SIGKILL');
    await once(watching!, 'exit');
  }
  const { runs } = await get<{ runs: { run: string; points: number; missing: number }[] }>('/api/runs');
  expect(runs).toHaveLength(1);
  expect(runs[0]).toMatchObject({ points: POINTS, missing: 0 });
  const path = `/api/runs/${runs[0].run}/points?series=train/loss`;
  const { attempts } = await get<{ attempts: { steps: number[] }[] }>(path);
  expect(attempts.map(({ steps }) => steps)).toEqual([Array.from({ length: 21 }, (_, step) => step)]);
}, 120_000);

it('serve --watch follows a folder by itself, and ends with the server', async () => {
  const runs = join(folder.path, 'runs');
  appendFileSync(join(runs, 'exp/log.csv'), 'epoch,train_loss\n0,1\n1,0.5\n');
  const own = await startServer(join(folder.path, 'own'), { args: ['--watch', runs] });
  try {
    const points = async (): Promise<number> => {
      const answer = (await (await fetch(`${own.url}/api/runs`)).json()) as { runs: { points: number }[] };
      return answer.runs.reduce((sum, run) => sum + run.points, 0);
    };
    await expect.poll(points, { timeout: 100_000 }).toBeGreaterThanOrEqual(2);
  } finally {
    expect(await own.end('SIGTERM')).toBe(0);
  }
});
