import { setTimeout as delay } from 'node:timers/promises';
import type { Browser, Page } from 'playwright-core';
import { benchTrainer } from './trainer.ts';
import type { Figure } from './table.ts';

export interface Setting {
  readonly charts: number;
  /** Lines of a chart. */
  readonly lines: number;
  /** Steps that are there before the page is opened. */
  readonly before: number;
  /** Steps a second. */
  readonly rate: number;
  readonly seconds: number;
  /** Frames a second that are wanted. */
  readonly goal: number;
}

/** Counts frames in the page for some ms; resolves with frames a second, and redraws of charts a second. */
const FRAMES = `async (ms) => {
  const draws = () => [...document.querySelectorAll('[data-draws]')].reduce((sum, { dataset }) => sum + Number(dataset.draws), 0);
  const [begun, drawn] = [performance.now(), draws()];
  let frames = 0;
  while (performance.now() - begun < ms) { await new Promise(requestAnimationFrame); frames += 1; }
  const seconds = (performance.now() - begun) / 1000;
  return { frames: frames / seconds, draws: (draws() - drawn) / seconds };
}`;

/** Charts that are all in sight, updating: one run per line of a chart, compared, for a run's own charts have few. */
export async function streaming(url: string, browser: Browser, setting: Setting): Promise<Figure[]> {
  const { charts, lines, before, rate, seconds, goal } = setting;
  const name = `${charts}x${lines}`;
  // Several ranks of a run are lines of one chart, as in a distributed training.
  const series = Array.from({ length: charts }, (_, i) => `m/value${i}`);
  const trainers = await ranksOf(url, name, series, lines);
  for (const trainer of trainers) await trainer.log(0, before);
  const page = await browser.newPage({ viewport: { width: 1920, height: 400 + 340 * charts } });
  await page.goto(`${url}/#/run/${name}`);
  await ready(page, Math.min(charts, 24));
  const more = page.locator('button.more');
  while ((await more.count()) > 0) await more.first().click();
  await ready(page, charts);
  const stop = new AbortController();
  const feeding = (async () => {
    for (let step = before; !stop.signal.aborted; step++) {
      for (const trainer of trainers) trainer.send(step);
      await delay(1000 / rate);
    }
  })();
  await delay(1_000);
  const { frames, draws } = await page.evaluate<{ frames: number; draws: number }>(
    `(${FRAMES})(${seconds * 1000})`,
  );
  stop.abort();
  await feeding;
  await page.close();
  for (const trainer of trainers) trainer.close();
  const what = `${charts} charts × ${lines} lines × ${before} points, ${rate} Hz`;
  return [
    {
      what,
      value: frames,
      unit: 'frames/s',
      goal,
      more: true,
      note: `${(draws / charts).toFixed(1)} redraws/s of each`,
    },
  ];
}

async function ready(page: Page, charts: number): Promise<void> {
  while ((await page.locator('[data-testid=plot][data-draws]').count()) < charts) await delay(50);
}

/** One trainer for each rank of the run. */
async function ranksOf(url: string, run: string, series: readonly string[], ranks: number) {
  const value = (i: number, step: number) => Math.sin(step / 40 + i) + i / 10;
  return Promise.all(
    Array.from({ length: ranks }, (_, rank) =>
      benchTrainer(url, run, series, (i, step) => value(i + rank, step), rank),
    ),
  );
}
