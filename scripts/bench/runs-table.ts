/** How smoothly the table of many runs scrolls: the time between frames while it is scrolled, in headless Chromium. */
import { parseArgs } from 'node:util';
import { chromium } from 'playwright-core';
import { startServer } from './server.ts';

const HELP = `The table of runs, scrolled from top to bottom in headless Chromium: ms between frames.

Usage: node dist/scripts/bench/runs-table.js [options]

  --runs N    runs in the table             (default 1000)
  --frames N  frames to scroll for          (default 300)
`;

/** Values logged by each run: as many as its course has, and more. */
const POINTS = 80;

/** A run of a sweep, as lines. */
function linesOf(i: number): string {
  const lr = 10 ** -(1 + (i % 7) / 2);
  const hello = {
    kind: 'run',
    protocol: 1,
    run: `run-${i}`,
    writer: 'bench',
    project: 'sweep',
    config: { optimizer: { name: ['adam', 'sgd'][i % 2], lr }, seed: i % 5 },
  };
  const logs = Array.from({ length: POINTS }, (_, step) => ({
    kind: 'log',
    step,
    values: { 'val/loss': 0.1 * lr + 2 * Math.exp(-step / (10 + (i % 20))) },
  }));
  return [hello, ...logs, { kind: 'end', status: 'finished' }].map((line) => JSON.stringify(line)).join('\n');
}

/** Scrolls a share of the way each frame, in the page; resolves with the ms between frames and the most rows there were. */
const SCROLL = `async (frames) => {
  const table = document.querySelector('.runs-scroll');
  const whole = table.scrollHeight - table.clientHeight;
  const times = [];
  let most = 0;
  let last = await new Promise(requestAnimationFrame);
  for (let i = 1; i <= frames; i++) {
    table.scrollTop = (whole * i) / frames;
    const now = await new Promise(requestAnimationFrame);
    times.push(now - last);
    last = now;
    most = Math.max(most, table.querySelectorAll('.run-row').length);
  }
  return { times, most };
}`;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      runs: { type: 'string', default: '1000' },
      frames: { type: 'string', default: '300' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return void process.stdout.write(HELP);
  const [runs, frames] = [Number(values.runs), Number(values.frames)];
  const server = await startServer();
  const browser = await chromium.launch({
    executablePath: process.env.TIDEMARK_CHROMIUM ?? '/usr/bin/chromium',
    args: ['--headless', '--no-sandbox', '--disable-gpu'],
  });
  try {
    for (let i = 0; i < runs; i++)
      await fetch(`${server.url}/api/lines`, { method: 'POST', body: linesOf(i) }).then((answer) =>
        answer.text(),
      );
    const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
    const start = performance.now();
    await page.goto(`${server.url}/#/`);
    await page.locator('.run-row').first().waitFor();
    const shown = performance.now() - start;
    const { times, most } = await page.evaluate<{ times: number[]; most: number }>(`(${SCROLL})(${frames})`);
    const sorted = times.toSorted((a, b) => a - b);
    const at = (share: number) => sorted[Math.floor(share * (sorted.length - 1))].toFixed(1);
    console.log(`${runs} runs, the first rows ${shown.toFixed(0)} ms after navigation`);
    console.log(`${frames} frames scrolled: p50 ${at(0.5)} ms, p95 ${at(0.95)} ms, max ${at(1)} ms`);
    console.log(`rows made at the most: ${most}`);
  } finally {
    await browser.close();
    await server.close();
  }
}

await main();
