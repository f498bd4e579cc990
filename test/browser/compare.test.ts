import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { aCurve, points } from './support/scenes.ts';
import { manyRuns } from './support/many-runs.ts';
import type { Curve, Scene } from './support/mock-feed.ts';
import { pageSuite } from './support/page-suite.ts';

/** Each run logs epochs: the first 10 in its 4000 steps, the next 20, and so on. */
function epochsOf(scene: Scene): Scene {
  const curves = [...scene.curves].map(([run, all], i): [string, readonly Curve[]] => [
    run,
    [
      ...all,
      aCurve(
        'epoch',
        'epoch',
        null,
        points(4000, 400 / (i + 1), (step) => (step * 10 * (i + 1)) / 4000),
      ),
    ],
  ]);
  return { ...scene, curves: new Map(curves) };
}

pageSuite('runs compared', (openPage) => {
  let page: Page;
  async function open(hash: string, scene: Scene = manyRuns(12), width = 1440): Promise<void> {
    ({ page } = await openPage(scene, hash, { width }));
    await page.getByTestId('compare-view').waitFor();
  }
  const plot = (of: Page) => of.locator('[data-series="val/loss"] [data-testid=plot]');

  it('lie over one another, best first, each with its distance from the baseline', async () => {
    await open('#/compare?runs=r0,r1,r2,r3');
    await plot(page).and(page.locator('[data-lines="4"]')).waitFor();
    expect(Number(await plot(page).getAttribute('data-points'))).toBe(400);
    const best = await page.locator('[data-testid=best-table] tbody tr td:nth-child(3)').allInnerTexts();
    expect(best.map(Number)).toEqual(best.map(Number).sort((a, b) => a - b));
    await page.getByTestId('base').selectOption('r2');
    await page.waitForURL('**base=r2');
    expect(await page.locator('[data-run=r2] [data-testid=delta]').innerText()).toBe('—');
    expect(await page.locator('[data-run=r3] [data-testid=delta]').innerText()).toMatch(
      /^−0\.\d+ \(−[\d.]+ %\)$/,
    );
  });

  it('show only the settings in which they differ', async () => {
    await open('#/compare?runs=r0,r3,r6');
    const keys = await page.locator('[data-testid=differences] tbody th').allInnerTexts();
    // All three train with the same optimizer and batch.
    expect(keys.sort()).toEqual(['host', 'optimizer.lr', 'seed']);
  });

  it('are taken together where they differ in their seed alone', async () => {
    const scene = manyRuns(4);
    const alike = scene.runs.map((run, seed) => ({ ...run, project: 'p', config: { lr: 0.1, seed } }));
    await open('#/compare?runs=r0,r1,r2,r3', { ...scene, runs: alike });
    await plot(page).and(page.locator('[data-lines="4"]')).waitFor();
    await page.getByTestId('seeds').check();
    await plot(page).and(page.locator('[data-lines="1"]')).waitFor();
    await page.locator('[data-series="val/loss"]').getByText('and 3 more, mean').waitFor();
  });

  it('are set against one setting, a dot a run that leads to it', async () => {
    await open('#/compare?runs=r0,r1,r2,r3,r4,r5');
    await page.getByTestId('against').selectOption('optimizer.lr');
    await page.getByText('optimizer.lr, logarithmic').waitFor();
    expect(await page.locator('.scatter circle').count()).toBe(6);
    await page.locator('.scatter a').first().click();
    await page.waitForURL('**/#/run/r0');
  });

  it('lie over one another by epoch, wall time and trained time, as the address says', async () => {
    const scene = epochsOf(manyRuns(4));
    await open('#/compare?runs=r0,r1&base=r1', scene);
    await plot(page).and(page.locator('[data-lines="2"][data-axis=step]')).waitFor();
    await page.getByTestId('axis').selectOption('epoch');
    await page.waitForURL('**x=epoch**');
    // r0 has 10 epochs in the steps in which r1 has 20.
    await plot(page).and(page.locator('[data-axis=epoch]')).waitFor();
    const last = Number((await plot(page).getAttribute('data-span'))!.split(' ')[1]);
    expect(last).toBeCloseTo(20, 1);
    await page.keyboard.press('Escape');
    await page.getByTestId('axis').blur();
    await page.keyboard.press('a');
    await plot(page).and(page.locator('[data-axis=time]')).waitFor();
    await page.keyboard.press('a');
    await plot(page).and(page.locator('[data-axis=relative]')).waitFor();
    const [from] = (await plot(page).getAttribute('data-span'))!.split(' ').map(Number);
    expect(from).toBe(0);
    await page.reload();
    await plot(page).and(page.locator('[data-axis=relative][data-lines="2"]')).waitFor();
    expect(await page.getByTestId('axis').inputValue()).toBe('relative');
  });

  it('say at each place how far they are from the baseline', async () => {
    await open('#/compare?runs=r0,r1&base=r1&x=epoch', epochsOf(manyRuns(4)));
    await plot(page).and(page.locator('[data-lines="2"]')).waitFor();
    const readout = page.locator('[data-series="val/loss"] [data-testid=readout]');
    await readout.getByTestId('against-base').waitFor();
    await plot(page)
      .locator('.u-over')
      .hover({ position: { x: 60, y: 40 } });
    await page
      .locator('[data-series="val/loss"] [data-testid=at]')
      .getByText(/^epoch /)
      .waitFor();
    const [base] = await readout.locator('.legend', { hasNot: page.getByTestId('against-base') }).locator('b').allInnerTexts(); // prettier-ignore
    const other = readout.locator('.legend', { has: page.getByTestId('against-base') });
    const value = Number(await other.locator('b').innerText());
    const delta = Number((await other.getByTestId('against-base').innerText()).replace('−', '-'));
    expect(delta).not.toBe(0);
    expect(delta).toBeCloseTo(value - Number(base), 2);
  });

  it('fit a phone', async () => {
    await open('#/compare?runs=r0,r1,r2', manyRuns(12), 390);
    await plot(page).and(page.locator('[data-lines="3"]')).waitFor();
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(390);
  });

  it('are ranked by what is better of the metric they are judged by', async () => {
    const scene = manyRuns(6);
    const curves = new Map(
      [...scene.curves].map(([run, all]) => [run, all.map((one) => ({ ...one, goal: 'max' as const }))]),
    );
    await open('#/compare?runs=r0,r1,r2,r3', { ...scene, curves });
    await page.getByTestId('best-head').getByText('Best ↑').waitFor();
    const best = await page.locator('[data-testid=best-table] tbody tr td:nth-child(3)').allInnerTexts();
    expect(best.map(Number)).toEqual(best.map(Number).sort((a, b) => b - a));
    expect(new Set(best).size).toBeGreaterThan(1);
  });
});
