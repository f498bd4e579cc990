import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import type { StopFrame } from '../../shared/frames.ts';
import type { MockFeed, Scene } from './support/mock-feed.ts';
import { pageSuite } from './support/page-suite.ts';
import { aRun, busyScene } from './support/scenes.ts';

/** What a run is told from its page, and what came of it. */
pageSuite('commands', (openPage) => {
  let feed: MockFeed;
  let page: Page;

  async function open(scene: Scene, hash = ''): Promise<void> {
    ({ feed, page } = await openPage(scene, hash));
  }

  it('asks before it stops a run, and shows what became of it', async () => {
    await open(busyScene(), '#/run/overfits');
    await page.getByTestId('armed').waitFor();
    await page.getByTestId('stop').click();
    await page.getByRole('button', { name: 'Cancel' }).click();
    await page.getByTestId('stop').click();
    await page.getByTestId('stop-confirm').click();
    const stop = await feed.next((frame): frame is StopFrame => frame.kind === 'stop');
    expect(stop).toEqual({ kind: 'stop', run: 'overfits' });
    expect(feed.received.filter(({ kind }) => kind === 'stop')).toHaveLength(1);
    const request = {
      by: 'person',
      reason: 'asked on the page',
      step: 1719,
      epoch: 42,
      asked: Date.now() / 1000,
      acknowledged: null,
    } as const;
    const trail = page.getByTestId('trail');
    feed.update({ runs: [aRun('overfits', { request })] });
    await trail.getByText('not yet acknowledged').waitFor();
    const answered = { ...request, acknowledged: { time: request.asked, step: 4001 } };
    feed.update({ runs: [aRun('overfits', { request: answered })] });
    await trail.getByText('acknowledged at step 4,001').waitFor();
    feed.update({ runs: [aRun('overfits', { request: answered, status: 'stopped' })] });
    await trail.getByText('stopped', { exact: true }).waitFor();
  });

  it('lets a run stop at its best epoch, or go on, and a stop be taken back', async () => {
    await open(busyScene(), '#/run/diverges');
    await page.getByTestId('stop').click();
    await page.getByTestId('keep-going').and(page.locator(':disabled')).waitFor();
    await page.getByTestId('stop-at-best').click();
    await page.getByTestId('armed').getByText('told so now').waitFor();
    expect(feed.asked.at(-1)).toMatchObject({ method: 'PATCH', body: { stop: 'best-epoch' } });
    const asked = { by: 'person', reason: '', step: 9, epoch: null, asked: Date.now() / 1000 } as const;
    feed.update({ runs: [aRun('diverges', { request: { ...asked, acknowledged: null } })] });
    await page.getByTestId('stop').click();
    expect(await page.getByTestId('stop-confirm').count()).toBe(0);
    await page.getByTestId('keep-going').click();
    expect(await page.getByTestId('trail').innerText()).toContain('not yet acknowledged');
    await page.waitForFunction(`document.querySelector('dialog.choose')?.open === false`);
    expect(feed.asked.at(-1)?.body).toEqual({ stop: 'never' });
    const back = { ...asked, acknowledged: null, withdrawn: Date.now() / 1000 };
    feed.update({ runs: [aRun('diverges', { request: back })] });
    await page.getByTestId('trail').getByText('taken back').waitFor();
    await page.getByTestId('may-obey').getByText('had heard it before, and may still stop').waitFor();
    const obeyed = { ...back, acknowledged: { time: Date.now() / 1000, step: 1210 } };
    feed.update({ runs: [aRun('diverges', { request: obeyed })] });
    await page.getByTestId('trail').getByText('acknowledged all the same at step 1,210').waitFor();
    await page.getByTestId('obeys').waitFor();
  });

  it('says why it cannot stop a run when it may only read', async () => {
    await open({ ...busyScene(), access: 'read' }, '#/run/overfits');
    await page.getByTestId('stop').and(page.locator(':disabled')).waitFor();
    expect(await page.getByTestId('stop').getAttribute('title')).toContain('may read, not stop');
  });
});
