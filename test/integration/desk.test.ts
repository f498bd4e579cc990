import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Client, startApp } from '../support/app.ts';
import { temporaryFolder } from '../support/server.ts';

let folder: ReturnType<typeof temporaryFolder>;
let app: Awaited<ReturnType<typeof startApp>>;
beforeEach(async () => {
  folder = temporaryFolder();
  app = await startApp(folder.path);
});
afterEach(async () => {
  await app.close();
  folder.remove();
});

const headers = { host: 'localhost' };
const ask = (method: 'GET' | 'POST' | 'PUT' | 'DELETE', url: string, body?: object) =>
  app.http.inject({ method, url, headers, ...(body && { payload: JSON.stringify(body) }) });
const lines = (run: string, project: string, ...more: object[]) =>
  app.http.inject({
    method: 'POST',
    url: '/api/lines',
    headers,
    payload: [{ kind: 'run', protocol: 1, run, writer: 'w', project }, ...more]
      .map((line) => JSON.stringify(line))
      .join('\n'),
  });
const log = (step: number, loss: number | string) => ({ kind: 'log', step, values: { 'train/loss': loss } });
const settingsOf = async (run: string) =>
  (await ask('GET', `/api/runs/${run}`)).json<{ settings: object[] }>().settings;

describe('a detector set for a project, or for all', () => {
  it('is so for runs that train and for new ones, the project’s own last, and after a restart', async () => {
    await lines('before', 'digits');
    await lines('elsewhere', 'other');
    await ask('PUT', '/api/settings', { detector: 'gap', parameters: { minDelta: 0.2 } });
    const answer = await ask('PUT', '/api/settings', { detector: 'gap', project: 'digits', enabled: false });
    expect(answer.json()).toEqual({ runs: 1 });
    await app.close();
    app = await startApp(folder.path);
    await lines('after', 'digits');
    expect(await settingsOf('before')).toMatchObject([{ detector: 'gap', enabled: false }]);
    expect(await settingsOf('after')).toMatchObject([{ detector: 'gap', enabled: false }]);
    expect(await settingsOf('elsewhere')).toMatchObject([{ detector: 'gap', parameters: { minDelta: 0.2 } }]);
    expect((await ask('GET', '/api/settings')).json()).toMatchObject({
      all: { gap: { parameters: { minDelta: 0.2 } } },
      projects: { digits: { gap: { enabled: false } } },
    });
  });

  it.each([
    [{ detector: 'gaps' }, 'detector'],
    [{ detector: 'gap', parameters: { share: 2 } }, 'gap: share'],
    [{ detector: 'gap', project: 7 }, 'project'],
  ])('as %j is refused, and nothing is kept', async (body, field) => {
    const answer = await ask('PUT', '/api/settings', body);
    expect(answer.statusCode).toBe(400);
    expect(answer.json()).toMatchObject({ field });
    expect((await ask('GET', '/api/settings')).json()).toEqual({ all: {}, projects: {} });
  });
});

describe('what is said of alerts', () => {
  it('is kept, and told to every viewer', async () => {
    const viewer = await Client.open(`${app.url}/api/viewer`);
    expect(await viewer.kind('snapshot')).toMatchObject({ alerts: { acknowledged: {} } });
    await ask('POST', '/api/alerts', { action: 'acknowledge', findings: ['f'] });
    expect(await viewer.kind('alerts')).toMatchObject({
      alerts: { acknowledged: { f: expect.any(Number) as number } },
    });
    await ask('POST', '/api/alerts', { action: 'mute', detector: 'gap' });
    await app.close();
    app = await startApp(folder.path);
    const later = await Client.open(`${app.url}/api/viewer`);
    expect(await later.kind('snapshot')).toMatchObject({
      alerts: { acknowledged: { f: expect.any(Number) as number }, muted: { detectors: ['gap'] } },
    });
  });

  it.each([
    [{ action: 'mute' }, 'detector'],
    [{ action: 'snooze', findings: [] }, 'findings'],
    [{ action: 'shout' }, 'action'],
  ])('as %j is refused', async (body, field) => {
    expect((await ask('POST', '/api/alerts', body)).json()).toMatchObject({ code: 'bad-line', field });
  });
});

describe('webhooks', () => {
  const taken: { headers: IncomingMessage['headers']; body: string }[] = [];
  let target: ReturnType<typeof createServer>;
  let url: string;
  let arrived: () => void;
  beforeEach(async () => {
    taken.length = 0;
    target = createServer((request, response) => {
      void text(request).then((body) => {
        taken.push({ headers: request.headers, body });
        response.writeHead(204).end();
        arrived();
      });
    }).listen(0, '127.0.0.1');
    await once(target, 'listening');
    url = `http://127.0.0.1:${(target.address() as AddressInfo).port}/T000/very-secret-path`;
  });
  afterEach(() => new Promise((resolve) => target.close(resolve)));
  const next = () => new Promise<void>((resolve) => (arrived = resolve));
  const add = (more: object = {}) =>
    ask('POST', '/api/webhooks', { name: 'mine', url, shape: 'json', secret: 'long-enough', ...more });

  it('are told of an alert, signed, and show neither secret nor path', async () => {
    const shown = (await add()).json<{ webhooks: { id: string; address: string }[] }>();
    expect(JSON.stringify(shown)).not.toContain('long-enough');
    expect(shown.webhooks[0].address).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/…path$/);
    const came = next();
    await lines('r', 'digits', log(0, 1), log(1, 'NaN'));
    await came;
    expect(JSON.parse(taken[0].body)).toMatchObject({
      event: 'opened',
      finding: { detector: 'non-finite', run: 'r' },
    });
    expect(taken[0].headers['x-tidemark-signature']).toMatch(/^t=\d+,v1=[0-9a-f]{64}$/);
  });

  it('are tested, turned off and removed', async () => {
    const { webhooks } = (await add()).json<{ webhooks: { id: string }[] }>();
    const at = `/api/webhooks/${webhooks[0].id}`;
    arrived = () => undefined;
    expect((await ask('POST', `${at}/test`)).json()).toEqual({ ok: true, message: '204' });
    expect(taken[0].body).toContain('This is a test');
    expect((await ask('POST', `${at}/disable`)).json()).toMatchObject({ webhooks: [{ enabled: false }] });
    expect((await ask('DELETE', at)).json()).toEqual({ webhooks: [] });
    expect((await ask('POST', `${at}/test`)).json()).toMatchObject({ code: 'webhook-not-found' });
  });

  it.each(['file:///etc/passwd', 'javascript:alert(1)', 'nowhere', 'http://user:pass@host/'])(
    'to %s are refused',
    async (address) => {
      const answer = await add({ url: address });
      expect(answer.statusCode).toBe(400);
      expect(answer.json()).toMatchObject({ code: 'bad-webhook', field: 'url' });
      expect(answer.body).not.toContain('pass@');
    },
  );
});
