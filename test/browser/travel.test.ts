import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Client, startApp } from '../support/app.ts';
import { temporaryFolder } from '../support/server.ts';
import { complaints, launch, noChromium } from './support/chromium.ts';
import { noPage } from './support/mock-feed.ts';

const skip = noChromium ?? noPage;
const STEPS = 400;

/** The page, a real server, and a run that has turned: what it says as of earlier steps. */
describe.skipIf(skip !== null)('time travel', () => {
  const folder = temporaryFolder();
  let app: Awaited<ReturnType<typeof startApp>>;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  let heard: string[];

  beforeAll(async () => {
    app = await startApp(folder.path);
    const trainer = await Client.open(`${app.url}/api/trainer`);
    trainer.send({ kind: 'run', protocol: 1, run: 'turns', writer: 'w', name: 'turns' });
    await trainer.kind('welcome');
    trainer.send(
      ...Array.from({ length: STEPS }, (_, step) => {
        const fall = 2 * Math.exp(-step / 60);
        const val = 0.3 + fall + 0.005 * Math.max(0, step - 160);
        return {
          kind: 'log',
          seq: step + 1,
          step,
          values: { 'train/loss': fall, ...(step % 4 === 3 && { 'val/loss': val, epoch: (step + 1) / 4 }) },
        };
      }),
    );
    await trainer.until(({ kind, seq }) => kind === 'ack' && Number(seq) >= STEPS);
    await app.idle();
    browser = await launch();
    context = await browser.newContext({ viewport: { width: 1440, height: 900 }, reducedMotion: 'reduce' });
    page = await context.newPage();
    heard = complaints(page);
  });
  afterAll(async () => {
    await browser.close();
    await app.close();
    folder.remove();
    expect(heard).toEqual([]);
  });

  const asOf = async (step: number) =>
    (
      await app.http.inject({ url: `/api/runs/turns/asof?step=${step}`, headers: { host: 'localhost' } })
    ).json<{
      verdict: string;
      findings: { id: string }[];
    }>();
  const plot = () => page.locator('[data-chart="loss/loss"] [data-testid=plot]');
  const settled = () => page.locator('[data-testid=travel][aria-busy=false]').waitFor();
  /** What the page says of the run. */
  const says = async () => ({
    verdict: await page.getByTestId('verdict').innerText(),
    findings: await page.evaluate<string[]>(
      `[...document.querySelectorAll('[data-testid=finding]')].map((one) => one.dataset.finding)`,
    ),
  });

  it('shows a run as a link says: curves, findings and verdict as of the step', async () => {
    await page.goto(`${app.url}/#/run/turns?asof=150`);
    await settled();
    await plot().and(page.locator('[data-step="150"]')).waitFor();
    const then = await asOf(150);
    const { verdict, findings } = await says();
    expect(verdict).toBe(then.verdict);
    expect(findings.sort()).toEqual(then.findings.map(({ id }) => id).sort());
    expect(await page.getByTestId('travel-says').innerText()).toMatch(/^As of step 150, epoch 37/);
    expect(await page.getByTestId('stop').count()).toBe(0);
    const now = await asOf(STEPS);
    expect(now.findings.length).toBeGreaterThan(then.findings.length);
    expect(now.verdict).not.toBe(then.verdict);
  });

  it('moves by keys and by the slider, with the address', async () => {
    await page.keyboard.press('.');
    await page.waitForURL('**asof=151');
    await page.keyboard.press(',');
    await page.keyboard.press(',');
    await page.waitForURL('**asof=143');
    await plot().and(page.locator('[data-step="143"]')).waitFor();
    await page.keyboard.press('>');
    const at = Number(/asof=(\d+)/.exec(page.url())?.[1]);
    await settled();
    const [before, then] = [await asOf(at - 1), await asOf(at)];
    expect(JSON.stringify(before.findings)).not.toBe(JSON.stringify(then.findings));
    await page.getByTestId('travel-slider').fill('300');
    await page.waitForURL('**asof=300');
    await page
      .getByText((await asOf(300)).verdict)
      .first()
      .waitFor();
  });

  it('comes back to live, by its button and by t', async () => {
    await page.getByTestId('travel-back').click();
    await page.getByTestId('travel').waitFor({ state: 'detached' });
    await plot()
      .and(page.locator(`[data-step="${STEPS - 1}"]`))
      .waitFor();
    await page.getByTestId('stop').waitFor();
    expect(page.url()).not.toContain('asof');
    expect((await says()).verdict).toBe((await asOf(STEPS)).verdict);
    await page.keyboard.press('t');
    await page.waitForURL(`**asof=${STEPS - 1}`);
    await page.keyboard.press('t');
    await page.getByTestId('travel').waitFor({ state: 'detached' });
  });

  it.each([
    [1440, 250],
    [1440, STEPS - 1],
    [390, 250],
    [390, 2],
  ])('moves nothing when the server answers, %i px wide, step %i', async (width, step) => {
    await page.setViewportSize({ width, height: 900 });
    let answer = (): void => undefined;
    const held = new Promise<void>((resolve) => (answer = resolve));
    await page.route('**/asof?**', async (route) => {
      await held;
      await route.continue();
    });
    await page.goto(`${app.url}/?again=${width}-${step}#/run/turns?asof=${step}`);
    await plot()
      .and(page.locator(`[data-step="${step}"]`))
      .waitFor();
    await page.locator('[data-testid=travel][aria-busy=true]').waitFor();
    const places = () =>
      Promise.all(
        [plot(), page.getByTestId('run-header'), page.getByTestId('travel')].map((one) => one.boundingBox()),
      );
    const before = await places();
    answer();
    await settled();
    expect(await page.getByTestId('verdict').textContent()).toBe((await asOf(step)).verdict);
    expect(await places()).toEqual(before);
    await page.unroute('**/asof?**');
  });

  it('says so where the server cannot tell', async () => {
    await page.route('**/asof?**', (route) =>
      route.fulfill({
        status: 503,
        json: { kind: 'error', code: 'store-failed', message: 'the store is broken' },
      }),
    );
    await page.goto(`${app.url}/#/run/turns?asof=20`);
    await page.getByTestId('travel-says').getByText('the store is broken').waitFor();
    await page.unroute('**/asof?**');
    heard.length = 0; // the 503 that was wanted
  });
});
