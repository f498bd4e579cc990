import type { Locator, Page } from 'playwright-core';
import { expect, it } from 'vitest';
import type { MockFeed, Scene } from './support/mock-feed.ts';
import { pageSuite } from './support/page-suite.ts';
import { aFinding, aRun, busyScene, emptyScene, points } from './support/scenes.ts';

/** The page against made-up frames: states that real trainings reach seldom, each as soon as a test wants it. */
pageSuite('page', (openPage) => {
  let feed: MockFeed;
  let page: Page;

  async function open(scene: Scene, hash = '', permissions: string[] = []): Promise<void> {
    ({ feed, page } = await openPage(scene, hash, { permissions }));
  }

  const plot = (chart: string): Locator => page.locator(`[data-chart="${chart}"] [data-testid=plot]`);
  const drawn = (chart: string, attribute: string, value: string): Promise<void> =>
    plot(chart)
      .and(page.locator(`[data-${attribute}="${value}"]`))
      .waitFor();

  it('says how to begin while there is no run, and shows the first as it comes', async () => {
    await open(emptyScene);
    await page.getByTestId('empty').getByText('tidemark.init').waitFor();
    feed.update({ runs: [aRun('first')] });
    await page.getByTestId('run-row').getByText('first').waitFor();
  });

  it('draws every point of a run, and each that comes after', async () => {
    await open(busyScene(), '#/run/overfits');
    await drawn('loss/loss', 'points', '1100');
    await drawn('loss/loss', 'lines', '2');
    const tail = points(4040, 40, () => 0.8);
    feed.append(
      'overfits',
      { series: 'val/loss', rank: 0, attempt: 0 },
      { ...tail, steps: tail.steps.slice(-1), times: tail.times.slice(-1), values: tail.values.slice(-1) },
    );
    await drawn('loss/loss', 'points', '1101');
    await drawn('loss/loss', 'step', '4039');
    expect(await page.locator('[data-chart^="epoch/"]').count()).toBe(0);
  });

  it('asks once for what the address names, and fills the list when the first chart is there', async () => {
    const scene = busyScene();
    const runs = Array.from({ length: 60 }, (_, i) => aRun(`more-${i}`));
    await open({ ...scene, runs: [...scene.runs, ...runs] }, '#/run/overfits');
    await drawn('loss/loss', 'points', '1100');
    expect(feed.received.filter(({ kind }) => kind === 'view')).toHaveLength(1);
    const rows = page.getByTestId('run-row');
    await rows.nth(scene.runs.length + 59).waitFor({ state: 'attached' });
    expect(await rows.count()).toBe(scene.runs.length + 60);
    await page.getByTestId('finding').first().waitFor();
  });

  it('marks non-finite values and keeps ranks apart', async () => {
    await open(busyScene(), '#/run/diverges');
    await drawn('loss/loss', 'lines', '2');
    await drawn('loss/loss', 'points', '530');
    expect(Number(await plot('loss/loss').getAttribute('data-nonfinite'))).toBeGreaterThan(10);
    await page.getByTestId('readout').getByText('rank 1').waitFor();
    const ranks = await page.evaluate<string[]>(
      `[...document.querySelectorAll('.legend')].filter((one) => /rank/.test(one.textContent)).map((one) => getComputedStyle(one.querySelector('i')).backgroundColor)`,
    );
    expect(new Set(ranks).size).toBe(2);
    const pixels = await page.evaluate<string[]>(`(() => {
      const canvas = document.querySelector('[data-chart="loss/loss"] canvas');
      const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
      const colors = new Set();
      for (let i = 0; i < data.length; i += 4) colors.add('rgb(' + [...data.slice(i, i + 3)].join(', ') + ')');
      return [...colors];
    })()`);
    expect(pixels).toEqual(expect.arrayContaining(ranks));
  });

  it('keeps the attempts of a resumed run apart', async () => {
    await open(busyScene(), '#/run/lost');
    await drawn('loss/loss', 'lines', '2');
    await drawn('loss/loss', 'span', '0 3999');
    await page.getByTestId('readout').getByText('attempt 2').waitFor();
    await page.getByTestId('fact-missing').getByText('12 lines').waitFor();
  });

  it('draws a finding on the curve, and each of mark and list points at the other', async () => {
    await open(busyScene(), '#/run/overfits');
    await drawn('loss/loss', 'bands', '3');
    const mark = plot('loss/loss').locator('[data-testid=mark][data-finding=gap]');
    const card = page.locator('[data-testid=finding][data-finding=gap]');
    await mark.hover();
    await card.and(page.locator('.lit')).waitFor();
    await card.hover();
    await mark.and(page.locator('.lit')).waitFor();
    expect(await card.getByRole('table').innerText()).toContain('training loss\t0.021');
    await mark.press('Enter');
    await card.locator('.unread').waitFor({ state: 'detached' });
  });

  it('makes resolved findings some at a time, folded while others are open', async () => {
    const scene = busyScene();
    const old = Array.from({ length: 50 }, (_, i) =>
      aFinding(`old-${i}`, 'overfits', { status: 'resolved', step: 4000 - i }),
    );
    await open({ ...scene, findings: [...scene.findings, ...old] }, '#/run/overfits');
    const cards = page.locator('details.resolved [data-testid=finding]');
    await page.getByText('resolved findings').waitFor();
    expect(await cards.count()).toBe(0);
    await page.getByText('resolved findings').click();
    await cards.first().waitFor();
    expect(await cards.count()).toBe(20);
    await page.locator('details.resolved button.more').click();
    await cards.nth(39).waitFor();
    expect(await cards.count()).toBe(40);
  });

  it('names the best epoch, its value and how long ago it was', async () => {
    await open(busyScene(), '#/run/overfits');
    await drawn('loss/loss', 'best', '1719');
    expect(await page.getByTestId('best').textContent()).toBe('best 0.4112 at epoch 42, 57 validations ago');
    feed.update({
      runs: [aRun('overfits', { best: { series: 'val/loss', step: 3999, epoch: 99, value: 0.4, age: 0 } })],
    });
    await page.getByTestId('best').getByText('at epoch 99, the latest validation').waitFor();
    await drawn('loss/loss', 'best', '3999');
  });

  it('zooms every chart to what was dragged over, and back on a double click', async () => {
    await open(busyScene(), '#/run/overfits');
    await page.setViewportSize({ width: 1440, height: 1400 }); // what is out of sight is not drawn
    await drawn('metric/acc', 'span', '0 3999');
    const over = plot('loss/loss').locator('.u-over');
    const box = (await over.boundingBox())!;
    await page.mouse.move(box.x + box.width * 0.25, box.y + 150);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.75, box.y + 150, { steps: 4 });
    await page.mouse.up();
    await page.getByTestId('reset-zoom').waitFor();
    await page.waitForFunction(
      `document.querySelector('[data-chart="metric/acc"] [data-testid=plot]').dataset.span.split(' ').map(Number).map((s) => Math.round(s / 100)).join() === '10,30'`,
    );
    await over.dblclick({ position: { x: 20, y: 150 } });
    await drawn('metric/acc', 'span', '0 3999');
  });

  it('reads every line out under the cursor, with the epoch', async () => {
    await open(busyScene(), '#/run/overfits');
    const over = plot('loss/loss').locator('.u-over');
    const box = (await over.boundingBox())!;
    await over.hover({ position: { x: Math.round(box.width / 2), y: 100 } });
    const at = page.locator('[data-chart="metric/acc"] [data-testid=at]');
    await at.getByText('epoch 49').waitFor();
    expect(await at.innerText()).toMatch(/^step 2,00\d · epoch 49$/);
  });

  it('alerts once, in the page, the title and a notification; what was dismissed stays so', async () => {
    await open({ ...busyScene(), findings: [] }, '#/run/overfits', ['notifications']);
    await page.evaluate(
      `window.raised = []; window.Notification = class { static permission = 'granted'; constructor(title) { raised.push(title); } };`,
    );
    await drawn('loss/loss', 'points', '1100');
    feed.update({
      findings: [
        aFinding('one', 'overfits', { title: 'First' }),
        aFinding('two', 'overfits', { title: 'Second' }),
      ],
    });
    feed.update({ findings: [aFinding('one', 'overfits', { title: 'First' })] });
    await page.waitForFunction(`document.title === '(2) Tidemark'`);
    expect(await page.evaluate('raised')).toEqual([
      'overfits: 200 samples, wide net: First',
      'overfits: 200 samples, wide net: Second',
    ]);
    expect(await page.locator('link[rel=icon]').getAttribute('href')).toMatch(/^data:image/);
    await page.locator('[data-testid=alert][data-finding=one]').getByTestId('dismiss').click();
    await page.waitForFunction(`document.title === '(1) Tidemark'`);
    await page.reload();
    await page.locator('[data-testid=alert][data-finding=two]').waitFor();
    expect(await page.getByTestId('alert').count()).toBe(1);
  });

  /** Loads the page again, and keeps where its first chart was when it was drawn. */
  async function rememberFirst(): Promise<void> {
    await page.addInitScript(`
      new MutationObserver((_, observer) => {
        const plot = document.querySelector('[data-testid=plot][data-points]');
        if (!plot) return;
        window.first = plot.getBoundingClientRect().y;
        observer.disconnect();
      }).observe(document, { subtree: true, childList: true, attributeFilter: ['data-points'] });
    `);
    await page.reload();
  }

  it('moves nothing in a frame of another page when what is loaded late has come', async () => {
    await open(busyScene(), '#/run/overfits?embed=loss%2Floss');
    await rememberFirst();
    await page.getByTestId('export-embed').first().waitFor({ state: 'attached' });
    expect((await plot('loss/loss').boundingBox())!.y).toBe(await page.evaluate<number>('first'));
    expect(await page.getByRole('heading', { name: /^loss$/i }).count()).toBe(1);
  });

  it.each([1440, 390])(
    'keeps the place of time travel free until it is loaded, %i px wide',
    async (width) => {
      ({ feed, page } = await openPage(busyScene(), '#/run/overfits?asof=2000', { width }));
      const travel = page.locator('[data-testid=travel][aria-busy=false]');
      await travel.waitFor();
      const least = await page.evaluate<string>(
        `getComputedStyle(document.querySelector('.travel')).minHeight`,
      );
      expect((await travel.boundingBox())!.height).toBe(parseFloat(least));
    },
  );

  it.each([1440, 390])(
    'moves nothing for an alert that comes after the first chart, %i px wide',
    async (width) => {
      ({ feed, page } = await openPage({ ...busyScene(), findings: [] }, '#/run/overfits', { width }));
      await rememberFirst();
      await drawn('loss/loss', 'points', '1100');
      await page.getByTestId('run-row').first().waitFor({ state: 'attached' });
      const first = await page.evaluate<number>('first');
      const ids = ['one', 'two', 'three'];
      const findings = ids.map((id) => aFinding(id, 'lost', { title: 'Somewhere else' }));
      feed.send({ kind: 'update', rest: true, time: Date.now() / 1000, runs: [], findings });
      await page.getByTestId('alert').first().waitFor();
      expect(await page.getByTestId('alert').count()).toBe(width < 760 ? 1 : 2);
      expect((await plot('loss/loss').boundingBox())!.y).toBe(first);
      const alerts = (await page.getByTestId('alerts').boundingBox())!;
      expect(alerts.y + alerts.height).toBe(page.viewportSize()!.height);
    },
  );

  it('shows nothing that a trainer named as markup', async () => {
    await open(busyScene(), '#/run/hostile');
    await drawn('loss/<img src=x onerror=alert(1)>', 'points', '200');
    await page.getByTestId('config').click();
    expect(await page.getByTestId('run-name').innerText()).toBe('<img src=x onerror=alert(1)>');
    expect(
      await page
        .locator('#app img, #app b:not(.legend b), #app i:has-text("text"), #app a[href^=javascript]')
        .count(),
    ).toBe(0);
    await plot('other/__proto__').scrollIntoViewIfNeeded();
    await drawn('other/__proto__', 'points', '200');
  });

  it('keeps the zoom in the address, for whoever it is sent to', async () => {
    await open(busyScene(), '#/run/overfits?zoom=1000-2000');
    await drawn('loss/loss', 'span', '1000 2000');
    await page.keyboard.press('f');
    await drawn('loss/loss', 'span', '0 3999');
    await page.waitForURL('**/#/run/overfits');
  });

  it('puts what is measured of the machine last, in a section of its own', async () => {
    await open(busyScene(), '#/run/overfits');
    await drawn('loss/loss', 'points', '1100');
    const titles = await page.locator('.section > h2').allInnerTexts();
    expect(titles).toEqual(['Loss', 'Metrics', 'Optimizer', 'System']);
    const system = page.getByRole('region', { name: 'System' });
    expect(await system.locator('[data-chart="step_time/step_time"]').count()).toBe(1);
  });

  it('filters runs and is reached by keyboard', async () => {
    await open(busyScene());
    await page.getByTestId('run-row').nth(1).waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('IMAGENET');
    await page.getByTestId('run-row').nth(1).waitFor({ state: 'detached' });
    expect(await page.getByTestId('run-row').getAttribute('data-run')).toBe('failed');
    await page.keyboard.press('Escape');
    await page.keyboard.press('j');
    await page.locator('[data-run=failed] .name:focus').waitFor();
    await page.keyboard.press('Enter');
    await page.waitForURL('**/#/run/failed');
    await page.getByTestId('no-series').waitFor();
  });

  it('keeps the chosen colours, and fits a phone', async () => {
    await open(busyScene(), '#/run/overfits');
    await page.getByText('dark', { exact: true }).click();
    await page.reload();
    await page.locator('html[data-theme=dark]').waitFor();
    await page.setViewportSize({ width: 390, height: 844 });
    await drawn('loss/loss', 'points', '1100');
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(390);
    expect(await page.getByTestId('runs').isVisible()).toBe(false);
  });

  it('draws only what can be seen', async () => {
    await open(busyScene(), '#/run/overfits');
    await drawn('loss/loss', 'points', '1100');
    expect(await plot('other/gpu/utilisation').getAttribute('data-draws')).toBeNull();
    await plot('other/gpu/utilisation').scrollIntoViewIfNeeded();
    await drawn('other/gpu/utilisation', 'points', '50');
  });
});
