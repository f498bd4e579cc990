import { existsSync } from 'node:fs';
import { chromium, type Browser, type Page } from 'playwright-core';

const EXECUTABLE = process.env.TIDEMARK_CHROMIUM ?? '/usr/bin/chromium';

/** Why no browser can be started, or null. */
export const noChromium = existsSync(EXECUTABLE)
  ? null
  : `no Chromium at ${EXECUTABLE}; TIDEMARK_CHROMIUM names another`;

export function launch(): Promise<Browser> {
  return chromium.launch({
    executablePath: EXECUTABLE,
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}

/** Everything a page complained of: uncaught errors, and console errors with violations of its security policy. */
export function complaints(page: Page): string[] {
  const heard: string[] = [];
  page.on('pageerror', (error) => heard.push(String(error)));
  page.on('console', (message) => {
    // A refused connection is what some tests are about, and Chromium logs it by itself.
    if (message.type() === 'error' && !message.text().includes('WebSocket connection'))
      heard.push(message.text());
  });
  return heard;
}
