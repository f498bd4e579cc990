/**
 * Takes pictures of the page: every view, for a desk and for a phone, light and dark, empty, busy and broken. Alone it
 * starts a server of its own and trains the demo's networks for them; with a URL it shows a server that runs.
 *
 *     node dist/scripts/screenshots.js [--out docs/screenshots] [--url URL] [--run RUN]
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Browser, chromium, type Page } from 'playwright-core';
import { startServer } from './bench/server.ts';
import { demo } from './demo/demo.ts';

const SIZES = { desktop: { width: 1280, height: 720 }, phone: { width: 390, height: 844 } } as const;
const SCHEMES = ['light', 'dark'] as const;

/** One view: where it is, what it waits for, and what is done before the picture. */
interface Scene {
  readonly name: string;
  readonly hash: string;
  readonly ready: string;
  /** Done before the page is there. */
  readonly first?: (page: Page) => Promise<void>;
  readonly prepare?: (page: Page) => Promise<void>;
  /** The only picture taken of it, where one says enough. */
  readonly once?: string;
}

const EMPTY: readonly Scene[] = [{ name: 'empty', hash: '#/', ready: '[data-testid=empty]' }];

/** Every view of a server with these runs. @param run the one that is looked at; @param middle a step in its middle */
function scenesOf(runs: readonly string[], run: string, middle: number): Scene[] {
  const drawn = '[data-testid=plot][data-draws], [data-testid=no-series]';
  const address = `#/run/${encodeURIComponent(run)}`;
  return [
    { name: 'list', hash: '#/', ready: '[data-testid=run-row]' },
    { name: 'run', hash: address, ready: drawn, prepare: quiet },
    {
      name: 'travel',
      hash: `${address}?asof=${middle}`,
      ready: '[data-testid=travel][aria-busy=false]',
      prepare: quiet,
    },
    { name: 'detectors', hash: `${address}?panel=detectors`, ready: drawn, prepare: tryOne },
    { name: 'alerts', hash: '#/alerts', ready: '[data-testid=alert-centre]' },
    { name: 'settings', hash: '#/settings', ready: '[data-testid=settings]' },
    { name: 'compare', hash: `#/compare?runs=${runs.slice(0, 8).join(',')}`, ready: drawn },
    { name: 'embed', hash: `${address}?embed=loss%2Floss`, ready: drawn, once: 'phone-light' },
    {
      name: 'no-run',
      hash: '#/run/nobody',
      ready: '[data-testid=no-run]',
      prepare: async (page) => {
        await page.getByTestId('run-row').first().waitFor();
        await quiet(page);
      },
      once: 'desktop-dark',
    },
    {
      name: 'token',
      hash: '#/',
      ready: '[data-testid=refused]',
      first: (page) =>
        page.routeWebSocket(
          '**/api/viewer',
          (socket) => void socket.close({ code: 4403, reason: 'token-missing' }),
        ),
      once: 'desktop-light',
    },
  ];
}

async function take(browser: Browser, url: string, folder: string, scenes: readonly Scene[]): Promise<void> {
  for (const colorScheme of SCHEMES)
    for (const [size, viewport] of Object.entries(SIZES))
      for (const { name, hash, ready, first, prepare, once } of scenes) {
        if (once !== undefined && once !== `${size}-${colorScheme}`) continue;
        const page = await browser.newPage({ viewport, colorScheme, reducedMotion: 'reduce' });
        await first?.(page);
        await page.goto(new URL(hash, url).href);
        await page.locator(ready).first().waitFor();
        await prepare?.(page);
        await shoot(page, folder, `${name}-${size}-${colorScheme}`);
        await page.close();
      }
}

async function shoot(page: Page, folder: string, name: string): Promise<void> {
  const path = join(folder, `${name}.png`);
  await page.screenshot({ path });
  console.log(path);
}

/** The server goes away while pages look at a run. */
async function broken(
  browser: Browser,
  url: string,
  folder: string,
  hash: string,
  close: () => Promise<void>,
) {
  const pages: [string, Page][] = [];
  for (const [size, colorScheme] of [
    ['desktop', 'light'],
    ['phone', 'dark'],
  ] as const) {
    const page = await browser.newPage({ viewport: SIZES[size], colorScheme, reducedMotion: 'reduce' });
    await page.goto(new URL(size === 'phone' ? hash : '#/', url).href);
    await page
      .locator(size === 'phone' ? '[data-testid=plot][data-draws]' : 'tr[data-run]')
      .first()
      .waitFor();
    await quiet(page);
    pages.push([`broken-${size}-${colorScheme}`, page]);
  }
  await close();
  for (const [name, page] of pages) {
    await page.getByTestId('banner-connection').getByText('Next try').waitFor();
    await shoot(page, folder, name);
  }
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

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      out: { type: 'string', default: 'docs/screenshots' },
      url: { type: 'string' },
      run: { type: 'string' },
    },
  });
  mkdirSync(values.out, { recursive: true });
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
  const own = values.url === undefined ? await startServer() : null;
  const url = values.url ?? own!.url;
  try {
    if (own) {
      await take(browser, url, values.out, EMPTY);
      await demo({ url, pace: 0 });
    }
    const answer = (await (await fetch(new URL('api/runs', url))).json()) as {
      runs: { run: string; step: number; verdict: string }[];
    };
    const looked = (one: { run: string; verdict: string }) =>
      one.run === values.run || one.verdict.startsWith('Best');
    const run = answer.runs.find(looked) ?? answer.runs.at(0);
    if (run === undefined) {
      await take(browser, url, values.out, EMPTY);
      return;
    }
    const ids = answer.runs.map((one) => one.run);
    await take(browser, url, values.out, scenesOf(ids, run.run, Math.round(run.step * 0.6)));
    if (own) await broken(browser, url, values.out, `#/run/${run.run}`, () => own.close());
  } finally {
    await browser.close();
    if (own?.running()) await own.close();
  }
}

await main();
