import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { launch, noChromium } from './support/chromium.ts';
import { noPage, type Scene } from './support/mock-feed.ts';
import { type OpenPage, openPage } from './support/open-page.ts';
import { aCurve, aRun, busyScene, points } from './support/scenes.ts';

const skip = noChromium ?? noPage;

describe.skipIf(skip !== null)('the charts of a run', () => {
  let browser: Browser;
  let opened: OpenPage;
  let page: Page;

  beforeAll(async () => {
    browser = await launch();
  });
  afterAll(() => browser.close());
  afterEach(async () => {
    expect(await opened.close()).toEqual([]);
  });

  async function open(hash: string, scene: Scene = busyScene(), width = 1440): Promise<void> {
    opened = await openPage(browser, scene, hash, { width });
    page = opened.page;
    await plot('loss/loss').and(page.locator('[data-draws]')).waitFor();
  }
  const plot = (chart: string): Locator => page.locator(`[data-chart="${chart}"] [data-testid=plot]`);
  const drawn = (chart: string, attribute: string, value: string): Promise<void> =>
    plot(chart)
      .and(page.locator(`[data-${attribute}="${value}"]`))
      .waitFor();
  const over = (chart: string): Locator => plot(chart).locator('.u-over');
  const span = async (chart: string): Promise<number[]> =>
    ((await plot(chart).getAttribute('data-span')) ?? '').split(' ').map(Number);
  /** Drags over a part of a chart, from and to as shares of its width. */
  async function drag(chart: string, from: number, to: number): Promise<void> {
    const box = (await over(chart).boundingBox())!;
    await page.mouse.move(box.x + box.width * from, box.y + 100);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * to, box.y + 100, { steps: 4 });
    await page.mouse.up();
    await page.mouse.move(5, 5);
  }
  const readouts = (chart: string): Locator => page.locator(`[data-chart="${chart}"] .legend`);
  const aRunOf = (...curves: Parameters<typeof aCurve>[]): Scene => ({
    runs: [aRun('r')],
    findings: [],
    curves: new Map([['r', curves.map((curve) => aCurve(...curve))]]),
  });

  describe('are drawn by', () => {
    it('moves nothing for the words beside a chart while the cursor is over it', async () => {
      const busy = busyScene();
      const more = ['x/gradient_norm_of_all_layers', 'x/b'].map((name) =>
        aCurve(
          name,
          'other',
          null,
          points(4000, 40, (s) => s),
        ),
      );
      const curves = new Map(busy.curves).set('overfits', [...busy.curves.get('overfits')!, ...more]);
      await open('#/run/overfits', { ...busy, curves });
      const title = page.locator('[data-chart="other/x/gradient_norm_of_all_layers"] h3');
      await title.scrollIntoViewIfNeeded();
      const before = await title.boundingBox();
      await plot('other/x/b').hover();
      await page.getByTestId('at').getByText('epoch').first().waitFor({ state: 'attached' });
      expect((await title.boundingBox())!.height).toBe(before!.height);
    });

    it('has what charts are shown by in one line on a desk', async () => {
      await open('#/run/overfits');
      const [axis, size] = await Promise.all(
        ['axis', 'size-m'].map((id) => page.getByTestId(id).locator('xpath=..').boundingBox()),
      );
      expect(size!.y).toBeLessThan((await page.getByTestId('axis').boundingBox())!.y + 12);
      expect(axis!.height).toBeLessThan(48);
    });

    it('epoch, wall time or relative time, which the address holds and a key changes', async () => {
      await open('#/run/overfits?x=epoch');
      await drawn('loss/loss', 'axis', 'epoch');
      expect((await span('loss/loss'))[1]).toBe(99);
      await drawn('loss/loss', 'best', '1719');
      await page.getByTestId('axis').selectOption('time');
      await drawn('loss/loss', 'axis', 'time');
      await page.waitForURL('**?x=time');
      const [from, to] = await span('loss/loss');
      expect(Math.round(to - from)).toBe(698 - 1);
      await page.keyboard.press('Escape');
      await page.keyboard.press('a');
      await drawn('loss/loss', 'axis', 'relative');
      expect((await span('loss/loss'))[0]).toBe(0);
      await page.keyboard.press('a');
      await drawn('loss/loss', 'axis', 'step');
      await page.waitForURL('**/#/run/overfits');
    });

    it('relative time that runs on from attempt to attempt, whose superseded part is told apart', async () => {
      await open('#/run/lost?x=relative');
      await drawn('loss/loss', 'axis', 'relative');
      await drawn('loss/loss', 'superseded', '1');
      // Both attempts lasted 697 s, at the same time; the second is laid behind the first.
      expect((await span('loss/loss')).map(Math.round)).toEqual([0, 1394]);
      await over('loss/loss').click({ position: { x: 5, y: 150 } });
      await page.getByTestId('at').first().getByText('pinned: step 3').waitFor();
    });

    it('the same stretch when the axis is changed while zoomed', async () => {
      await open('#/run/overfits?zoom=1000-2000');
      await drawn('loss/loss', 'span', '1000 2000');
      await page.getByTestId('axis').selectOption('epoch');
      await drawn('loss/loss', 'axis', 'epoch');
      const [from, to] = await span('loss/loss');
      expect([from, to].map((epoch) => Math.round(epoch * 10) / 10)).toEqual([24, 49]);
      await page.getByTestId('axis').selectOption('step');
      await drawn('loss/loss', 'axis', 'step');
      expect((await span('loss/loss')).map((step) => Math.round(step / 10))).toEqual([100, 200]);
    });

    it('nothing where the run logs no epochs, and say so', async () => {
      await open('#/run/lost?x=epoch');
      await page.getByTestId('no-epochs').waitFor();
      await drawn('loss/loss', 'points', '0');
    });

    it('magnitude on either axis, and say how many points have no place there', async () => {
      const curve = points(200, 1, (step) => (step === 50 ? -1 : step === 60 ? NaN : 1 / (step + 1)));
      await open('#/run/r', aRunOf(['loss', 'loss', null, curve]));
      await page.getByTestId('log-y').click();
      await drawn('loss/loss', 'axis', 'step log-y');
      const said = page.getByTestId('out-of-view');
      await said.getByText('1 value of zero or less, which a logarithmic axis cannot show').waitFor();
      await drawn('loss/loss', 'points', '198');
      await drawn('loss/loss', 'nonfinite', '1');
      await page.keyboard.press('L');
      await drawn('loss/loss', 'axis', 'step log-x log-y');
      await said.getByText('1 point at step zero or less').waitFor();
      expect((await span('loss/loss'))[0]).toBe(1);
      await page.waitForURL((url) => url.hash === '#/run/r?log=1&logx=1');
      await page.locator('[data-chart="loss/loss"]').getByTestId('log').click();
      await drawn('loss/loss', 'axis', 'step log-x');
    });
  });

  describe('read out', () => {
    it('the values of all lines under the cursor, the highest first', async () => {
      await open('#/run/overfits');
      const names = (): Promise<string[]> => readouts('loss/loss').locator('.clip').allInnerTexts();
      expect(await names()).toEqual(['train/loss', 'val/loss']);
      const box = (await over('loss/loss').boundingBox())!;
      await over('loss/loss').hover({ position: { x: Math.round(box.width * 0.8), y: 100 } });
      await page.locator('.readout.reading').first().waitFor();
      expect(await names()).toEqual(['val/loss', 'train/loss']);
    });

    it('a step that was pinned by a click, on every chart and in the address, until Escape or another click', async () => {
      await open('#/run/overfits');
      const box = (await over('loss/loss').boundingBox())!;
      await over('loss/loss').click({ position: { x: Math.round(box.width / 2), y: 100 } });
      await page.waitForURL(/pin=\d+/);
      const step = Number(/pin=(\d+)/.exec(page.url())![1]);
      expect(Math.abs(step - 2000)).toBeLessThan(12);
      await page.mouse.move(5, 5);
      const at = page.locator('[data-chart="metric/acc"]').getByTestId('at');
      await at.getByText(`pinned: step ${step.toLocaleString('en-US')}`).waitFor();
      const loss = await readouts('loss/loss').locator('b').allInnerTexts();
      await over('loss/loss').hover({ position: { x: 20, y: 100 } });
      expect(await readouts('loss/loss').locator('b').allInnerTexts()).toEqual(loss);
      await page.keyboard.press('Escape');
      await page.waitForURL('**/#/run/overfits');
      await over('loss/loss').click({ position: { x: 200, y: 100 } });
      await page.waitForURL(/pin=\d+/);
      await over('loss/loss').click({ position: { x: 300, y: 100 } });
      await page.waitForURL('**/#/run/overfits');
    });
  });

  describe('are smoothed', () => {
    it('as strongly as the slider says, with the raw curve behind, and the mean in the readout', async () => {
      await open('#/run/overfits');
      await drawn('loss/loss', 'smoothed', '0');
      await page.getByTestId('smooth').focus();
      for (let i = 0; i < 3; i++) await page.keyboard.press('ArrowRight');
      await drawn('loss/loss', 'smoothed', '2');
      await drawn('loss/loss', 'points', '1100');
      await page.waitForURL('**?smooth=0.6');
      await readouts('loss/loss').first().getByTitle('smoothed').waitFor();
      await page.keyboard.press('[');
      await page.getByTestId('strength').getByText('0.5').waitFor();
    });
  });

  describe('follow', () => {
    it('the newest steps, let go where one zooms, and come back by a key', async () => {
      await open('#/run/overfits');
      await page.getByTestId('follow').selectOption('1000');
      await drawn('loss/loss', 'span', '2999 3999');
      const push = (step: number): void => {
        const one = Float64Array.of(step);
        const columns = {
          steps: one,
          times: Float64Array.of(Date.now() / 1000),
          values: Float64Array.of(0.5),
        };
        opened.feed.append('overfits', { series: 'val/loss', rank: 0, attempt: 0 }, columns);
      };
      push(4199);
      await drawn('loss/loss', 'span', '3199 4199');
      await drag('loss/loss', 0.25, 0.75);
      await page.getByTestId('follow-again').waitFor();
      const zoomed = await span('loss/loss');
      push(4299);
      await drawn('loss/loss', 'step', '4299');
      expect(await span('loss/loss')).toEqual(zoomed);
      await page.keyboard.press('f');
      await drawn('loss/loss', 'span', '3299 4299');
      await page.waitForURL('**?last=1000');
      await page.keyboard.press('z');
      await drawn('loss/loss', 'span', '0 4299');
      await page.keyboard.press('f');
      await drawn('loss/loss', 'span', '3299 4299');
    });
  });

  describe('leave out of view', () => {
    it('nothing by default; with “fit” outliers, and say how many', async () => {
      const curve = points(400, 1, (step) => (step % 100 === 50 ? 900 : 2 * Math.exp(-step / 80) + 0.1));
      await open('#/run/r', aRunOf(['loss', 'loss', null, curve]));
      expect(await page.getByTestId('out-of-view').count()).toBe(0);
      await page.keyboard.press('o');
      await page.getByTestId('out-of-view').getByText('4 points above the view', { exact: true }).waitFor();
      await drawn('loss/loss', 'points', '400');
    });
  });

  describe('are found', () => {
    it('by a regular expression in the address; one that is none is said, and hides nothing', async () => {
      await open('#/run/overfits');
      const all = await page.getByTestId('chart').count();
      await page.keyboard.press('s');
      await page.keyboard.type('^val/(loss|acc)$');
      await page.getByTestId('chart-search-said').getByText(`2 of ${all} charts`).waitFor();
      expect(await page.getByTestId('chart').count()).toBe(2);
      await page.keyboard.type('(');
      await page.getByTestId('chart-search-said').getByText('must be a regular expression').waitFor();
      expect(await page.getByTestId('chart').count()).toBe(all);
      await page.getByTestId('chart-search').fill('GPU');
      await page.waitForURL('**?charts=GPU');
      await page.reload();
      await page.getByTestId('chart-search-said').getByText(`2 of ${all} charts`).waitFor();
    });
  });

  describe('are arranged', () => {
    const order = (): Promise<string[]> =>
      page.evaluate<string[]>(
        `[...document.querySelectorAll('[data-testid=chart]')].map((chart) => chart.dataset.chart)`,
      );

    it('pinned, moved and sized, for every run of the project, over a reload', async () => {
      await open('#/run/overfits');
      const menu = page.locator('[data-chart="grad_norm/grad_norm"]').getByTestId('chart-menu');
      await menu.locator('summary').click();
      await menu.getByTestId('pin-chart').click();
      await page.getByRole('region', { name: 'Pinned' }).waitFor();
      expect((await order())[0]).toBe('grad_norm/grad_norm');
      const memory = page.locator('[data-chart="other/gpu/memory"]').getByTestId('chart-menu');
      await memory.locator('summary').click();
      await memory.getByTestId('move-down').click();
      const now = await order();
      expect(now.indexOf('other/gpu/memory')).toBeGreaterThan(now.indexOf('other/gpu/utilisation'));
      await page.getByTestId('size-l').check({ force: true });
      await page.reload();
      await page.getByRole('region', { name: 'Pinned' }).waitFor();
      expect(await order()).toEqual(now);
      expect(await page.getByTestId('size-l').isChecked()).toBe(true);
      await page.evaluate(`location.hash = '#/run/healthy'`);
      await page.getByTestId('run-name').getByText('healthy baseline').waitFor();
      expect(await page.getByTestId('size-l').isChecked()).toBe(true);
    });

    it('by dragging one to another’s place', async () => {
      await open('#/run/overfits');
      const title = (chart: string): Locator => page.locator(`[data-chart="${chart}"] h3`);
      const before = await order();
      expect(before.indexOf('other/gpu/memory')).toBeLessThan(before.indexOf('other/gpu/utilisation'));
      await title('other/gpu/utilisation').scrollIntoViewIfNeeded();
      await title('other/gpu/utilisation').dragTo(title('other/gpu/memory'));
      const now = await order();
      expect(now.indexOf('other/gpu/memory')).toBeGreaterThan(now.indexOf('other/gpu/utilisation'));
    });
  });

  it('fit a phone, with everything that shows them', async () => {
    await open('#/run/overfits?smooth=0.9&last=1000&zoom=3000-3500', busyScene(), 390);
    await drawn('loss/loss', 'span', '3000 3500');
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(390);
    await page.getByTestId('reset-zoom').click();
    await drawn('loss/loss', 'span', '0 3999');
  });
});
