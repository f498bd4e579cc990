import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { init } from '../../sdk/index.ts';
import { toWire } from '../../shared/numbers.ts';
import { seeded } from '../demo/random.ts';
import { startServer } from './server.ts';

const HELP = `Many trainers at once: is every point stored, once?

Usage: node dist/scripts/bench/trainers.js [options]

  --trainers N    processes                              (default 16)
  --seconds S     how long each logs                     (default 60)
  --rate R        lines a second and trainer             (default 50)
  --url URL       a running server                       (default: one of its own)
  --token TOKEN   its writing token
`;

interface Load {
  readonly seconds: number;
  readonly rate: number;
}

/** Series of each line, and values: every step the training's, every hundredth step the validation's as well. */
function values(trainer: number, step: number): Record<string, number> {
  const random = seeded(trainer * 1_000_003 + step);
  const loss = 2 * (step + 1) ** -0.3 + 0.05 * random.normal();
  return {
    'train/loss': step % 997 === 996 ? NaN : loss,
    'train/accuracy': 1 - loss / 3,
    lr: 1e-3 * 0.999 ** step,
    grad_norm: step % 499 === 498 ? Infinity : Math.abs(1 + 0.3 * random.normal()),
    ...(step % 100 === 99 && { 'val/loss': loss + 0.1, 'val/accuracy': 0.97 - loss / 3 }),
  };
}

/** One trainer: logs at its rate, says how many lines, and ends. */
async function trainer(index: number, { seconds, rate }: Load): Promise<void> {
  const run = init({ id: `bench-${process.ppid}-${index}`, project: 'bench', name: `trainer ${index}` });
  const started = performance.now();
  const logging: number[] = [];
  let step = 0;
  for (; step < seconds * rate; step++) {
    const before = performance.now();
    run.log(values(index, step), { step, epoch: Math.floor(step / 100) });
    logging.push(performance.now() - before);
    const rest = started + ((step + 1) * 1000) / rate - performance.now();
    if (rest > 1) await delay(rest);
  }
  await run.finish({ timeout: 60 });
  logging.sort((a, b) => a - b);
  const said: Said = {
    run: run.id,
    index,
    steps: step,
    dropped: run.dropped,
    logP50: logging[Math.floor(step * 0.5)],
    logP99: logging[Math.floor(step * 0.99)],
  };
  process.send?.(said);
  process.disconnect();
}

interface Said {
  readonly run: string;
  readonly index: number;
  readonly steps: number;
  readonly dropped: number;
  /** Milliseconds in `log`. */
  readonly logP50: number;
  readonly logP99: number;
}

/** What the server has of a series, by step. */
interface StoredPoints {
  readonly attempts: readonly {
    readonly steps: readonly number[];
    readonly values: readonly (number | string)[];
  }[];
}

interface Tally {
  sent: number;
  stored: number;
  missing: number;
  duplicated: number;
  /** Stored with another value than was sent. */
  wrong: number;
}

/** Compares every point of a trainer with what the server has. */
async function compare(
  url: string,
  headers: Record<string, string>,
  { run, index, steps }: Said,
  tally: Tally,
): Promise<void> {
  const sent = new Map<string, Map<number, number | string>>();
  for (let step = 0; step < steps; step++) {
    for (const [series, value] of Object.entries(values(index, step))) {
      if (!sent.has(series)) sent.set(series, new Map());
      sent.get(series)!.set(step, toWire(value));
    }
  }
  for (const [series, points] of sent) {
    const response = await fetch(`${url}/api/runs/${run}/points?series=${encodeURIComponent(series)}`, {
      headers,
    });
    if (!response.ok) throw new Error(`points of ${run}: must be answered with 200, got ${response.status}`);
    const { attempts } = (await response.json()) as StoredPoints;
    tally.sent += points.size;
    const seen = new Set<number>();
    for (const { steps, values } of attempts) {
      steps.forEach((step, i) => {
        tally.stored++;
        if (seen.has(step)) tally.duplicated++;
        seen.add(step);
        if (points.get(step) !== values[i]) tally.wrong++;
      });
    }
    for (const step of points.keys()) if (!seen.has(step)) tally.missing++;
  }
}

async function main(): Promise<void> {
  const { values: options } = parseArgs({
    options: {
      trainers: { type: 'string', default: '16' },
      seconds: { type: 'string', default: '60' },
      rate: { type: 'string', default: '50' },
      url: { type: 'string' },
      token: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (options.help) return void process.stdout.write(HELP);
  const [trainers, seconds, rate] = [options.trainers, options.seconds, options.rate].map(Number);
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-bench-'));
  const own = options.url === undefined ? await startServer() : null;
  const url = options.url ?? own!.url;
  try {
    console.log(`${trainers} trainers × ${seconds} s × ${rate} lines/s to ${url}`);
    const env = {
      ...process.env,
      TIDEMARK_URL: url,
      TIDEMARK_DIR: join(folder, 'spool'),
      ...(options.token !== undefined && { TIDEMARK_TOKEN: options.token }),
    };
    const started = performance.now();
    const said = await Promise.all(
      Array.from({ length: trainers }, async (_, index) => {
        const child = fork(import.meta.filename, ['trainer', String(index), String(seconds), String(rate)], {
          env,
        });
        const [ended] = (await once(child, 'message')) as [Said];
        await once(child, 'exit');
        return ended;
      }),
    );
    const took = (performance.now() - started) / 1000;
    const tally: Tally = { sent: 0, stored: 0, missing: 0, duplicated: 0, wrong: 0 };
    const headers: Record<string, string> =
      options.token === undefined ? {} : { authorization: `Bearer ${options.token}` };
    for (const each of said) await compare(url, headers, each, tally);
    const worst = (pick: (each: Said) => number): number => Math.max(...said.map(pick));
    for (const [name, value] of Object.entries(tally)) console.log(`points ${name.padEnd(10)} ${value}`);
    console.log(`lines dropped     ${said.reduce((sum, { dropped }) => sum + dropped, 0)}`);
    console.log(`points/s          ${Math.round(tally.stored / took)} over ${took.toFixed(1)} s`);
    console.log(`log(), worst trainer: p50 ${(worst((each) => each.logP50) * 1000).toFixed(1)} µs, p99 ${(worst((each) => each.logP99) * 1000).toFixed(1)} µs`); // prettier-ignore
    if (tally.missing + tally.duplicated + tally.wrong > 0) process.exitCode = 1;
  } finally {
    await own?.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

if (process.argv[2] === 'trainer') {
  const [index, seconds, rate] = process.argv.slice(3).map(Number);
  await trainer(index, { seconds, rate });
} else await main();
