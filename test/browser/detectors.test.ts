import type { Locator, Page } from 'playwright-core';
import { expect, it } from 'vitest';
import type { BacktestRequest, Score } from '../../shared/backtest.ts';
import type { OpenPage } from './support/open-page.ts';
import { pageSuite } from './support/page-suite.ts';
import { busyScene } from './support/scenes.ts';

/** Speaks the later the higher the first parameter is. */
function backtest({ detector = '', runs = [], set = {} }: BacktestRequest): Score[] {
  const [[name, values]] = Object.entries(set);
  return values.map((value) => ({
    setting: { [name]: value },
    runs: runs.length,
    fired: 1,
    saved: 0.25,
    kept: 1,
    meanRegret: 0,
    worstRegret: 0.01,
    falseAlarms: null,
    firings: [
      {
        id: `${detector}-0`,
        run: runs[0],
        series: ['val/loss'],
        severity: 'warning',
        status: 'open',
        from: 1719,
        step: 2000 + 40 * value,
        until: 3999,
        epoch: 50 + value,
        title: 'Validation loss was best at epoch 42',
      },
    ],
  }));
}

pageSuite('the detectors of a run', (openPage) => {
  let opened: OpenPage;
  let page: Page;
  let detector: Locator;
  async function open(access: 'read' | 'write' = 'write', name = 'best-epoch'): Promise<void> {
    opened = await openPage({ ...busyScene(), backtest, access }, '#/run/overfits?panel=detectors');
    page = opened.page;
    detector = page.locator(`[data-testid=detector][data-detector=${name}]`);
    await detector.locator('summary').first().click();
    await detector.getByTestId('parameter-patience').waitFor();
  }
  const marks = () => page.locator('[data-chart="loss/loss"] [data-testid=mark]');
  const outcome = () => detector.getByTestId('outcome');

  it('explains every one with its parameters, their defaults and ranges', async () => {
    await open();
    expect(await page.getByTestId('detector').count()).toBeGreaterThanOrEqual(15);
    await detector.getByText('Is the best validation past for good?').waitFor();
    const field = detector.getByTestId('parameter-patience');
    expect(await field.inputValue()).toBe('5');
    const about = (await field.getAttribute('aria-describedby'))!;
    expect(await page.locator(`#${about}`).innerText()).toBe(
      'validations since the best before it may be said; default 5, from 1, whole',
    );
  });

  it('shows on the curve where it would have fired, and says what would have come of it', async () => {
    await open();
    await outcome().getByText('Now: speaks once, first at step 2,399').waitFor();
    await detector.getByTestId('parameter-patience').fill('20');
    await page.locator('[data-chart="loss/loss"] .mark.trial').waitFor();
    // What it says now gives way to what it would say; the other detectors' findings stay.
    expect(await marks().and(page.locator('[data-finding=best]')).count()).toBe(0);
    expect(await marks().and(page.locator('[data-finding=gap]')).count()).toBe(1);
    await outcome().getByText('With this: speaks once, first at step 2,800 (epoch 70)').waitFor();
    expect(await outcome().innerText()).toContain('401 steps later than now');
    expect(opened.feed.asked.filter(({ path }) => path.endsWith('settings'))).toEqual([]);
    await detector.getByRole('button', { name: 'Put back' }).click();
    await marks().and(page.locator('[data-finding=best]')).waitFor();
    expect(await page.locator('.mark.trial').count()).toBe(0);
  });

  it('shows the server’s refusal at the field', async () => {
    await open();
    await detector.getByTestId('parameter-patience').fill('0.5');
    const wrong = detector.locator('.field', { has: page.getByTestId('parameter-patience') });
    await wrong.getByText('best-epoch: patience: must be a whole number from 1').waitFor();
    await detector.getByTestId('apply-run').and(page.locator(':disabled')).waitFor();
    await detector.getByTestId('parameter-patience').fill('soon');
    await wrong.getByText('patience: must be a number, got “soon”').waitFor();
  });

  it('is set for the run, its project, or all', async () => {
    await open();
    // A trial of what is in the fields comes by itself, sooner or later.
    const last = () => opened.feed.asked.findLast(({ path }) => path !== 'backtest');
    await detector.getByTestId('parameter-patience').fill('9');
    await detector.getByTestId('apply-run').click();
    await detector.getByText('1 change').waitFor();
    expect(last()).toMatchObject({
      method: 'PUT',
      path: 'runs/overfits/settings',
      body: { detector: 'best-epoch', parameters: { patience: 9 } },
    });
    await detector.getByTestId('parameter-patience').fill('11');
    await detector.getByTestId('apply-project').click();
    await page
      .getByTestId('toast')
      .getByText('set for project digits: new runs, and 1 run that trains')
      .waitFor();
    expect(last()?.body).toEqual({ detector: 'best-epoch', parameters: { patience: 11 }, project: 'digits' });
    await detector.getByTestId('parameter-patience').fill('12');
    await detector.getByTestId('apply-all').click();
    await page.getByTestId('toast').getByText('all projects').waitFor();
    expect(last()?.body).toEqual({ detector: 'best-epoch', parameters: { patience: 12 } });
  });

  it('is turned off for the run', async () => {
    await open();
    await detector.getByTestId('enabled').click();
    await detector.getByText('off', { exact: true }).waitFor();
    expect(await detector.getByTestId('enabled').getAttribute('aria-checked')).toBe('false');
  });

  it('is compared over many runs, a row a setting', async () => {
    await open();
    await detector.getByText('Compare settings over many runs').click();
    await detector.getByTestId('over-patience').fill('5, 10, 20');
    await detector.getByTestId('over-go').click();
    const rows = detector.getByTestId('scores').locator('tbody tr');
    await rows.nth(2).waitFor();
    expect(await rows.nth(1).innerText()).toMatch(/patience 10\s+1 of 5\s+25 %\s+100 %\s+0 %\s+1 %/);
  });

  it('chooses the series that the best epoch is judged by', async () => {
    await open();
    const options = await page.getByTestId('monitor').locator('option').allInnerTexts();
    expect(options).toContain('val/acc, higher is better');
    await page.getByTestId('monitor').selectOption({ label: 'val/acc, higher is better' });
    await page.getByTestId('toast').waitFor();
    expect(opened.feed.asked.at(-1)).toMatchObject({
      path: 'runs/overfits/monitor',
      body: { series: 'val/acc', goal: 'max' },
    });
  });

  it('may be tried, but not set, by whoever may only read', async () => {
    await open('read');
    await detector.getByTestId('parameter-patience').fill('20');
    await page.locator('.mark.trial').first().waitFor();
    await detector.getByTestId('apply-run').and(page.locator(':disabled')).waitFor();
  });
});
