import type { Browser, BrowserContext, Page } from 'playwright-core';
import { complaints } from './chromium.ts';
import { type MockFeed, type Scene, startMockFeed } from './mock-feed.ts';

/** The page in a browser, before a server of made-up frames. */
export interface OpenPage {
  readonly page: Page;
  readonly feed: MockFeed;
  /** Closes both; with everything the page complained of. */
  close(): Promise<string[]>;
}

export interface OpenOptions {
  readonly width?: number;
  readonly dark?: boolean;
  readonly permissions?: string[];
}

export async function openPage(
  browser: Browser,
  scene: Scene,
  hash = '',
  { width = 1440, dark = false, permissions = [] }: OpenOptions = {},
): Promise<OpenPage> {
  const feed = await startMockFeed(scene);
  const context: BrowserContext = await browser.newContext({
    viewport: { width, height: width < 500 ? 844 : 900 },
    colorScheme: dark ? 'dark' : 'light',
    reducedMotion: 'reduce',
    permissions,
  });
  const page = await context.newPage();
  page.setDefaultTimeout(60_000);
  const heard = complaints(page);
  await page.goto(feed.url + hash);
  return {
    page,
    feed,
    close: async () => {
      await context.close();
      await feed.close();
      return heard;
    },
  };
}
