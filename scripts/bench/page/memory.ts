import { setTimeout as delay } from 'node:timers/promises';
import type { Browser, CDPSession } from 'playwright-core';
import { judge, type Minute } from '../soak/verdict.ts';
import { ranksOf, ready } from './streaming.ts';
import type { Figure } from './table.ts';

const CHARTS = 12;
const LINES = 10;
/** Steps a second. */
const RATE = 30;
/** CSS pixels; as wide as the charts' points are asked for, one to a pixel, and as high as all charts, which are drawn in sight alone. */
const SCREEN = { width: 800, height: 4400 };
/**
 * A line grows by what comes until it has so many points a pixel column, and is then asked for anew: client/feed.ts.
 * What a page holds goes up and down with that.
 */
const CROWDED = 8;
/** Seconds of one such tooth. */
const TOOTH = (CROWDED * SCREEN.width) / RATE;
const SAMPLE = 10;
const MIB = 2 ** 20;

/** The mean of every stretch of `width` minutes that is whole: what goes up and down with it is taken out. */
export function teeth(samples: readonly Minute[], width: number): Minute[] {
  const means: Minute[] = [];
  for (let from = 0; ; from += width) {
    const within = samples.filter(({ minutes }) => minutes >= from && minutes < from + width);
    if ((samples.at(-1)?.minutes ?? 0) < from + width || within.length === 0) return means;
    const memory = within.reduce((sum, sample) => sum + sample.memory, 0) / within.length;
    means.push({ minutes: from + width / 2, memory });
  }
}

/**
 * The page's memory while 12 charts of 10 lines are updated 30 times a second. It is judged as a server's is, by the
 * means over the stretches in which a page's lines grow and are asked for anew.
 * @param say is given a row every minute
 */
export async function memory(
  browser: Browser,
  url: string,
  minutes: number,
  say: (row: string) => void,
): Promise<Figure[]> {
  const series = Array.from({ length: CHARTS }, (_, i) => `m/value${i}`);
  const trainers = await ranksOf(url, 'memory', series, LINES);
  // More than a view has room for: it begins with decimated lines, and the first tooth is as all others.
  const before = CROWDED * SCREEN.width;
  for (const trainer of trainers) await trainer.log(0, before);
  const page = await browser.newPage({ viewport: SCREEN });
  await page.addInitScript(`localStorage.setItem('tidemark.charts.bench', '{"size":"s"}')`);
  await page.goto(`${url}/#/run/memory`);
  await ready(page, CHARTS);
  const tools = await page.context().newCDPSession(page);
  const samples: Minute[] = [];
  const begun = performance.now();
  let [sent, due, told] = [0, SAMPLE, 0];
  say('  min  held MiB  objects  arrays');
  while (performance.now() - begun < minutes * 60_000) {
    const seconds = (performance.now() - begun) / 1000;
    for (; sent < seconds * RATE; sent++) trainers.forEach((trainer) => trainer.send(before + sent));
    if (seconds >= due) {
      const { objects, arrays } = await heapOf(tools);
      samples.push({ minutes: seconds / 60, memory: objects + arrays });
      due += SAMPLE;
      if (seconds / 60 >= told + 1) {
        told = Math.floor(seconds / 60);
        say([seconds / 60, (objects + arrays) / MIB, objects / MIB, arrays / MIB].map((one) => one.toFixed(1).padStart(7)).join(' ')); // prettier-ignore
      }
    }
    await delay(1000 / RATE);
  }
  for (const trainer of trainers) trainer.close();
  await page.close();
  const means = teeth(samples, TOOTH / 60);
  const { flat, words, slope } = judge(means);
  say(words);
  const held = means.at(-1)?.memory ?? samples.at(-1)?.memory ?? NaN;
  return [
    {
      what: `memory of the page, ${CHARTS} charts × ${LINES} lines at ${RATE} Hz for ${minutes} min`,
      ...{ value: held / MIB, unit: 'MiB', goal: null, note: `${sent} steps` },
    },
    {
      what: '– its growth in an hour, by a straight line',
      ...{ value: slope / MIB, unit: 'MiB', goal: (means[0]?.memory ?? NaN) / MIB / 10 },
      note: flat ? 'flat' : words,
    },
  ];
}

async function heapOf(tools: CDPSession): Promise<{ objects: number; arrays: number }> {
  await tools.send('HeapProfiler.collectGarbage');
  // The declarations are of an older protocol, without the memory of arrays.
  const usage = (await tools.send('Runtime.getHeapUsage')) as {
    usedSize: number;
    backingStorageSize?: number;
  };
  return { objects: usage.usedSize, arrays: usage.backingStorageSize ?? 0 };
}
