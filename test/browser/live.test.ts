import type { Browser, BrowserContext, Locator, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Client, startApp } from '../support/app.ts';
import { startServer, temporaryFolder, type ServerProcess } from '../support/server.ts';
import { complaints, launch, noChromium } from './support/chromium.ts';
import { noPage } from './support/mock-feed.ts';
import { random } from './support/scenes.ts';

const skip = noChromium ?? noPage;
if (skip) console.warn(`browser tests skipped: ${skip}`);

/** The page, a real server and trainers' own lines: from a log line to a drawn point and back. */
describe.skipIf(skip !== null)('page and server', () => {
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  let heard: string[];
  let server: ServerProcess;
  let trainer: Client;
  let data: ReturnType<typeof temporaryFolder>;
  let seq: number;

  beforeAll(async () => {
    browser = await launch();
  });
  afterAll(() => browser.close());
  beforeEach(async () => {
    data = temporaryFolder();
    seq = 0;
    context = await browser.newContext({ viewport: { width: 1440, height: 900 }, reducedMotion: 'reduce' });
    page = await context.newPage();
    heard = complaints(page);
    server = await startServer(data.path);
  });
  afterEach(async () => {
    await context.close();
    trainer.socket.terminate();
    await server.end();
    data.remove();
    expect(heard).toEqual([]);
  });

  /** Says hello as a trainer; resolves when the server has answered. */
  async function train(run: string, more: object = {}): Promise<void> {
    trainer = await Client.open(`${server.url}/api/trainer`);
    trainer.send({ kind: 'run', protocol: 1, run, writer: 'w', ...more });
    await trainer.kind('welcome');
  }

  /** Logs steps, and resolves when they are durable. */
  async function log(from: number, to: number, values: (step: number) => object): Promise<void> {
    const lines: object[] = [];
    for (let step = from; step < to; step++)
      lines.push({ kind: 'log', seq: ++seq, step, epoch: Math.floor(step / 20), values: values(step) });
    trainer.send(...lines);
    const last = seq;
    await trainer.until(({ kind, seq: to }) => kind === 'ack' && Number(to) >= last);
  }

  const plot = (chart: string): Locator => page.locator(`[data-chart="${chart}"] [data-testid=plot]`);
  const drawn = (chart: string, attribute: string, value: string): Promise<void> =>
    plot(chart)
      .and(page.locator(`[data-${attribute}="${value}"]`))
      .waitFor();
  const openRun = (run: string): Promise<unknown> => page.goto(`${server.url}/#/run/${run}`);

  /** A run whose validation turns at step 900 while training goes on falling. */
  const noise = random(3);
  const overfit = (step: number): object => ({
    'train/loss': (2 * Math.exp(-step / 300) + 0.02) * (0.9 + 0.2 * noise()),
    ...(step % 20 === 19 && {
      'val/loss':
        (1.8 * Math.exp(-step / 260) + 0.3 + Math.max(0, step - 900) * 4e-4) * (0.995 + 0.01 * noise()),
    }),
  });

  it('shows a run as it appears, and its curve as it grows', async () => {
    await page.goto(server.url);
    await page.getByTestId('empty').waitFor();
    await train('first', { name: 'The first' });
    await page.getByTestId('run-row').getByText('The first').click();
    await log(0, 100, (step) => ({ 'train/loss': 1 / (step + 1) }));
    await drawn('loss/loss', 'points', '100');
    await log(100, 130, (step) => ({ 'train/loss': step === 120 ? 'NaN' : 1 / (step + 1) }));
    await drawn('loss/loss', 'points', '129');
    await drawn('loss/loss', 'step', '129');
    await drawn('loss/loss', 'nonfinite', '1');
  });

  it('draws a point when it comes, without waiting for a frame', async () => {
    await train('first');
    await openRun('first');
    await log(0, 100, (step) => ({ 'train/loss': 1 / (step + 1) }));
    await drawn('loss/loss', 'step', '99');
    await page.evaluate(`new Promise((drawn) => requestAnimationFrame(() => setTimeout(drawn)))`);
    await page.evaluate(`void (requestAnimationFrame = () => 0)`);
    await log(100, 101, (step) => ({ 'train/loss': 1 / (step + 1) }));
    await drawn('loss/loss', 'step', '100');
  });

  it('moves nothing for ever: a browser makes frames for what does, as often as it can', async () => {
    await page.emulateMedia({ reducedMotion: 'no-preference' });
    await train('rests');
    await openRun('rests');
    await log(0, 100, (step) => ({ 'train/loss': 1 / (step + 1) }));
    await drawn('loss/loss', 'points', '100');
    await page.getByText('Live').first().waitFor();
    const endless = `document.getAnimations().filter(({ effect }) => effect.getComputedTiming().endTime === Infinity).length`;
    expect(await page.evaluate(endless)).toBe(0);
  });

  it('draws findings, alerts once, and keeps it all over a reload and a restart of the server', async () => {
    await train('overfits');
    await openRun('overfits');
    await log(0, 2000, overfit);
    await drawn('loss/loss', 'points', '2100');
    const alert = page.getByTestId('alert').first();
    await alert.waitFor();
    const title = await alert.getByRole('link').innerText();
    await plot('loss/loss').getByRole('button', { name: title }).waitFor();
    await page.getByTestId('finding').getByText(title).waitFor();
    await page.getByTestId('best').waitFor();
    const best = await page.getByTestId('best').textContent();
    const marks = await plot('loss/loss').getByTestId('mark').count();
    await alert.getByTestId('dismiss').click();
    await page.waitForFunction(`document.title === 'Tidemark'`);

    const same = async (): Promise<void> => {
      await drawn('loss/loss', 'points', '2100');
      await page.getByTestId('finding').getByText(title).waitFor();
      expect(await page.getByTestId('best').textContent()).toBe(best);
      expect(await plot('loss/loss').getByTestId('mark').count()).toBe(marks);
      expect(await page.getByTestId('alert').count()).toBe(0);
    };
    await page.reload();
    await same();
    const port = Number(new URL(server.url).port);
    await server.end();
    await page.getByTestId('banner-connection').waitFor();
    server = await startServer(data.path, { port });
    await page.locator('[data-testid=connection][data-state=open]').waitFor();
    await page.getByTestId('banner-connection').waitFor({ state: 'detached' });
    await same();
  });

  it.each([1440, 390])('moves and covers nothing while the server is away, %i px wide', async (width) => {
    await page.setViewportSize({ width, height: 844 });
    await train('stays', { config: { lr: 0.1 } });
    await log(0, 200, overfit);
    await openRun('stays');
    await drawn('loss/loss', 'points', '210');
    const clicked = ['place-runs', 'place-alerts', 'place-settings', 'run-name', 'axis', 'log'];
    const places = async (): Promise<unknown[]> => [
      await plot('loss/loss').boundingBox(),
      ...(await Promise.all(clicked.map((one) => page.getByTestId(one).first().boundingBox()))),
    ];
    const before = await places();
    const port = Number(new URL(server.url).port);
    await server.end();
    const next = page.getByTestId('banner-connection');
    await next.waitFor();
    const bar = page.locator('.top', { has: next });
    expect(await bar.evaluate(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth)).toBe(0);
    expect(await bar.getByRole('status').textContent()).toBe('No connection. What is shown may be old.');
    await bar.getByRole('button', { name: 'Retry' }).click({ trial: true });
    for (const one of clicked) await page.getByTestId(one).first().click({ trial: true });
    expect(await places()).toEqual(before);
    server = await startServer(data.path, { port });
    await next.waitFor({ state: 'detached' });
    await drawn('loss/loss', 'points', '210');
    expect(await bar.count()).toBe(0);
    expect(await places()).toEqual(before);
  });

  it('explains a finding at its place in the manual, which it serves itself', async () => {
    await train('overfits');
    await openRun('overfits');
    await log(0, 2000, overfit);
    const finding = page.getByTestId('finding').filter({ hasText: 'Validation loss has risen' });
    const link = await finding.getByRole('link', { name: 'best-epoch' }).getAttribute('href');
    const manual = await context.newPage();
    const wrong = complaints(manual);
    await manual.goto(new URL(link!, page.url()).href);
    expect(new URL(manual.url()).origin).toBe(new URL(server.url).origin);
    expect(await manual.locator(':target').textContent()).toBe('best-epoch');
    const drawn = await manual.evaluate('Array.from(document.images, (image) => image.naturalWidth)');
    expect(Math.min(...(drawn as number[]))).toBeGreaterThan(0);
    expect(wrong).toEqual([]);
  });

  it('stops a run from the page, and shows the trainer’s answer', async () => {
    await train('long');
    await openRun('long');
    await log(0, 50, (step) => ({ 'train/loss': 1 / (step + 1) }));
    await page.getByTestId('stop').click();
    await page.getByTestId('stop-confirm').click();
    await trainer.kind('stop');
    await page.getByTestId('trail').getByText('not yet acknowledged').waitFor();
    trainer.send({ kind: 'stopping', seq: ++seq, step: 51 });
    await page.getByTestId('trail').getByText('acknowledged at step 51').waitFor();
    trainer.send({ kind: 'end', seq: ++seq, status: 'stopped' });
    await page.getByTestId('run-header').getByTestId('status').getByText('stopped').waitFor();
  });

  it('shows nothing that a trainer named as markup', async () => {
    const hostile = '<img src=x onerror=alert(1)>';
    await train('hostile', {
      name: hostile,
      project: hostile,
      tags: [hostile],
      config: { [hostile]: hostile },
    });
    await openRun('hostile');
    await log(0, 10, () => ({ [hostile]: 1, '<script>alert(2)</script>': 2, ['__proto__']: 3 }));
    await page.getByTestId('readout').getByText('<script>alert(2)</script>').waitFor();
    await page.getByTestId('config').click();
    expect(await page.getByTestId('run-name').innerText()).toBe(hostile);
    expect(await page.locator('#app img, #app script').count()).toBe(0);
  });
});

describe.skipIf(skip !== null)('page and a server that asks for a token', () => {
  it('takes the token in a form, and may then look but not stop', async () => {
    const data = temporaryFolder();
    const app = await startApp(data.path, { tokens: { write: 'wwww', read: 'rrrr' } });
    const browser = await launch();
    try {
      const page = await browser.newPage();
      const trainer = await Client.open(`${app.url}/api/trainer`, { authorization: 'Bearer wwww' });
      trainer.send({ kind: 'run', protocol: 1, run: 'guarded', writer: 'w' });
      await trainer.kind('welcome');
      await page.goto(`${app.url}/#/run/guarded`);
      await page.getByTestId('token').fill('rrrr');
      await page.getByRole('button', { name: 'Open' }).click();
      await page.getByTestId('stop').and(page.locator(':disabled')).waitFor();
      expect(page.url()).toBe(`${app.url}/#/run/guarded`);
      trainer.socket.terminate();
    } finally {
      await browser.close();
      await app.close();
      data.remove();
    }
  });
});
