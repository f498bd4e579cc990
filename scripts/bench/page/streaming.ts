import { setTimeout as delay } from 'node:timers/promises';
import type { Browser, Page } from 'playwright-core';
import { benchTrainer } from './trainer.ts';
import { type Figure, median } from './table.ts';

export interface Setting {
  readonly charts: number;
  /** Lines of a chart. */
  readonly lines: number;
  /** Steps that are there before the page is opened. */
  readonly before: number;
  /** Steps a second. */
  readonly rate: number;
  readonly seconds: number;
  /** A screen on which all charts are seen at once, as small as the page draws them, in pixels. */
  readonly screen: { readonly width: number; readonly height: number };
  /** Frames a second that are wanted, and redraws a second of the chart that is drawn least often. */
  readonly goal: { readonly frames: number; readonly redraws: number };
}

/** What the page did: frames a second, and redraws a second of each chart. */
interface Watched {
  readonly frames: number;
  readonly redraws: readonly number[];
}

/** Counts in the page for some ms. */
const WATCH = `async (ms) => {
  const draws = () => [...document.querySelectorAll('[data-draws]')].map(({ dataset }) => Number(dataset.draws));
  const [begun, before] = [performance.now(), draws()];
  let frames = 0;
  while (performance.now() - begun < ms) { await new Promise(requestAnimationFrame); frames += 1; }
  const seconds = (performance.now() - begun) / 1000;
  return { frames: frames / seconds, redraws: draws().map((count, i) => (count - before[i]) / seconds) };
}`;

/** Charts that lie within the window, whole. */
const SEEN = `[...document.querySelectorAll('[data-draws]')].filter((plot) => {
  const { top, bottom } = plot.getBoundingClientRect();
  return top >= 0 && bottom <= innerHeight;
}).length`;

/** Small charts that are all in sight, updating. @throws when they are not all seen */
export async function streaming(url: string, browser: Browser, setting: Setting): Promise<Figure[]> {
  const { charts, lines, before, rate, seconds, screen, goal } = setting;
  const name = `${charts}x${lines}`;
  // Several ranks of a run are lines of one chart, as in a distributed training.
  const series = Array.from({ length: charts }, (_, i) => `m/value${i}`);
  const trainers = await ranksOf(url, name, series, lines);
  for (const trainer of trainers) await trainer.log(0, before);
  const page = await browser.newPage({ viewport: screen });
  await page.addInitScript(`localStorage.setItem('tidemark.charts.bench', '{"size":"s"}')`);
  await page.goto(`${url}/#/run/${name}`);
  await ready(page, Math.min(charts, 24));
  const more = page.locator('button.more');
  while ((await more.count()) > 0) await more.first().click();
  await ready(page, charts);
  const seen = await page.evaluate<number>(SEEN);
  if (seen < charts) throw new Error(`streaming: all ${charts} charts must be in sight, got ${seen}`);
  const stop = new AbortController();
  const feeding = feed(rate, stop.signal, before, (step) =>
    trainers.forEach((trainer) => trainer.send(step)),
  );
  await delay(1_000);
  const { frames, redraws } = await page.evaluate<Watched>(`(${WATCH})(${seconds * 1000})`);
  stop.abort();
  const fed = await feeding;
  await page.close();
  for (const trainer of trainers) trainer.close();
  const what = `${charts} charts × ${lines} lines × ${before} points`;
  const size = `${screen.width} × ${screen.height}, ${fed.toFixed(1)} steps/s`;
  return [
    { what, value: frames, unit: 'frames/s', goal: goal.frames, more: true, note: size },
    {
      what: '– the chart that was redrawn least often',
      ...{ value: Math.min(...redraws), unit: 'redraws/s', goal: goal.redraws, more: true },
      note: `median ${median(redraws).toFixed(1)}`,
    },
  ];
}

/** Sends steps by a schedule that sending does not delay, until `signal`; resolves with the steps sent a second. */
async function feed(
  rate: number,
  signal: AbortSignal,
  first: number,
  send: (step: number) => void,
): Promise<number> {
  const begun = performance.now();
  let sent = 0;
  while (!signal.aborted) {
    const due = Math.ceil(((performance.now() - begun) / 1000) * rate);
    for (; sent < due; sent++) send(first + sent);
    await delay(Math.max(0, begun + (sent / rate) * 1000 - performance.now()));
  }
  return sent / ((performance.now() - begun) / 1000);
}

/** Resolves when so many charts are drawn. @throws when they are not, after a minute */
export async function ready(page: Page, charts: number): Promise<void> {
  for (let tries = 0, drawn = 0; drawn < charts; tries++) {
    if (tries > 1_200) throw new Error(`page: must have drawn ${charts} charts, got ${drawn}`);
    await delay(50);
    drawn = await page.locator('[data-testid=plot][data-draws]').count();
  }
}

/** One trainer for each rank of the run. */
export async function ranksOf(url: string, run: string, series: readonly string[], ranks: number) {
  const value = (i: number, step: number) => Math.sin(step / 40 + i) + i / 10;
  return Promise.all(
    Array.from({ length: ranks }, (_, rank) =>
      benchTrainer(url, run, series, (i, step) => value(i + rank, step), rank),
    ),
  );
}
