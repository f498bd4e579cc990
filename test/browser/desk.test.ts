import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import type { OpenOptions, OpenPage } from './support/open-page.ts';
import { pageSuite } from './support/page-suite.ts';
import { aFinding, aRun, busyScene } from './support/scenes.ts';

pageSuite('alerts and settings', (openPage) => {
  let opened: OpenPage;
  let page: Page;
  async function open(
    hash: string,
    options: OpenOptions & { access?: 'read' | 'write' } = {},
  ): Promise<void> {
    const { access = 'write', ...more } = options;
    opened = await openPage({ ...busyScene(), access }, hash, more);
    page = opened.page;
  }
  const alert = (id: string) => page.locator(`[data-testid=centre-alert][data-finding=${id}]`);
  const state = async (name: string) => page.getByTestId(`state-${name}`).click();

  it('acknowledges, snoozes, mutes and reopens alerts, and counts those that wait', async () => {
    await open('#/alerts');
    await alert('nan').waitFor();
    await page.waitForFunction(`document.title === '(3) Tidemark'`);
    await alert('nan').getByTestId('acknowledge').click();
    await alert('nan').waitFor({ state: 'detached' });
    await page.waitForFunction(`document.title === '(2) Tidemark'`);
    await alert('away').getByTestId('later').click();
    await alert('away').getByText('Snooze for 8 hours').click();
    await alert('away').waitFor({ state: 'detached' });
    await alert('best').getByTestId('later').click();
    await alert('best').getByTestId('mute-rule').click();
    await page.getByText('Nothing calls for you.').waitFor();
    await page.waitForFunction(`document.title === 'Tidemark'`);

    await state('acknowledged');
    await alert('nan').getByText('acknowledged now').waitFor();
    await state('snoozed');
    await alert('away').getByText('calls again in 7 h').waitFor();
    await alert('away').getByTestId('reopen').click();
    await state('muted');
    await alert('best').waitFor();
    await page.getByRole('button', { name: 'Hear best-epoch again' }).click();
    await state('open');
    await alert('best').waitFor();
    await alert('away').waitFor();
    await page.reload();
    await page.waitForFunction(`document.title === '(2) Tidemark'`);
  });

  it('keeps what was resolved as history', async () => {
    await open('#/alerts?state=resolved');
    await page.getByText('No alert has been resolved yet.').waitFor();
    opened.feed.update({ findings: [aFinding('away', 'diverges', { status: 'resolved' })] });
    await alert('away').waitFor();
    await alert('away').getByRole('link').click();
    await page.waitForURL('**/#/run/diverges');
  });

  it('says clearly that the browser refuses notifications', async () => {
    // A context without the permission refuses in headless Chromium.
    await open('#/settings');
    const permission = page.locator('[data-testid=permission]');
    await permission.waitFor();
    await page.getByTestId('notify-test').and(page.locator(':disabled')).waitFor();
    if ((await permission.getAttribute('data-permission')) === 'default') {
      await page.getByTestId('notify-ask').click();
      await page.locator('[data-testid=permission][data-permission=denied]').waitFor();
    }
    await permission.getByText('Refused by the browser.').waitFor();
  });

  it('sends a test notification, and keeps whether a sound is played', async () => {
    await open('#/settings', { permissions: ['notifications'] });
    await page.evaluate(
      `window.raised = []; window.Notification = class { static permission = 'granted'; constructor(title) { raised.push(title); } };`,
    );
    await page.getByTestId('notify-test').click();
    expect(await page.evaluate('raised')).toEqual(['Tidemark: This is a test: alerts will look like this']);
    await page.getByTestId('sound').check();
    await page.reload();
    expect(await page.getByTestId('sound').isChecked()).toBe(true);
  });

  it('adds a webhook, never shows its secret again, tests and removes it', async () => {
    await open('#/settings');
    await page.getByTestId('webhook-name').fill('team');
    await page.getByTestId('webhook-url').fill('ftp://example.org');
    await page.getByTestId('webhook-add').click();
    await page.getByRole('alert').getByText('url: must be an http or https address').waitFor();
    await page.getByTestId('webhook-url').fill('https://hooks.example.org/T0/B0/very-secret');
    await page.getByTestId('webhook-secret').fill('do-not-tell');
    await page.getByTestId('webhook-shape').selectOption('slack');
    await page.getByTestId('webhook-add').click();
    const hook = page.getByTestId('webhook');
    await hook.getByText('https://hooks.example.org/…cret').waitFor();
    expect(await page.getByTestId('webhook-secret').inputValue()).toBe('');
    expect(await page.content()).not.toContain('do-not-tell');
    await hook.getByTestId('webhook-test').click();
    await page.getByTestId('toast').getByText('not taken: the target answered 404').waitFor();
    await hook.getByRole('button', { name: 'Remove' }).click();
    await page.getByText('None yet.').waitFor();
  });

  it('shows webhooks to writers only', async () => {
    await open('#/settings', { access: 'read' });
    await page.getByText('with the writing token only').waitFor();
    expect(await page.getByTestId('webhook-add').count()).toBe(0);
    await expect.poll(() => opened.feed.asked.map(({ path }) => path)).toEqual(['settings', 'runs']);
  });

  it('explains its keys, and goes by them', async () => {
    await open('#/');
    await page.getByTestId('run-row').first().waitFor();
    await page.keyboard.press('?');
    await page.getByTestId('keys').getByText('Filter runs').waitFor();
    expect(await page.evaluate(`document.querySelector('[data-testid=keys]').scrollTop`)).toBe(0);
    await page.keyboard.press('Escape');
    await page.getByTestId('keys').waitFor({ state: 'detached' });
    for (const [key, view] of [
      ['a', 'alert-centre'],
      ['s', 'settings'],
      ['r', 'runs'],
    ]) {
      await page.keyboard.press('g');
      await page.keyboard.press(key);
      await page.getByTestId(view).waitFor();
    }
  });

  it('is installable', async () => {
    await open('#/');
    const manifest = await page.evaluate(
      `fetch(document.querySelector('link[rel=manifest]').href).then((answer) => answer.json())`,
    );
    expect(manifest).toMatchObject({ name: 'Tidemark', display: 'standalone', start_url: './' });
  });

  it('lists deleted runs, and takes one back', async () => {
    await open('#/settings');
    await page.getByTestId('deleted').getByText('None.').waitFor();
    opened.feed.update({ runs: [aRun('gone', { name: 'deleted by mistake' }), aRun('lost')] });
    opened.feed.update({ runs: [aRun('gone', { name: 'deleted by mistake', deleted: true })] });
    const row = page.locator('[data-testid=deleted-run][data-run=gone]');
    await row.getByText('deleted by mistake').waitFor();
    await row.getByTestId('restore').click();
    await row.waitFor({ state: 'detached' });
    expect(opened.feed.asked.find(({ method }) => method === 'PATCH')?.body).toEqual({ deleted: false });
  });
});
