/** What the page costs whoever watches: in headless Chromium, before a real server, on loopback. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { gzipSync } from 'node:zlib';
import { chromium, type Browser } from 'playwright-core';
import { type BenchServer, serve, startServer } from '../server.ts';
import { memory } from './memory.ts';
import { firstChart, floor, zoomed } from './opening.ts';
import { streaming } from './streaming.ts';
import { type Figure, median, tableOf } from './table.ts';
import { benchTrainer } from './trainer.ts';

const HELP = `What the page costs, in headless Chromium before a real server.

Usage: node dist/scripts/bench/page/index.js [options]

  --runs N      runs stored before the page is opened            (default 100)
  --points N    points of the long run                           (default 10000000)
  --seconds S   how long each stream is watched                  (default 10)
  --minutes M   how long memory is watched while points stream   (default 1; 30 for the goal, 12 to tell)
  --only NAME   size, open, stream, long or memory; may be given several times
  --json        the figures as JSON
`;

const CLIENT = join(import.meta.dirname, '../../../client');
const REPEATS = 7;

/** Bytes of all scripts, those in the page's HTML among them, each compressed as a server in front would. */
function size(): Figure[] {
  const files = readdirSync(join(CLIENT, 'assets')).filter((name) => name.endsWith('.js'));
  const inline = readFileSync(join(CLIENT, 'index.html'), 'utf8').matchAll(/<script>(.*?)<\/script>/gs);
  const scripts = [
    ...files.map((name) => readFileSync(join(CLIENT, 'assets', name))),
    ...[...inline].map(([, text]) => text),
  ];
  const bytes = scripts.reduce((sum, script) => sum + gzipSync(script).length, 0);
  return [
    { what: 'JavaScript, gzip, all chunks and what is inline', value: bytes / 1000, unit: 'kB', goal: 90 },
  ];
}

async function open(browser: Browser, { url }: BenchServer, runs: number): Promise<Figure[]> {
  for (let i = 0; i < runs; i++) {
    const trainer = await benchTrainer(url, `stored-${i}`, ['train/loss', 'val/loss', 'lr', 'train/acc', 'val/acc'], (k, step) => 2 * Math.exp(-step / (50 + i)) + k); // prettier-ignore
    await trainer.log(0, 500);
    trainer.close();
  }
  const empty = await floor(browser, REPEATS);
  const measured = await firstChart(browser, url, 'stored-0', REPEATS);
  return [
    { what: 'script of an empty page run after navigation: the browser’s own share', goal: null, ...timed(empty) }, // prettier-ignore
    { what: `first chart drawn after navigation, ${runs} runs stored`, goal: 300, ...timed(measured) },
  ];
}

/** The long run: opened, opened by a server that has just started, and zoomed into. */
async function long(browser: Browser, server: BenchServer, points: number): Promise<Figure[]> {
  const trainer = await benchTrainer(server.url, 'long', ['train/loss'], (_, step) => Math.sin(step / 1e5) + (step % 97) / 97); // prettier-ignore
  await trainer.log(0, points);
  trainer.close();
  const opened = await firstChart(browser, server.url, 'long', REPEATS);
  const zooms = await zoomed(browser, server.url, 'long', points, 12);
  await server.end();
  const again = await serve(join(server.folder, 'data'));
  const cold = await firstChart(browser, again.url, 'long', 1);
  await again.end();
  return [
    { what: `a run of ${points} points opened: first chart`, goal: 400, ...timed(opened) },
    { what: '– by a server that has just started', goal: 400, value: cold[0], unit: 'ms', note: 'once' },
    { what: 'zoom to 1000 steps of it: every point of them drawn', goal: 60, ...timed(zooms) },
  ];
}

function timed(measured: readonly number[]): Pick<Figure, 'value' | 'unit' | 'note'> {
  const worst = Math.max(...measured).toFixed(0);
  return { value: median(measured), unit: 'ms', note: `median of ${measured.length}, worst ${worst}` };
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      runs: { type: 'string', default: '100' },
      points: { type: 'string', default: '10000000' },
      seconds: { type: 'string', default: '10' },
      minutes: { type: 'string', default: '1' },
      only: { type: 'string', multiple: true, default: [] },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return void process.stdout.write(HELP);
  const [runs, points, seconds, minutes] = [values.runs, values.points, values.seconds, values.minutes].map(Number); // prettier-ignore
  const wanted = (name: string): boolean => values.only.length === 0 || values.only.includes(name);
  const say = (row: string): void => void process.stderr.write(`${row}\n`);
  const figures: Figure[] = wanted('size') ? size() : [];
  const browser = await chromium.launch({
    executablePath: process.env.TIDEMARK_CHROMIUM ?? '/usr/bin/chromium',
    args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-background-networking'],
  });
  /** Each part has a server of its own, so that none measures what another has left. */
  const part = async (name: string, measure: (server: BenchServer) => Promise<Figure[]>): Promise<void> => {
    if (!wanted(name)) return;
    const server = await startServer();
    try {
      figures.push(...(await measure(server)));
    } finally {
      await server.close();
    }
  };
  try {
    await part('open', (server) => open(browser, server, runs));
    const stream = { lines: 10, before: 1_000, rate: 30, seconds };
    await part('stream', ({ url }) =>
      streaming(url, browser, {
        ...{ ...stream, charts: 12, screen: { width: 2560, height: 1440 } },
        goal: { frames: 59.5, redraws: 10 }, // a display of 60 Hz, counted over seconds
      }),
    );
    await part('stream', ({ url }) =>
      streaming(url, browser, {
        ...{ ...stream, charts: 50, screen: { width: 3840, height: 2160 } },
        goal: { frames: 30, redraws: 2 },
      }),
    );
    await part('long', (server) => long(browser, server, points));
    await part('memory', ({ url }) => memory(browser, url, minutes, say));
  } finally {
    await browser.close();
  }
  process.stdout.write(values.json ? `${JSON.stringify(figures, null, 2)}\n` : `${tableOf(figures)}\n`);
}

await main();
