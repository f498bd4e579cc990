/** A server under a steady load for long: what it takes in, its memory and its event loop, minute by minute. */
import { loadavg } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { startSender, type Load } from './ingest/sender.ts';
import { memoryOf, processorOf } from './process.ts';
import { readMetrics } from './scrape.ts';
import { startServer, type BenchServer } from './server.ts';
import { judge, type Minute } from './soak/verdict.ts';

const HELP = `Soak: memory and event loop of a server under a steady load, a row every 15 s, and whether its memory is flat.

Usage: node dist/scripts/bench/soak.js [options]

  --minutes M     how long                                  (default 20)
  --rate R        points a second in all                    (default half of what it takes for 10 s)
  --trainers N    sockets, one run each                     (default 16)
  --sample S      seconds of a row                          (default 15)

Exits with 1 where a point is lost or memory is not flat.
`;

const ROWS = 100;
/** Milliseconds between two looks at memory, whose mean is a row's: it swings by a segment of the journal every few seconds. */
const LOOK = 500;
const MIB = 2 ** 20;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      minutes: { type: 'string', default: '20' },
      rate: { type: 'string' },
      trainers: { type: 'string', default: '16' },
      sample: { type: 'string', default: '15' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return void process.stdout.write(HELP);
  const [minutes, trainers, sample] = [values.minutes, values.trainers, values.sample].map(Number);
  const load = { form: 'binary', float32: false, rows: ROWS, window: 20, first: 0, count: trainers } as const;
  const rate = values.rate === undefined ? Math.round((await most(load)) / 2) : Number(values.rate);
  const server = await startServer();
  try {
    const loaded: Load = {
      ...load,
      url: server.url,
      seconds: minutes * 60,
      rate: rate / trainers,
      held: true,
    };
    const sender = await startSender(loaded);
    console.log(`${rate} points/s by ${trainers} trainers, ${minutes} minutes`);
    console.log(HEADER);
    const over = sender.go();
    const rows = await watch(server, over, sample);
    const { sent } = await over;
    const { runs } = (await (await fetch(`${server.url}/api/runs`)).json()) as { runs: { points: number }[] };
    const stored = runs.reduce((sum, run) => sum + run.points, 0);
    const { flat, words } = judge(rows);
    console.log(`acknowledged ${sent}, stored ${stored}, lost ${sent - stored}`);
    console.log(words);
    if (sent !== stored || !flat) process.exitCode = 1;
  } finally {
    await server.close();
  }
}

/** Points a second that a server of its own takes for 10 s. */
async function most(load: Omit<Load, 'url' | 'seconds' | 'rate'>): Promise<number> {
  const server = await startServer();
  try {
    const seconds = 10;
    const sender = await startSender({ ...load, url: server.url, seconds, rate: 0 });
    const started = performance.now();
    const { sent } = await sender.go();
    return (sent / (performance.now() - started)) * 1000;
  } finally {
    await server.close();
  }
}

const HEADER =
  ' min  points/s   RSS MiB  heap MiB  outside MiB  loop p50   p99    max ms  CPU %  waiting  dropped  load';

/** A row each `sample` seconds, until `over`. */
async function watch(server: BenchServer, over: Promise<unknown>, sample: number): Promise<Minute[]> {
  const rows: Minute[] = [];
  const started = performance.now();
  const ended = over.then(() => true);
  let durable = 0;
  let processor = processorOf(server.pid);
  let before = started;
  for (let due = started + sample * 1000; ; due += sample * 1000) {
    const looks: number[] = [];
    do {
      const waited = delay(Math.min(LOOK, Math.max(0, due - performance.now()))).then(() => false);
      if (await Promise.race([ended, waited])) return rows;
      looks.push(memoryOf(server.pid));
    } while (performance.now() < due);
    const metrics = await readMetrics(server.url);
    const now = performance.now();
    const took = (now - before) / 1000;
    const used = processorOf(server.pid);
    const memory = looks.reduce((sum, look) => sum + look, 0) / looks.length;
    rows.push({ minutes: (now - started) / 60_000, memory });
    const loop = (q: string) => metrics(`tidemark_event_loop_delay_seconds{quantile="${q}"}`) * 1000;
    const points = metrics('tidemark_points_durable_total');
    const cells: [number | string, number][] = [
      [((now - started) / 60_000).toFixed(1), 4],
      [Math.round((points - durable) / took), 9],
      [(memory / MIB).toFixed(0), 9],
      [(metrics('nodejs_heap_size_used_bytes') / MIB).toFixed(0), 9],
      [(metrics('nodejs_external_memory_bytes') / MIB).toFixed(0), 12],
      [loop('0.5').toFixed(1), 9],
      [loop('0.99').toFixed(1), 6],
      [loop('1').toFixed(0), 8],
      [(((used - processor) / took) * 100).toFixed(0), 6],
      [metrics('tidemark_points_waiting'), 8],
      [metrics('tidemark_points_dropped'), 8],
      [loadavg()[0].toFixed(1), 5],
    ];
    console.log(cells.map(([cell, width]) => String(cell).padStart(width)).join(' '));
    [durable, processor, before] = [points, used, now];
  }
}

await main();
