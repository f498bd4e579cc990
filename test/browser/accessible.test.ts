import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launch, noChromium } from './support/chromium.ts';
import { manyRuns } from './support/many-runs.ts';
import { noPage, type Scene } from './support/mock-feed.ts';
import { openPage } from './support/open-page.ts';
import { busyScene, emptyScene } from './support/scenes.ts';

const skip = noChromium ?? noPage;
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

interface Violation {
  readonly id: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[];
}

/** What is there once the server is gone. */
const LOST = '[data-testid=banner-connection]';
const VIEWS: readonly (readonly [name: string, scene: Scene, hash: string, ready: string])[] = [
  ['the empty page', emptyScene, '#/', '[data-testid=empty]'],
  ['the runs', manyRuns(40), '#/', '[data-testid=run-row]'],
  ['the runs in groups', manyRuns(40), '#/?group=optimizer.name&sort=-best', '[data-testid=group-row]'],
  ['a run', busyScene(), '#/run/overfits', '[data-draws]'],
  ['a run that the page has lost', busyScene(), '#/run/overfits', LOST],
  ['a run as of a step', busyScene(), '#/run/overfits?asof=2400', '[data-testid=travel][aria-busy=false]'],
  ['charts in a frame', busyScene(), '#/run/overfits?embed=all', '[data-draws]'],
  ['a run that diverges', busyScene(), '#/run/diverges', '[data-draws]'],
  ['a run’s detectors', busyScene(), '#/run/overfits?panel=detectors', '[data-testid=detector]'],
  ['a run that is not there', busyScene(), '#/run/nobody', '[data-testid=no-run]'],
  ['the alerts', busyScene(), '#/alerts', '[data-testid=centre-alert]'],
  ['the settings', busyScene(), '#/settings', '[data-testid=settings]'],
  ['a comparison', manyRuns(12), '#/compare?runs=r0,r1,r2,r3', '[data-draws]'],
];

describe.skipIf(skip !== null)('axe finds nothing wrong with', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launch();
  });
  afterAll(() => browser.close());

  for (const { dark, width } of [
    { dark: false, width: 1440 },
    { dark: true, width: 390 },
  ])
    it.each(VIEWS)(`%s, ${dark ? 'dark' : 'light'}, ${width} px`, async (_name, scene, hash, ready) => {
      const opened = await openPage(browser, scene, hash, { dark, width });
      if (ready === LOST) {
        await opened.page.locator('[data-draws]').first().waitFor();
        await opened.feed.close();
      }
      await opened.page.locator(ready).first().waitFor();
      for (const summary of await opened.page.locator('.detector > summary').all()) await summary.click();
      await opened.page.evaluate(axe);
      const { violations } = await opened.page.evaluate<{ violations: readonly Violation[] }>(
        `axe.run(document, { resultTypes: ['violations'] })`,
      );
      expect(
        violations.map(({ id, nodes }) => [
          id,
          nodes.map(({ html, failureSummary }) => [html, failureSummary]),
        ]),
      ).toEqual([]);
      await opened.close();
    });
});
