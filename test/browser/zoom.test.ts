import type { Browser, BrowserContext, Locator, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Client, startApp } from '../support/app.ts';
import { temporaryFolder } from '../support/server.ts';
import { complaints, launch, noChromium } from './support/chromium.ts';
import { noPage } from './support/mock-feed.ts';

const skip = noChromium ?? noPage;

const POINTS = 100_000;
const SPIKE = 50_017;
/** A loss of 100,000 points of which one stands out. */
const value = (step: number) => (step === SPIKE ? 42.5 : 1 + Math.sin(step * step) / 10);

/** The page and a real server: what lies between the points of a decimated curve. */
describe.skipIf(skip !== null)('a long run, zoomed', () => {
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  let heard: string[];
  let folder: ReturnType<typeof temporaryFolder>;
  let app: Awaited<ReturnType<typeof startApp>>;
  let trainer: Client;
  const warnings: string[] = [];

  beforeAll(async () => {
    browser = await launch();
    folder = temporaryFolder();
    app = await startApp(folder.path, { warn: (message) => warnings.push(message) });
    trainer = await Client.open(`${app.url}/api/trainer`);
    trainer.send({ kind: 'run', protocol: 1, run: 'long', writer: 'w' });
    await log(1, POINTS);
  }, 60_000);
  afterAll(async () => {
    await browser.close();
    await app.close();
    folder.remove();
    expect(warnings).toEqual([]);
  });
  beforeEach(async () => {
    context = await browser.newContext({ viewport: { width: 1440, height: 900 }, reducedMotion: 'reduce' });
    page = await context.newPage();
    page.setDefaultTimeout(60_000);
    heard = complaints(page);
  });
  afterEach(async () => {
    await context.close();
    expect(heard).toEqual([]);
  });

  /** Logs steps, whose times are a tenth of a second apart, and waits until they are durable. */
  async function log(from: number, to: number): Promise<void> {
    for (let first = from; first <= to; first += 5_000) {
      const last = Math.min(to, first + 4_999);
      trainer.send(
        ...Array.from({ length: last - first + 1 }, (_, i) => {
          const step = first + i;
          const time = 1_790_000_000 + step / 10;
          return { kind: 'log', seq: step, step, time, values: { 'train/loss': value(step) } };
        }),
      );
      await trainer.until(({ kind, seq }) => kind === 'ack' && Number(seq) >= last);
    }
  }
  const plot = (): Locator => page.locator('[data-chart="loss/loss"] [data-testid=plot]');
  const drawn = (attribute: string, wanted: string): Promise<void> =>
    plot()
      .and(page.locator(`[data-${attribute}="${wanted}"]`))
      .waitFor();
  async function open(query: string): Promise<void> {
    await page.goto(`${app.url}/#/run/long${query}`);
    await plot().and(page.locator('[data-draws]')).waitFor();
  }
  /** The value that is read out where a step is pinned. */
  async function valueAt(step: number): Promise<string> {
    await page.evaluate(`location.hash = location.hash.replace(/&pin=\\d+/, '') + '&pin=${step}'`);
    await page.locator(`.readout[data-pinned="${step}"]`).waitFor();
    return page.locator('[data-chart="loss/loss"] .legend b').innerText();
  }

  it('shows every point of what was dragged over, a single spike and its neighbours exactly', async () => {
    await open('');
    const points = async () => Number(await plot().getAttribute('data-points'));
    expect(await points()).toBeLessThan(10_000);
    const box = (await plot().locator('.u-over').boundingBox())!;
    const at = (step: number) => box.x + (box.width * step) / POINTS;
    await page.mouse.move(at(48_000), box.y + 100);
    await page.mouse.down();
    await page.mouse.move(at(52_000), box.y + 100, { steps: 4 });
    await page.mouse.up();
    await page.getByTestId('reset-zoom').waitFor();
    // Once more: two hundred steps, each of them there, and one beyond either edge.
    await page.evaluate(`location.hash = '#/run/long?zoom=49900.5-50100.5'`);
    await drawn('span', '49900.5 50100.5');
    await drawn('points', '202');
    expect(await valueAt(SPIKE)).toBe('42.5');
    expect(await valueAt(SPIKE - 1)).toBe(value(SPIKE - 1).toPrecision(4));
    expect(await valueAt(SPIKE + 1)).toBe(value(SPIKE + 1).toPrecision(4));
    await plot()
      .locator('.u-over')
      .dblclick({ position: { x: 20, y: 150 } });
    await drawn('span', `0 ${POINTS}`);
    expect(await points()).toBeLessThan(10_000);
  });

  it('zooms to what a finger is dragged over, and back by a double tap', async () => {
    await context.close();
    context = await browser.newContext({ viewport: { width: 390, height: 844 }, hasTouch: true });
    page = await context.newPage();
    page.setDefaultTimeout(60_000);
    heard = complaints(page);
    await open('');
    await plot().scrollIntoViewIfNeeded();
    const box = (await plot().locator('.u-over').boundingBox())!;
    const tools = await context.newCDPSession(page);
    let timestamp = Date.now() / 1000;
    const touch = async (type: 'touchStart' | 'touchMove' | 'touchEnd', share = 0, down = 0) => {
      const touchPoints = type === 'touchEnd' ? [] : [{ x: box.x + box.width * share, y: box.y + 60 + down }];
      timestamp += 0.05; // however long a busy machine takes between them
      await tools.send('Input.dispatchTouchEvent', { type, touchPoints, timestamp });
    };
    await touch('touchStart', 0.25);
    for (const share of [0.3, 0.4, 0.5]) await touch('touchMove', share);
    await touch('touchEnd');
    await page.getByTestId('reset-zoom').waitFor();
    const [from, to] = (await plot().getAttribute('data-span'))!.split(' ').map(Number);
    expect(Math.abs(from - POINTS / 4)).toBeLessThan(POINTS / 100);
    expect(Math.abs(to - POINTS / 2)).toBeLessThan(POINTS / 100);
    for (let tap = 0; tap < 2; tap++) {
      await touch('touchStart', 0.7);
      await touch('touchEnd');
    }
    await drawn('span', `0 ${POINTS}`);
    // Up and down is the page's.
    await touch('touchStart', 0.5);
    for (const down of [10, 40, 80]) await touch('touchMove', 0.5, -down);
    await touch('touchEnd');
    await drawn('span', `0 ${POINTS}`);
  });

  it('shows them by wall time and by relative time as well', async () => {
    const from = 1_790_000_000 + 4_990.05;
    await open(`?x=time&zoom=${from}-${from + 20}`);
    await drawn('points', '202');
    await open('?x=relative&zoom=4989.95-5009.95');
    await drawn('points', '202');
  });

  it('shows them as of a step in time travel, and none behind it', async () => {
    await open(`?asof=${SPIKE + 3}&zoom=49900.5-50100.5`);
    await drawn('points', String(SPIKE + 3 - 49_900 + 1));
    expect(await valueAt(SPIKE)).toBe('42.5');
    await drawn('step', String(SPIKE + 3));
  });

  it('asks for what is zoomed to alone: what is known of the run is kept', async () => {
    const frames: object[] = [];
    page.on('websocket', (socket) =>
      socket.on('framesent', ({ payload }) => frames.push(JSON.parse(String(payload)) as object)),
    );
    await open('');
    await plot().and(page.locator('[data-points]')).waitFor();
    await page.evaluate(`location.hash = '#/run/long?zoom=20000-21000'`);
    await drawn('points', '1002');
    expect(frames.at(-1)).toMatchObject({
      keep: true,
      runs: ['long'],
      windows: [{ run: 'long', series: 'train/loss', rank: 0 }],
    });
    expect(frames.filter((frame) => 'windows' in frame)).toHaveLength(1);
  });

  it('follows the newest steps with all their points, and those that come', async () => {
    await open('?last=400');
    await drawn('span', `${POINTS - 400} ${POINTS}`);
    await drawn('points', '402');
    await log(POINTS + 1, POINTS + 100);
    await drawn('span', `${POINTS - 300} ${POINTS + 100}`);
    await drawn('points', '402');
  });
});
