import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { manyRuns } from './support/many-runs.ts';
import type { Scene } from './support/mock-feed.ts';
import type { OpenPage } from './support/open-page.ts';
import { pageSuite } from './support/page-suite.ts';
import { aFinding } from './support/scenes.ts';

pageSuite('the table of runs', (openPage) => {
  let opened: OpenPage;
  let page: Page;
  async function open(scene: Scene, hash = '#/', width = 1440): Promise<void> {
    opened = await openPage(scene, hash, { width });
    page = opened.page;
    await page.getByTestId('run-row').first().waitFor();
  }
  const names = (): Promise<string[]> => page.locator('.run-row .name').allInnerTexts();
  const column = (key: string): Promise<string[]> =>
    page.locator(`.run-row [data-column="${key}"]`).allInnerTexts();
  const row = (run: string) => page.locator(`[data-testid=run-row][data-run=${run}]`);

  it('holds a thousand runs by making only the rows that can be seen', async () => {
    await open(manyRuns(1000));
    expect(await page.getByTestId('count').innerText()).toBe('1,000');
    expect(await page.getByTestId('run-row').count()).toBeLessThan(60);
    await page.evaluate(`document.querySelector('.runs-scroll').scrollTop = 1e6`);
    await page.locator('[aria-rowindex="1001"]').waitFor();
    expect(await page.getByTestId('run-row').count()).toBeLessThan(60);
    const bottom = (await page.locator('[aria-rowindex="1001"]').boundingBox())!;
    expect(bottom.y + bottom.height).toBeLessThanOrEqual(901);
  });

  it('sorts by a column either way, and keeps it in the address', async () => {
    await open(manyRuns(15));
    await page.getByRole('button', { name: 'Best' }).click();
    await page.locator('th[aria-sort=ascending]').waitFor();
    const best = (await column('best')).slice(1).map(Number); // the pinned run stands first
    expect(best).toEqual([...best].sort((a, b) => a - b));
    await page.getByRole('button', { name: 'Best' }).click();
    await page.waitForURL('**/#/?sort=-best');
    await page.reload();
    await page.locator('th[aria-sort=descending]').waitFor();
    expect(Number((await column('best'))[1])).toBe(Math.max(...best));
  });

  it('filters by words, tags, states and conditions on the config', async () => {
    const scene = manyRuns(60);
    await open(scene);
    const wanted = scene.runs.filter(
      ({ tags, config }) =>
        tags.includes('v2') && (config as { optimizer: { lr: number } }).optimizer.lr < 1e-3,
    );
    const filter = page.getByTestId('filter');
    const count = (text: string) => page.getByTestId('count').getByText(text, { exact: true }).waitFor();
    await filter.fill('lr<1e-3 tag:v2');
    await count(`${wanted.length} of 60`);
    await filter.fill('status:lost optimizer.name=adam');
    await page.waitForFunction(`document.querySelectorAll('.run-row').length < 6`);
    expect(new Set(await column('status'))).toEqual(new Set(['lost']));
    await filter.fill('nothing-like-it');
    await page.getByTestId('no-match').waitFor();
    await page.getByRole('button', { name: 'Show all runs' }).click();
    await count('60');
  });

  it('groups by settings, with the mean and band of each group', async () => {
    await open(manyRuns(30));
    await page.getByTestId('group').click();
    await page.getByRole('checkbox', { name: 'optimizer.name' }).check();
    await page.waitForURL('**/#/?group=optimizer.name');
    expect(await page.getByTestId('group-row').count()).toBe(3);
    await page.getByTestId('group-row').first().locator('.band').waitFor({ state: 'attached' });
    await page.getByTestId('group-row').getByText('best, mean').first().waitFor();
    await page.keyboard.press('Escape');
    await page.getByTestId('group-row').first().getByRole('button').click();
    await page.waitForFunction(`document.querySelectorAll('.run-row').length === 20`);
  });

  it('says of a group of one run its best alone', async () => {
    await open(manyRuns(3), '#/?group=optimizer.name');
    const words = await page.getByTestId('group-row').allInnerTexts();
    expect(words.filter((text) => /best 0\.\d+$/.test(text.trim()))).toHaveLength(3);
  });

  it('covers no count of findings by what is shown of a row under the cursor', async () => {
    await open({ ...manyRuns(3), findings: [aFinding('one', 'r1')] });
    await row('r1').hover();
    const edit = (await row('r1').locator('.row-edit').boundingBox())!;
    const counts = (await row('r1').locator('.counts').boundingBox())!;
    expect(counts.y + counts.height).toBeLessThanOrEqual(edit.y);
  });

  it('archives and deletes what is selected, and takes it back', async () => {
    await open(manyRuns(8));
    await row('r3').getByRole('checkbox').check();
    await row('r4').getByRole('checkbox').check();
    await page.getByTestId('archive').click();
    await row('r3').waitFor({ state: 'detached' });
    await page.getByTestId('undo').click();
    await row('r3').waitFor();
    await row('r5').getByRole('checkbox').check();
    await page.getByTestId('delete').click();
    await row('r5').waitFor({ state: 'detached' });
    expect(opened.feed.asked.some(({ method, path }) => method === 'DELETE' && path === 'runs/r5')).toBe(
      true,
    );
    await page.getByTestId('undo').click();
    await row('r5').waitFor();
  });

  it('renames, tags and notes a run, and shows the server’s refusal at its field', async () => {
    await open(manyRuns(8));
    await row('r1').locator('.name').focus();
    await page.keyboard.press('e');
    await page.getByTestId('edit-name').fill('');
    await page.getByTestId('edit-save').click();
    await page.getByRole('alert').getByText('name: must be at least 1 character long').waitFor();
    await page.getByTestId('edit-name').fill('the good one');
    await page.getByTestId('edit-tags').fill('keep, paper');
    await page.getByTestId('edit-notes').fill('see figure 3');
    await page.getByTestId('edit-save').click();
    await row('r1').getByText('the good one').waitFor();
    expect(opened.feed.asked.at(-1)?.body).toEqual({
      name: 'the good one',
      tags: ['keep', 'paper'],
      notes: 'see figure 3',
    });
    expect(await names()).toContain('the good one');
  });

  it('is walked by keyboard: j, k, x, p and c', async () => {
    await open(manyRuns(100));
    for (let i = 0; i < 30; i++) await page.keyboard.press('j');
    await page.locator('[aria-rowindex="31"] .name:focus').waitFor();
    await page.keyboard.press('x');
    await page.keyboard.press('k');
    await page.locator('[aria-rowindex="30"] .name:focus').waitFor();
    await page.keyboard.press('x');
    await page.getByTestId('selection').getByText('2 selected').waitFor();
    await page.keyboard.press('c');
    await page.getByTestId('compare-view').waitFor();
  });

  it('fits a phone', async () => {
    await open(manyRuns(50), '#/', 390);
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(390);
    const table = `document.querySelector('.runs-scroll')`;
    expect(await page.evaluate(`${table}.scrollWidth - ${table}.clientWidth`)).toBe(0);
    await page.getByRole('link', { name: 'Alerts' }).waitFor();
  });

  it('changes nothing while it may only read', async () => {
    await open({ ...manyRuns(8), access: 'read' });
    await row('r1').getByRole('checkbox').check();
    await page.getByTestId('compare').waitFor();
    expect(await page.getByTestId('delete').count()).toBe(0);
    expect(await page.locator('.row-edit').count()).toBe(0);
  });
});
