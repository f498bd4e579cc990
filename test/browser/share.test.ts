import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Client, startApp } from '../support/app.ts';
import { temporaryFolder } from '../support/server.ts';
import { complaints, launch, noChromium } from './support/chromium.ts';
import { noPage } from './support/mock-feed.ts';

const skip = noChromium ?? noPage;
const tokens = { write: 'write-secret', read: 'read-secret' };
const STEPS = 200;

/** What leaves the page: links, frames, pictures and points; against a real server that asks for tokens. */
describe.skipIf(skip !== null)('sharing', () => {
  const folder = temporaryFolder();
  let app: Awaited<ReturnType<typeof startApp>>;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  let heard: string[];
  let wiki: Server;
  let wikiUrl: string;
  let frame = '';

  beforeAll(async () => {
    wiki = createServer((_request, response) =>
      response.writeHead(200, { 'content-type': 'text/html' }).end(`<h1>Wiki</h1>${frame}`),
    );
    await new Promise<void>((resolve) => wiki.listen(0, '127.0.0.1', resolve));
    wikiUrl = `http://127.0.0.1:${(wiki.address() as AddressInfo).port}`;
    app = await startApp(folder.path, { host: '0.0.0.0', tokens, embed: [wikiUrl] });
    const trainer = await Client.open(`${app.url}/api/trainer?token=write-secret`);
    trainer.send({ kind: 'run', protocol: 1, run: 'shared', writer: 'w', name: 'the shared one' });
    await trainer.kind('welcome');
    trainer.send(
      ...Array.from({ length: STEPS }, (_, step) => ({
        kind: 'log',
        seq: step + 1,
        step,
        values: { 'train/loss': step < 150 ? 2 / (step + 1) : 'NaN', lr: 0.1 },
      })),
    );
    await trainer.until(({ kind, seq }) => kind === 'ack' && Number(seq) >= STEPS);
    browser = await launch();
    context = await browser.newContext({
      viewport: { width: 1440, height: 900 },
      reducedMotion: 'reduce',
      permissions: ['clipboard-read', 'clipboard-write'],
    });
    page = await context.newPage();
    heard = complaints(page);
    await page.goto(`${app.url}/?token=write-secret#/run/shared`);
    await page.locator('[data-testid=plot][data-draws]').first().waitFor();
  });
  afterAll(async () => {
    await browser.close();
    wiki.close();
    await app.close();
    folder.remove();
    expect(heard).toEqual([]);
  });

  const menu = (testid: string, of = page.locator('body')) =>
    of.getByTestId(testid).first().locator('summary').click();
  const copied = async () => {
    await page.getByTestId('toast').first().waitFor();
    return page.evaluate<string>('navigator.clipboard.readText()');
  };
  const loss = () => page.locator('[data-chart="loss/loss"]');
  const download = async (testid: string) => {
    await menu(testid.split('-')[0] === 'run' ? 'share' : 'chart-menu');
    const coming = page.waitForEvent('download');
    await page.getByTestId(testid).first().click();
    const file = await coming;
    return { name: file.suggestedFilename(), content: await buffer(await file.createReadStream()) };
  };

  it('gives a link that shows the same view, by which nothing can be changed', async () => {
    await menu('share');
    await page.getByTestId('share-read').click();
    const link = await copied();
    expect(link).toBe(`${app.url}/?token=read-secret#/run/shared`);
    const guest = await browser.newContext();
    const look = await guest.newPage();
    await look.goto(link);
    await look.getByTestId('run-name').getByText('the shared one').waitFor();
    await look.locator('[data-testid=plot][data-draws]').first().waitFor();
    expect(await look.getByTestId('stop').isDisabled()).toBe(true);
    expect(await look.getByTestId('edit').count()).toBe(0);
    const commands: readonly [method: string, path: string, body: object][] = [
      ['PATCH', 'runs/shared', { name: 'mine' }],
      ['DELETE', 'runs/shared', {}],
      ['POST', 'runs/shared/stop', {}],
      ['PUT', 'runs/shared/settings', { detector: 'gap', enabled: false }],
      ['PUT', 'runs/shared/monitor', { series: 'train/loss' }],
      ['PUT', 'settings', { detector: 'gap', enabled: false }],
      ['POST', 'alerts', { action: 'mute', run: 'shared' }],
      ['POST', 'lines', {}],
      ['GET', 'webhooks', {}],
      ['POST', 'webhooks', { name: 'x', url: 'http://127.0.0.1:1/', shape: 'json' }],
    ];
    for (const [method, path, body] of commands) {
      const answer = await guest.request.fetch(`${app.url}/api/${path}`, {
        method,
        ...(method !== 'GET' && { data: JSON.stringify(body) }),
      });
      expect(answer.status(), `${method} ${path}`).toBe(403);
    }
    await guest.close();
  });

  it('does not cost its maker the writing token to open it', async () => {
    await page.goto(`${app.url}/?token=read-secret#/run/shared`);
    await page.getByTestId('edit').waitFor();
    expect(await page.getByTestId('stop').isDisabled()).toBe(false);
  });

  it('shows charts in a frame of a page that the server allows, and of no other', async () => {
    await loss().getByTestId('chart-menu').locator('summary').click();
    await page.getByTestId('export-embed').first().click();
    await page.getByText('Copied HTML that shows the chart in a frame').waitFor();
    frame = await page.evaluate<string>('navigator.clipboard.readText()');
    const guest = await browser.newContext({ reducedMotion: 'reduce' });
    const outside = await guest.newPage();
    await outside.goto(wikiUrl);
    const inside = outside.frameLocator('iframe');
    await inside.locator('[data-chart="loss/loss"] [data-draws]').waitFor();
    expect(await inside.locator('[data-chart]').count()).toBe(1);
    expect(await inside.getByTestId('embed-head').innerText()).toContain('the shared one');
    for (const chrome of ['connection', 'runs', 'findings', 'chart-menu', 'chart-bar', 'stop'])
      expect(await inside.getByTestId(chrome).filter({ visible: true }).count(), chrome).toBe(0);

    await outside.goto(wikiUrl.replace('127.0.0.1', 'localhost'));
    expect(await outside.frameLocator('iframe').locator('[data-testid=embed]').count()).toBe(0);
    const policy = (await guest.request.get(app.url)).headers()['content-security-policy'];
    expect(policy).toContain(`frame-ancestors 'self' ${wikiUrl}`);
    await guest.close();
  });

  it('exports a chart as SVG and PNG', async () => {
    await page.locator('[data-testid=plot][data-draws]').first().waitFor();
    const svg = await download('export-svg');
    expect(svg.name).toBe('the-shared-one-loss.svg');
    const drawn = svg.content.toString();
    expect(drawn).toMatch(/M[\d. ]+(L[\d. ]+){140,}/);
    expect(drawn).toContain('train/loss');
    expect(drawn).toMatch(/<title>critical: [^<]+<\/title>/);
    const png = await download('export-png');
    expect(png.name).toBe('the-shared-one-loss.png');
    // The signature, and the width in its header: 900 CSS pixels, two device pixels each.
    expect([...png.content.subarray(0, 4)]).toEqual([0x89, 0x50, 0x4e, 0x47]);
    expect(png.content.readUInt32BE(16)).toBe(1800);
    expect(png.content.length).toBeGreaterThan(10_000);
  });

  it('exports the points of a chart and of the run, every one', async () => {
    const csv = (await download('export-csv')).content.toString().trim().split('\n');
    expect(csv[0]).toBe('run,series,rank,attempt,step,time,value');
    expect(csv).toHaveLength(1 + STEPS);
    expect(csv[1]).toMatch(/^shared,train\/loss,0,0,0,[\d.]+,2$/);
    expect(csv[STEPS]).toMatch(/,199,[\d.]+,NaN$/);
    const lines = (await download('export-jsonl')).content.toString().trim().split('\n');
    expect(JSON.parse(lines[9])).toMatchObject({ series: 'train/loss', step: 9, value: 0.2 });
    const all = (await download('run-csv')).content.toString().trim().split('\n');
    expect(all).toHaveLength(1 + 2 * STEPS);
    const run = JSON.parse((await download('run-json')).content.toString()) as { findings: object[] };
    expect(run.findings.length).toBeGreaterThan(0);
  });
});
