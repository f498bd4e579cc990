import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect } from 'vitest';
import { launch, noChromium } from './chromium.ts';
import { noPage, type Scene } from './mock-feed.ts';
import { type OpenOptions, type OpenPage, openPage } from './open-page.ts';

/** Opens the page before a server of made-up frames; closed after the test, which fails where the page complained. */
export type Open = (scene: Scene, hash?: string, options?: OpenOptions) => Promise<OpenPage>;

/** Tests of the page in Chromium: one browser for all of them, a page for each; skipped, saying so, where there is none. */
export function pageSuite(name: string, define: (open: Open) => void): void {
  const skip = noChromium ?? noPage;
  if (skip) console.warn(`browser tests skipped: ${skip}`);
  describe.skipIf(skip !== null)(name, () => {
    let browser: Browser;
    let opened: OpenPage | null = null;
    beforeAll(async () => {
      browser = await launch();
    });
    afterAll(() => browser.close());
    afterEach(async () => {
      const heard = (await opened?.close()) ?? [];
      opened = null;
      // Chromium itself logs an answer of 400, which some tests are about.
      expect(heard.filter((one) => !one.includes('status of 400'))).toEqual([]);
    });
    define(async (scene, hash, options) => (opened = await openPage(browser, scene, hash, options)));
  });
}
