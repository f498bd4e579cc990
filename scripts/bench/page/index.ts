/** What the page costs whoever watches: in headless Chromium, before a real server, on loopback. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { gzipSync } from 'node:zlib';
import { chromium, type Browser } from 'playwright-core';
import { WebSocket } from 'ws';
import { decodePoints } from '../../../shared/points.ts';
import { startServer } from '../server.ts';
import { streaming } from './streaming.ts';
import { type Figure, median, tableOf } from './table.ts';
import { benchTrainer } from './trainer.ts';

const HELP = `What the page costs, in headless Chromium before a real server.

Usage: node dist/scripts/bench/page/index.js [options]

  --runs N      runs stored before the page is opened            (default 100)
  --points N    points of the long run                           (default 10000000)
  --seconds S   how long each stream is watched                  (default 10)
  --minutes M   how long memory is watched while points stream   (default 1; 30 for the goal)
  --only NAME   size, open, stream, long or memory; may be given several times
  --json        the figures as JSON
`;

const CLIENT = join(import.meta.dirname, '../../../client/assets');
const REPEATS = 7;

/** Bytes of all scripts, each compressed as a server in front would. */
function size(): Figure[] {
  const scripts = readdirSync(CLIENT).filter((name) => name.endsWith('.js'));
  const bytes = scripts.reduce((sum, name) => sum + gzipSync(readFileSync(join(CLIENT, name))).length, 0);
  return [{ what: 'JavaScript, gzip, all chunks', value: bytes / 1000, unit: 'kB', goal: 90 }];
}

/** From the navigation to the first chart that is drawn, on the page's own clock, each time in a fresh context. */
async function firstChart(browser: Browser, url: string, run: string, times = REPEATS): Promise<number[]> {
  const measured: number[] = [];
  for (let i = 0; i < times; i++) {
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
    const page = await context.newPage();
    // Heard from within: a test driver that polls would see it late.
    await page.addInitScript(`
      new MutationObserver((_, observer) => {
        const plot = document.querySelector('[data-testid=plot][data-points]');
        if (!plot || Number(plot.dataset.points) === 0) return;
        window.firstChart = performance.now();
        observer.disconnect();
      }).observe(document, { subtree: true, childList: true, attributes: true, attributeFilter: ['data-points'] });
    `);
    await page.goto(`${url}/#/run/${run}`);
    let at: number | null = null;
    while (at === null) {
      await delay(20);
      at = await page.evaluate<number | null>('window.firstChart ?? null');
    }
    measured.push(at);
    await context.close();
  }
  return measured;
}

async function open(browser: Browser, url: string, runs: number): Promise<Figure[]> {
  for (let i = 0; i < runs; i++) {
    const trainer = await benchTrainer(url, `stored-${i}`, ['train/loss', 'val/loss', 'lr', 'train/acc', 'val/acc'], (k, step) => 2 * Math.exp(-step / (50 + i)) + k); // prettier-ignore
    await trainer.log(0, 500);
    trainer.close();
  }
  const measured = await firstChart(browser, url, 'stored-0');
  const what = `first chart drawn after navigation, ${runs} runs stored`;
  return [{ what, value: median(measured), unit: 'ms', goal: 300, note: `median of ${REPEATS}, worst ${Math.max(...measured).toFixed(0)}` }]; // prettier-ignore
}

/** The long run: opened, and asked for a stretch of its middle, as a zoom does. */
async function long(browser: Browser, url: string, points: number): Promise<Figure[]> {
  const trainer = await benchTrainer(url, 'long', ['train/loss'], (_, step) => Math.sin(step / 1e5) + (step % 97) / 97); // prettier-ignore
  await trainer.log(0, points);
  trainer.close();
  const opened = await firstChart(browser, url, 'long', 3);
  const asked = await requery(url, points);
  return [
    { what: `a run of ${points} points opened: first chart`, value: median(opened), unit: 'ms', goal: 400, note: `median of 3, worst ${Math.max(...opened).toFixed(0)}` }, // prettier-ignore
    { what: 'a stretch of it asked for and received (view.windows), without the redraw', value: median(asked), unit: 'ms', goal: 60, note: `median of ${asked.length}, worst ${Math.max(...asked).toFixed(0)}` }, // prettier-ignore
  ];
}

/** ms from a `view` with a window to its points, over a socket as the page's. A zoom on the page adds its redraw. */
async function requery(url: string, points: number): Promise<number[]> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/api/viewer`);
  socket.binaryType = 'arraybuffer';
  await new Promise((resolve) => socket.once('open', resolve));
  const measured: number[] = [];
  for (let view = 1; view <= 12; view++) {
    const [from, to] = [points * (0.1 + view * 0.05), points * (0.13 + view * 0.05)];
    const begun = performance.now();
    socket.send(
      JSON.stringify({ kind: 'view', view, runs: [], width: 1200, windows: [{ run: 'long', series: 'train/loss', from, to, width: 1200 }] }), // prettier-ignore
    );
    await new Promise<void>((resolve) => {
      const hear = (data: ArrayBuffer, binary: boolean): void => {
        if (!binary || decodePoints(data).view !== view) return;
        socket.off('message', hear);
        resolve();
      };
      socket.on('message', hear);
    });
    measured.push(performance.now() - begun);
    await delay(50);
  }
  socket.terminate();
  return measured;
}

/** The page's heap while points stream in, after garbage is collected: its slope over the time. */
async function memory(browser: Browser, url: string, minutes: number): Promise<Figure[]> {
  const series = Array.from({ length: 12 }, (_, i) => `m${i}/value`);
  const trainer = await benchTrainer(url, 'streams', series, (i, step) => Math.sin(step / 40 + i));
  await trainer.log(0, 2_000);
  const page = await browser.newPage({ viewport: { width: 1440, height: 1600 } });
  await page.goto(`${url}/#/run/streams`);
  await page.locator('[data-testid=plot][data-draws]').first().waitFor();
  const tools = await page.context().newCDPSession(page);
  const heap = async (): Promise<number> => {
    await tools.send('HeapProfiler.collectGarbage');
    return ((await tools.send('Runtime.getHeapUsage')) as { usedSize: number }).usedSize / 1e6;
  };
  const samples: number[] = [];
  const end = Date.now() + minutes * 60_000;
  let step = 2_000;
  let next = Date.now();
  while (Date.now() < end) {
    trainer.send(step++);
    await delay(1000 / 30);
    if (Date.now() < next) continue;
    samples.push(await heap());
    next = Date.now() + Math.max(5_000, (minutes * 60_000) / 30);
  }
  samples.push(await heap());
  trainer.close();
  await page.close();
  const third = Math.max(1, Math.floor(samples.length / 3));
  const [early, late] = [median(samples.slice(0, third)), median(samples.slice(-third))];
  return [
    { what: `heap after ${minutes} min of 12 charts at 30 Hz`, value: late, unit: 'MB', goal: null },
    { what: 'growth of the heap from the first third to the last', value: late - early, unit: 'MB', goal: 3, note: `${step} steps` }, // prettier-ignore
  ];
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
  const figures: Figure[] = wanted('size') ? size() : [];
  const browser = await chromium.launch({
    executablePath: process.env.TIDEMARK_CHROMIUM ?? '/usr/bin/chromium',
    args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-background-networking'],
  });
  /** Each part has a server of its own, so that none measures what another has left. */
  const part = async (name: string, measure: (url: string) => Promise<Figure[]>): Promise<void> => {
    if (!wanted(name)) return;
    const server = await startServer();
    try {
      figures.push(...(await measure(server.url)));
    } finally {
      await server.close();
    }
  };
  try {
    await part('open', (url) => open(browser, url, runs));
    const stream = { lines: 10, before: 1_000, rate: 30, seconds };
    await part('stream', (url) =>
      streaming(url, browser, {
        ...{ ...stream, charts: 12, screen: { width: 2560, height: 1440 } },
        goal: { frames: 59.5, redraws: 10 }, // a display of 60 Hz, counted over seconds
      }),
    );
    await part('stream', (url) =>
      streaming(url, browser, {
        ...{ ...stream, charts: 50, screen: { width: 3840, height: 2160 } },
        goal: { frames: 30, redraws: 2 },
      }),
    );
    await part('long', (url) => long(browser, url, points));
    await part('memory', (url) => memory(browser, url, minutes));
  } finally {
    await browser.close();
  }
  process.stdout.write(values.json ? `${JSON.stringify(figures, null, 2)}\n` : `${tableOf(figures)}\n`);
}

await main();
