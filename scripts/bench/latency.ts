/**
 * How long a point takes from the trainer's `log()` to the curve on the page: 12 charts in headless Chromium, one run
 * that is looked at, and others that load the server behind it.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { chromium } from 'playwright-core';
import { init } from '../../sdk/index.ts';
import { figure } from './figures.ts';
import { startSender } from './ingest/sender.ts';
import { quantile } from './samples.ts';
import { startServer } from './server.ts';

const HELP = `Trainer → drawn: milliseconds from log() to the redrawn chart, 12 charts in headless Chromium.

Usage: node dist/scripts/bench/latency.js [options]

  --seconds S   how long to measure                          (default 30)
  --rate R      lines a second of the run looked at          (default 20)
  --behind N    points a second from 16 other trainers, as binary columns (default 0)
`;

const CHARTS = 12;
/** Trainers of the load behind, and steps of a frame of theirs. */
const BEHIND = { trainers: 16, rows: 100 };

interface Drawn {
  readonly step: number;
  /** Milliseconds since 1970. */
  readonly at: number;
}

const now = () => performance.timeOrigin + performance.now();

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      seconds: { type: 'string', default: '30' },
      rate: { type: 'string', default: '20' },
      behind: { type: 'string', default: '0' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return void process.stdout.write(HELP);
  const [seconds, rate, behind] = [values.seconds, values.rate, values.behind].map(Number);

  const server = await startServer();
  const load =
    behind > 0
      ? await startSender({
          ...{ url: server.url, form: 'binary', float32: false, rows: BEHIND.rows, window: 20 },
          ...{ first: 0, count: BEHIND.trainers, rate: behind / BEHIND.trainers },
          seconds: seconds + 60,
        })
      : null;
  const browser = await chromium.launch({
    executablePath: process.env.TIDEMARK_CHROMIUM ?? '/usr/bin/chromium',
    args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'], // prettier-ignore
  });
  try {
    const run = init({ url: server.url, id: 'looked-at', project: 'bench', dir: server.folder });
    const line = (step: number) =>
      Object.fromEntries(
        Array.from({ length: CHARTS }, (_, i) => [`quantity${i}/value`, Math.sin(step / 20 + i)]),
      );
    run.log(line(0), { step: 0 });

    const page = await browser.newPage({ viewport: { width: 1440, height: 6000 } });
    await page.goto(`${server.url}/#/run/looked-at`);
    await page.locator('[data-step="0"]').first().waitFor();
    await delay(500); // every chart is built
    const charts = await page.locator('[data-step]').count();
    await page.evaluate(() => {
      const world = globalThis as unknown as Watching;
      world.drawn = [];
      const target = world.document.querySelector('[data-step]');
      new world.MutationObserver(() => {
        world.drawn.push({
          step: Number(target.dataset.step),
          at: performance.timeOrigin + performance.now(),
        });
      }).observe(target, { attributeFilter: ['data-step'] });
    });

    const loading = load?.go();
    loading?.catch(() => undefined); // looked at in the end
    if (load) await delay(3000); // its code is compiled
    const sent: number[] = [NaN];
    const interval = 1000 / rate;
    const started = performance.now();
    for (let step = 1; step <= seconds * rate; step++) {
      // Not in step with the frames of the screen.
      const due = started + step * interval + (Math.random() - 0.5) * interval;
      await delay(Math.max(0, due - performance.now()));
      sent.push(now());
      run.log(line(step), { step });
    }
    await delay(1_000);
    const drawn = await page.evaluate(() => (globalThis as unknown as Watching).drawn);
    await run.finish();
    await Promise.race([loading ?? Promise.resolve(), Promise.resolve()]); // throws where it has failed
    report(sent, drawn, `${charts} charts, ${rate} lines/s, ${behind} points/s behind`);
  } finally {
    load?.kill();
    await browser.close();
    await server.close();
  }
}

/** The browser's names that the page's part of this uses. */
interface Watching {
  drawn: Drawn[];
  document: { querySelector(selector: string): { dataset: { step: string } } };
  MutationObserver: new (heard: () => void) => { observe(target: object, options: object): void };
}

/** A point is drawn when a chart is whose last step is not before it. */
function report(sent: readonly number[], drawn: readonly Drawn[], setting: string): void {
  const latencies: number[] = [];
  let next = 0;
  for (let step = 1; step < sent.length; step++) {
    while (next < drawn.length && drawn[next].step < step) next++;
    if (next < drawn.length) latencies.push(drawn[next].at - sent[step]);
  }
  const late = (q: number) => quantile(latencies, q).toFixed(1);
  console.log(`trainer → drawn, ${setting}`);
  console.log(`points ${sent.length - 1}, drawn ${latencies.length}`);
  console.log(`ms: p50 ${late(0.5)}, p90 ${late(0.9)}, p99 ${late(0.99)}, max ${late(1)}`);
  figure('p50', quantile(latencies, 0.5));
  figure('p99', quantile(latencies, 0.99));
  figure('undrawn', sent.length - 1 - latencies.length);
}

await main();
