/**
 * Takes pictures of the page: each view, 1440 and 390 pixels wide, light and dark, of a server that runs.
 *
 *     node dist/scripts/screenshots.js URL FOLDER [RUN]
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { chromium, type Page } from 'playwright-core';

const SIZES = { desktop: { width: 1440, height: 900 }, phone: { width: 390, height: 844 } } as const;

export interface Shots {
  readonly url: string;
  readonly folder: string;
  /** Id of the run that is looked at; by default the first of the list. */
  readonly run?: string;
}

/** One view: where it is, what it waits for, and what is done before the picture. */
interface Scene {
  readonly name: string;
  readonly hash: string;
  readonly ready: string;
  readonly prepare?: (page: Page) => Promise<void>;
}

/** Every view of a server with these runs; of one without runs, the empty page alone. */
function scenesOf(runs: readonly string[], run: string | undefined): Scene[] {
  const chosen = run ?? runs.at(0);
  if (chosen === undefined) return [{ name: 'empty', hash: '#/', ready: '[data-testid=empty]' }];
  const drawn = '[data-testid=plot][data-draws], [data-testid=no-series]';
  const address = `#/run/${encodeURIComponent(chosen)}`;
  return [
    { name: 'list', hash: '#/', ready: '[data-testid=run-row]' },
    { name: 'run', hash: address, ready: drawn, prepare: quiet },
    { name: 'detectors', hash: `${address}?panel=detectors`, ready: drawn, prepare: tryOne },
    { name: 'alerts', hash: '#/alerts', ready: '[data-testid=alert-centre]' },
    { name: 'compare', hash: `#/compare?runs=${runs.slice(0, 8).join(',')}`, ready: drawn },
    { name: 'no-run', hash: '#/run/nobody', ready: '[data-testid=no-run]', prepare: quiet },
  ];
}

/** Views of which one picture says enough. */
const ONCE: Readonly<Partial<Record<string, string>>> = { empty: 'desktop-light', 'no-run': 'desktop-dark' };

/** Returns the paths of the pictures. */
export async function takeScreenshots({ url, folder, run }: Shots): Promise<string[]> {
  mkdirSync(folder, { recursive: true });
  const answer = (await (await fetch(new URL('api/runs', url))).json()) as { runs: { run: string }[] };
  const scenes = scenesOf(
    answer.runs.map((one) => one.run),
    run,
  );
  const browser = await chromium.launch({
    executablePath: process.env.TIDEMARK_CHROMIUM ?? '/usr/bin/chromium',
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--no-first-run',
      '--disable-background-networking',
    ],
  });
  const taken: string[] = [];
  try {
    for (const colorScheme of ['light', 'dark'] as const)
      for (const [size, viewport] of Object.entries(SIZES))
        for (const { name, hash, ready, prepare } of scenes) {
          if (ONCE[name] !== undefined && ONCE[name] !== `${size}-${colorScheme}`) continue;
          const page = await browser.newPage({ viewport, colorScheme, reducedMotion: 'reduce' });
          await page.goto(new URL(hash, url).href);
          await page.locator(ready).first().waitFor();
          await prepare?.(page);
          const path = join(folder, `${name}-${size}-${colorScheme}.png`);
          await page.screenshot({ path });
          taken.push(path);
          await page.close();
        }
  } finally {
    await browser.close();
  }
  return taken;
}

/** Alerts are for people who watch; a picture is of the view below them. Hidden in this page only. */
async function quiet(page: Page): Promise<void> {
  await page.evaluate(`document.querySelector('.alerts')?.setAttribute('hidden', '')`);
}

/** Tries another patience of best-epoch, and waits for what it would say. */
async function tryOne(page: Page): Promise<void> {
  await quiet(page);
  const detector = page.locator('[data-testid=detector][data-detector=best-epoch]');
  await detector.locator('summary').first().click();
  await detector.getByTestId('parameter-patience').fill('15');
  await detector.locator('[data-testid=outcome][data-is=tried]').waitFor();
}

if (process.argv[1] === import.meta.filename) {
  const [url, folder, run] = process.argv.slice(2) as (string | undefined)[];
  if (!url || !folder) {
    console.error('usage: node dist/scripts/screenshots.js URL FOLDER [RUN]');
    process.exit(2);
  }
  for (const path of await takeScreenshots({ url, folder, ...(run !== undefined && { run }) }))
    console.log(path);
}
