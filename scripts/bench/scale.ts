/** One process at scale: many runs of many series in the store, then a start, the list, memory, and one run opened. */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { NODE_OPTIONS } from './server.ts';
import { fill } from './store/fill.ts';

const HELP = `Start, memory, list and reading of a server whose store is full.

Usage: node dist/scripts/bench/scale.js [options]

  --runs N      runs, all ended                              (default 1000)
  --series N    series of each                               (default 200)
  --points N    points of all                                (default 100000000)
  --data DIR    keep the folder, and use it again
`;

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '1000' },
    series: { type: 'string', default: '200' },
    points: { type: 'string', default: '100000000' },
    data: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});

async function main(): Promise<void> {
  const [runs, series, points] = [values.runs, values.series, values.points].map(Number);
  const folder = values.data ?? mkdtempSync(join(tmpdir(), 'tidemark-bench-'));
  try {
    if (!existsSync(join(folder, 'catalogue.mdb'))) {
      const started = performance.now();
      await fill(folder, runs, series, Math.ceil(points / runs / series));
      console.log(`filled in ${((performance.now() - started) / 1000).toFixed(0)} s`);
    }
    const size = sizeOf(folder);
    console.log(
      `${runs} runs × ${series} series, ${points} points: ${(size / points).toFixed(2)} bytes a point on disk`,
    );
    await measure(folder);
  } finally {
    if (values.data === undefined) rmSync(folder, { recursive: true, force: true });
  }
}

async function measure(folder: string): Promise<void> {
  const started = performance.now();
  const main = join(import.meta.dirname, '../../bundle/main.js');
  const child = spawn(process.execPath, [...NODE_OPTIONS, main, 'serve', '--port', '0', '--data', folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let url = '';
  for await (const line of createInterface(child.stdout)) {
    url = /serving (http\S+)/.exec(line)?.[1] ?? '';
    if (url !== '') break;
  }
  child.stdout.resume();
  console.log(
    `start to serving: ${(performance.now() - started).toFixed(0)} ms, ${processorOf(child.pid!)} ms of processor`,
  );
  console.log(`memory: ${memoryOf(child.pid!)} MiB`);
  const time = async (path: string) => {
    const took: number[] = [];
    let bytes = 0;
    for (let i = 0; i < 7; i++) {
      const before = performance.now();
      const body = await (await fetch(`${url}${path}`)).arrayBuffer();
      bytes = body.byteLength;
      took.push(performance.now() - before);
    }
    const [first] = took;
    took.sort((a, b) => a - b);
    console.log(
      `${path}: first ${first.toFixed(1)} ms, median ${took[3].toFixed(1)} ms, ${(bytes / 1024).toFixed(0)} KiB`,
    );
  };
  await time('/api/runs');
  await time('/api/runs?limit=100');
  await time('/api/runs/run-500');
  await time('/api/points?run=run-501&width=800');
  await time('/api/runs?where=lr%3C0.01');
  console.log(`memory: ${memoryOf(child.pid!)} MiB`);
  child.kill('SIGTERM');
}

/** Milliseconds of processor that the process has used, where the system tells it. */
function processorOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return ((Number(fields[11]) + Number(fields[12])) * TICK_MS).toFixed(0); // utime, stime
  } catch {
    return 'unknown';
  }
}

/** A clock tick, as Linux counts for processes on every machine it runs Node on. */
const TICK_MS = 10;

/** Resident memory that is the process's own, without mapped files, where the system tells it. */
function memoryOf(pid: number): string {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const field = (name: string) => Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1] ?? 0) / 1024;
    return `${field('VmRSS').toFixed(0)} (of which mapped files ${field('RssFile').toFixed(0)})`;
  } catch {
    return 'unknown';
  }
}

function sizeOf(folder: string): number {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);
}

if (values.help) process.stdout.write(HELP);
else await main();
