/** How soon the page has drawn: by its own clock, heard from within, for a test driver that polls would see it late. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { Browser } from 'playwright-core';

const WINDOW = { viewport: { width: 1440, height: 900 } };

/** ms from each navigation, in a fresh context, to the first chart that is drawn with points. */
export async function firstChart(
  browser: Browser,
  url: string,
  run: string,
  times: number,
): Promise<number[]> {
  const measured: number[] = [];
  for (let i = 0; i < times; i++) {
    const context = await browser.newContext(WINDOW);
    const page = await context.newPage();
    await page.addInitScript(`
      new MutationObserver((_, observer) => {
        const plot = document.querySelector('[data-testid=plot][data-points]');
        if (!plot || Number(plot.dataset.points) === 0) return;
        window.done = performance.now();
        observer.disconnect();
      }).observe(document, { subtree: true, childList: true, attributes: true, attributeFilter: ['data-points'] });
    `);
    await page.goto(`${url}/#/run/${run}`);
    measured.push(await polled(() => page.evaluate<number | null>('window.done ?? null')));
    await context.close();
  }
  return measured;
}

/** ms from each navigation to an empty page's only script, of a kilobyte: what of the above is the browser's own. */
export async function floor(browser: Browser, times: number): Promise<number[]> {
  const script = `window.done = performance.now(); // ${'-'.repeat(960)}`;
  const server = createServer(({ url }, response) => {
    const [type, body] =
      url === '/1.js'
        ? ['text/javascript', script]
        : ['text/html', '<!doctype html><title>Empty</title><script type="module" src="/1.js"></script>'];
    response.writeHead(200, { 'content-type': type }).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const measured: number[] = [];
  for (let i = 0; i < times; i++) {
    const context = await browser.newContext(WINDOW);
    const page = await context.newPage();
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    measured.push(await polled(() => page.evaluate<number | null>('window.done ?? null')));
    await context.close();
  }
  server.closeAllConnections();
  server.close();
  return measured;
}

/** Steps of a stretch that is zoomed to: fewer than the chart has pixels. */
const STRETCH = 1_000;

/** ms from each change of what a chart of the long run is zoomed to, until it has drawn every point of it. */
export async function zoomed(
  browser: Browser,
  url: string,
  run: string,
  points: number,
  times: number,
): Promise<number[]> {
  // prettier-ignore
  const context = await browser.newContext(WINDOW);
  const page = await context.newPage();
  await page.goto(`${url}/#/run/${run}`);
  await page.locator('[data-testid=plot][data-draws]').first().waitFor();
  await delay(2_000); // findings, and what else comes after the first chart
  const measured: number[] = [];
  for (let i = 0; i < times; i++) {
    const from = Math.floor(points * (0.1 + (0.8 * i) / times));
    const hash = `#/run/${run}?zoom=${from}-${from + STRETCH}`;
    await page.evaluate(`(() => {
      window.done = null;
      const begun = performance.now();
      const plot = document.querySelector('[data-testid=plot]');
      new MutationObserver((_, observer) => {
        const [from] = plot.dataset.span.split(' ').map(Number);
        if (Math.abs(from - ${from}) > 1 || Number(plot.dataset.points) < ${STRETCH}) return;
        window.done = performance.now() - begun;
        observer.disconnect();
      }).observe(plot, { attributes: true });
      location.hash = ${JSON.stringify(hash)};
    })()`);
    measured.push(await polled(() => page.evaluate<number | null>('window.done')));
    await delay(100);
  }
  await context.close();
  return measured;
}

/** How long a figure is waited for, ms: beyond it, something is broken rather than slow. */
const HANGS = 60_000;

async function polled(read: () => Promise<number | null>): Promise<number> {
  const begun = Date.now();
  while (Date.now() - begun < HANGS) {
    const value = await read();
    if (value !== null) return value;
    await delay(20);
  }
  throw new Error(`page: must draw within ${HANGS} ms, but did not`);
}
