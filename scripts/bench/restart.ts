/**
 * How soon a server is back after `kill -9`: with many stored points and a journal that is nearly a full segment. The
 * points are stored by the bench; those of the journal come from trainers by their sockets, so that the detectors have
 * seen them, as in life.
 */
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { figure } from './figures.ts';
import { startSender } from './ingest/sender.ts';
import { median } from './samples.ts';
import { serve } from './server.ts';
import { fill } from './store/fill.ts';

const HELP = `Restart after kill -9: milliseconds from starting the process to an answer of /healthz, every point there.

Usage: node dist/scripts/bench/restart.js [options]

  --points N    points stored and sealed                     (default 20000000)
  --runs N      runs they are of                             (default 100)
  --series N    series of each                               (default 200)
  --journal MB  journal left by trainers, below a segment    (default 60)
  --rounds N    kills                                        (default 3)
  --data DIR    keep the folder, and use its sealed points again
`;

/** Bytes that a point of a trainer's frame of ten series takes in the journal, about. */
const JOURNAL_BYTES_A_POINT = 10;
const TRAINERS = 16;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      points: { type: 'string', default: '20000000' },
      runs: { type: 'string', default: '100' },
      series: { type: 'string', default: '200' },
      journal: { type: 'string', default: '60' },
      rounds: { type: 'string', default: '3' },
      data: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return void process.stdout.write(HELP);
  const [points, runs, series, journal, rounds] = [values.points, values.runs, values.series, values.journal, values.rounds].map(Number); // prettier-ignore
  const folder = values.data ?? mkdtempSync(join(tmpdir(), 'tidemark-bench-'));
  try {
    if (!existsSync(join(folder, 'catalogue.mdb')))
      await fill(folder, runs, series, Math.ceil(points / runs / series));
    let server = await serve(folder);
    // A folder that is used again holds what trainers of before have logged, and wants others.
    const before = await logged(server.url);
    const sent = await log(server.url, before.runs, (journal * 1e6) / JOURNAL_BYTES_A_POINT);
    await server.kill();
    const left = bytesOf(join(folder, 'journal'));
    console.log(`${points} points stored, ${sent} more acknowledged, journal ${(left / 1e6).toFixed(1)} MB`);
    const took: number[] = [];
    for (let round = 0; round < rounds; round++) {
      const started = performance.now();
      server = await serve(folder);
      const { status } = await fetch(`${server.url}/healthz`);
      took.push(performance.now() - started);
      const back = (await logged(server.url)).points - before.points;
      await server.kill();
      console.log(`  serving after ${took[round].toFixed(0)} ms, status ${status}, lost ${sent - back}`);
      figure('lost', sent - back);
      if (back !== sent || status !== 200) process.exitCode = 1;
    }
    console.log(`restart after kill -9: median ${median(took).toFixed(0)} ms`);
    figure('serving', median(took));
  } finally {
    if (values.data === undefined) rmSync(folder, { recursive: true, force: true });
  }
}

/** The runs that trainers have logged, and their points. */
async function logged(url: string): Promise<{ runs: number; points: number }> {
  const answer = await fetch(`${url}/api/runs?limit=10000`);
  const listed = ((await answer.json()) as { runs: { run: string; points: number }[] }).runs;
  const ours = listed.filter(({ run }) => run.startsWith('ingest'));
  return { runs: ours.length, points: ours.reduce((sum, run) => sum + run.points, 0) };
}

/** Has trainers log about so many points, to runs from number `first` on; how many were acknowledged. */
async function log(url: string, first: number, points: number): Promise<number> {
  const rate = 200_000;
  const load = { form: 'binary', float32: false, rows: 100, window: 20 } as const;
  const sender = await startSender({ ...load, url, first, count: TRAINERS, rate: rate / TRAINERS, seconds: points / rate }); // prettier-ignore
  return (await sender.go()).sent;
}

function bytesOf(folder: string): number {
  return readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
}

await main();
