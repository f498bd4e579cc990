/**
 * Takes pictures of the page: the list of runs and one run, 1440 and 390 pixels wide, light and dark.
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
  /** Id of the run; by default the first of the list. */
  readonly run?: string;
}

/** Returns the paths of the pictures. */
export async function takeScreenshots({ url, folder, run }: Shots): Promise<string[]> {
  mkdirSync(folder, { recursive: true });
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
      for (const [name, viewport] of Object.entries(SIZES)) {
        const context = await browser.newContext({
          viewport,
          colorScheme,
          deviceScaleFactor: name === 'phone' ? 2 : 1,
          reducedMotion: 'reduce',
        });
        const page = await context.newPage();
        const shoot = async (what: string): Promise<void> => {
          const path = join(folder, `${what}-${name}-${colorScheme}.png`);
          await page.screenshot({ path });
          taken.push(path);
        };
        await page.goto(url);
        await page
          .locator('[data-testid=run-row], [data-testid=empty], [data-testid=refused]')
          .first()
          .waitFor();
        await shoot('list');
        const id =
          run ??
          (await page
            .locator('[data-testid=run-row]')
            .first()
            .getAttribute('data-run', { timeout: 500 })
            .catch(() => null));
        if (id !== null) {
          await openRun(page, id);
          await shoot('run');
        }
        await context.close();
      }
  } finally {
    await browser.close();
  }
  return taken;
}

/** Opens a run and waits until its first chart is drawn, or it says that it has none. */
async function openRun(page: Page, run: string): Promise<void> {
  await page.evaluate(`location.hash = ${JSON.stringify(`#/run/${encodeURIComponent(run)}`)}`);
  await page.locator('[data-testid=plot][data-draws], [data-testid=no-series]').first().waitFor();
  // Alerts are for people who watch; a picture is of the run.
  const dismiss = page.locator('[data-testid=dismiss-all]').or(page.getByTestId('dismiss'));
  while ((await dismiss.count()) > 0) await dismiss.last().click();
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
