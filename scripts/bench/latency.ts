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
  --stages      also how long until the page has received a point, from there until it is drawn, and until it is painted
`;

const CHARTS = 12;
/** As high as it takes to see all of them. */
const VIEWPORT = { width: 1440, height: 2000 };
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
      stages: { type: 'boolean', default: false },
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

    const page = await browser.newPage({ viewport: VIEWPORT });
    if (values.stages) await page.addInitScript(noteFrames);
    await page.goto(`${server.url}/#/run/looked-at`);
    await page.locator('[data-step="0"]').first().waitFor();
    await delay(500); // every chart is built
    const charts = await page.locator('[data-step]').count();
    await page.evaluate(() => {
      const world = globalThis as unknown as Watching;
      world.drawn = [];
      world.painted = [];
      const { port1, port2 } = new world.MessageChannel();
      port1.onmessage = ({ data }) =>
        world.painted.push({ step: data as number, at: performance.timeOrigin + performance.now() });
      const target = world.document.querySelector('[data-step]');
      new world.MutationObserver(() => {
        const step = Number(target.dataset.step);
        world.drawn.push({ step, at: performance.timeOrigin + performance.now() });
        world.requestAnimationFrame(() => port2.postMessage(step));
      }).observe(target, { attributeFilter: ['data-step'] });
    });

    const loading = load?.go();
    loading?.catch(() => undefined); // looked at in the end
    if (load) await delay(3000); // most of its code is compiled
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
    const painted = await page.evaluate(() => (globalThis as unknown as Watching).painted);
    const received = await page.evaluate(() => (globalThis as unknown as Watching).received ?? []);
    await run.finish();
    await Promise.race([loading ?? Promise.resolve(), Promise.resolve()]); // throws where it has failed
    report(sent, drawn, `${charts} charts, ${rate} lines/s, ${behind} points/s behind`);
    if (values.stages) reportStages(sent, received, drawn, painted);
  } finally {
    load?.kill();
    await browser.close();
    await server.close();
  }
}

/** The browser's names that the page's part of this uses. */
interface Watching {
  /** When a chart had been drawn on its canvas, and when the browser had made the frame with it. */
  drawn: Drawn[];
  painted: Drawn[];
  received?: Drawn[];
  document: { querySelector(selector: string): { dataset: { step: string } } };
  MutationObserver: new (heard: () => void) => { observe(target: object, options: object): void };
  requestAnimationFrame(task: () => void): void;
  MessageChannel: new () => {
    readonly port1: { onmessage: (event: { data: unknown }) => void };
    readonly port2: { postMessage(data: unknown): void };
  };
  WebSocket: new (...of: never[]) => {
    addEventListener(name: 'message', heard: (event: { data: unknown }) => void): void;
  };
}

/** In the page, before its own script: notes when a frame of points comes, with the last step of its first block. */
function noteFrames(): void {
  const world = globalThis as unknown as Watching;
  const received: Drawn[] = (world.received = []);
  const align = (offset: number) => Math.ceil(offset / 8) * 8; // as shared/points.ts has it
  world.WebSocket = class extends world.WebSocket {
    constructor(...of: never[]) {
      super(...of);
      this.addEventListener('message', ({ data }) => {
        if (!(data instanceof ArrayBuffer)) return;
        const at = performance.timeOrigin + performance.now();
        const view = new DataView(data);
        const block = align(8 + view.getUint16(2, true));
        const steps = align(block + 24 + view.getUint32(block, true) * 4);
        const last = view.getUint32(block + 4, true) - 1;
        received.push({ step: view.getFloat64(steps + last * 8, true), at });
      });
    }
  };
}

/** When each point had come somewhere: with the first whose step is not before it; undefined where it never has. */
function arrivals(sent: readonly number[], there: readonly Drawn[]): (number | undefined)[] {
  let next = 0;
  return sent.map((_, step) => {
    while (next < there.length && there[next].step < step) next++;
    return (there[next] as Drawn | undefined)?.at;
  });
}

function reportStages(
  sent: readonly number[],
  received: readonly Drawn[],
  drawn: readonly Drawn[],
  painted: readonly Drawn[],
): void {
  const [came, shown, seen] = [received, drawn, painted].map((there) => arrivals(sent, there));
  const stages: [string, readonly (number | undefined)[], readonly (number | undefined)[]][] = [
    ['log() → received', sent, came],
    ['received → drawn', came, shown],
    ['drawn → painted', shown, seen],
    ['log() → painted', sent, seen],
  ];
  for (const [name, from, to] of stages) {
    const took = to.slice(1).flatMap((at, i) => (at === undefined ? [] : at - (from[i + 1] ?? NaN)));
    const ms = [0.5, 0.9, 0.99].map((q) => `p${q * 100} ${quantile(took, q).toFixed(1)}`);
    console.log(`${name}, ms: ${ms.join(', ')}`);
  }
}

/** A point is drawn when a chart is whose last step is not before it. */
function report(sent: readonly number[], drawn: readonly Drawn[], setting: string): void {
  const latencies = arrivals(sent, drawn)
    .slice(1)
    .flatMap((at, i) => (at === undefined ? [] : at - sent[i + 1]));
  const late = (q: number) => quantile(latencies, q).toFixed(1);
  console.log(`trainer → drawn, ${setting}`);
  console.log(`points ${sent.length - 1}, drawn ${latencies.length}`);
  console.log(`ms: p50 ${late(0.5)}, p90 ${late(0.9)}, p99 ${late(0.99)}, max ${late(1)}`);
  figure('p50', quantile(latencies, 0.5));
  figure('p99', quantile(latencies, 0.99));
  figure('undrawn', sent.length - 1 - latencies.length);
}

await main();
