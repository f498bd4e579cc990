import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { manyRuns } from './support/many-runs.ts';
import type { Scene } from './support/mock-feed.ts';
import { pageSuite } from './support/page-suite.ts';

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
