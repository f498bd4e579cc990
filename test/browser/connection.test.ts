import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import type { ViewFrame } from '../../shared/frames.ts';
import type { MockFeed, Scene } from './support/mock-feed.ts';
import { pageSuite } from './support/page-suite.ts';
import { busyScene } from './support/scenes.ts';

/** The page and its server: lost, refused, and at odds. */
pageSuite('connection', (openPage) => {
  let feed: MockFeed;
  let page: Page;

  async function open(scene: Scene, hash = ''): Promise<void> {
    ({ feed, page } = await openPage(scene, hash));
  }

  const drawn = (chart: string, attribute: string, value: string): Promise<void> =>
    page
      .locator(`[data-chart="${chart}"] [data-testid=plot]`)
      .and(page.locator(`[data-${attribute}="${value}"]`))
      .waitFor();

  it('reconnects by itself and asks for its run again', async () => {
    await open(busyScene(), '#/run/overfits');
    await drawn('loss/loss', 'points', '1100');
    const before = feed.received.length;
    feed.drop();
    await page.getByTestId('banner-connection').waitFor();
    await page.locator('[data-testid=connection][data-state=open]').waitFor();
    const again = await feed.next((frame): frame is ViewFrame => feed.received.indexOf(frame) >= before);
    expect(again.runs).toEqual(['overfits']);
    await drawn('loss/loss', 'points', '1100');
  });

  it('asks for a token when the server refuses it', async () => {
    await open(busyScene());
    await page.getByTestId('run-row').first().waitFor();
    feed.drop(true);
    await page.getByTestId('refused').waitFor();
    await page.getByTestId('token').fill('a+b');
    await page.getByRole('button', { name: 'Open' }).click();
    await page.waitForURL('**/?token=a%2Bb');
  });

  it('shows an error of the server until it is dismissed', async () => {
    await open(busyScene());
    await page.getByTestId('run-row').first().waitFor();
    feed.send({ kind: 'error', code: 'bad-line', message: 'width: must be at least 16, got 3' });
    await page.getByTestId('banner-error').getByText('width: must be at least 16').waitFor();
    await page.getByTestId('banner-error').getByRole('button').click();
    await page.getByTestId('banner-error').waitFor({ state: 'detached' });
  });

  it('asks for its run again after a frame that cannot be read, says so, and stops asking in the end', async () => {
    await open(busyScene(), '#/run/overfits');
    await drawn('loss/loss', 'points', '1100');
    const seen = (view: number) =>
      feed.next((frame): frame is ViewFrame => frame.kind === 'view' && frame.view === view);
    const first = feed.received.filter((frame) => frame.kind === 'view').at(-1)!.view;
    for (const again of [1, 2, 3]) {
      feed.send(new Uint8Array([1, 2, 3]));
      const view = await seen(first + again);
      expect([view.runs, view.keep]).toEqual([['overfits'], undefined]);
      await page.getByTestId('banner-error').getByText('The view is asked for anew.').waitFor();
      await page.getByTestId('banner-error').getByRole('button').click();
    }
    feed.send(new Uint8Array([1, 2, 3]));
    await page.getByTestId('banner-error').getByText('asked for anew 3 times: load the page again').waitFor();
    expect(feed.received.filter((frame) => frame.kind === 'view').at(-1)!.view).toBe(first + 3);
    await drawn('loss/loss', 'points', '1100');
  });
});
