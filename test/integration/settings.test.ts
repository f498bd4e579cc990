import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startApp } from '../support/app.ts';
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
const hello = { kind: 'run', protocol: 1, run: 'r', writer: 'w' };
const log = (step: number, loss: number | string) => ({ kind: 'log', step, values: { 'train/loss': loss } });
const post = (...lines: object[]) =>
  app.http.inject({
    method: 'POST',
    url: '/api/lines',
    headers,
    payload: lines.map((line) => JSON.stringify(line)).join('\n'),
  });
const put = (body: object) =>
  app.http.inject({ method: 'PUT', url: '/api/runs/r/settings', headers, payload: JSON.stringify(body) });
const findings = async () => {
  await app.idle();
  const response = await app.http.inject({ url: '/api/runs/r', headers });
  return response.json<{ findings: { detector: string; status: string }[] }>().findings;
};

describe('a detector', () => {
  it('is turned off for a run over HTTP, and what it had said is resolved', async () => {
    await post(hello, log(0, 1), log(1, 'NaN'));
    expect(await findings()).toMatchObject([{ detector: 'non-finite', status: 'open' }]);
    const answer = await put({ detector: 'non-finite', enabled: false });
    expect(answer.json()).toEqual({ settings: [{ detector: 'non-finite', enabled: false, parameters: {} }] });
    expect(await findings()).toMatchObject([{ detector: 'non-finite', status: 'resolved' }]);
  });

  it('stays set after the server starts anew', async () => {
    await post(hello);
    await put({ detector: 'non-finite', enabled: false });
    await app.close();
    app = await startApp(folder.path);
    await post(hello, log(0, 1), log(1, 'NaN'));
    expect(await findings()).toEqual([]);
  });

  it('is set by the configuration file for new runs', async () => {
    const file = join(folder.path, 'tidemark.json');
    writeFileSync(file, '{"detectors":{"non-finite":{"enabled":false}}}');
    await app.close();
    app = await startApp(join(folder.path, 'data'), { file });
    await post(hello, log(0, 1), log(1, 'NaN'));
    expect(await findings()).toEqual([]);
  });

  it.each([
    [{ detector: 'non-infinite' }, 'detector'],
    [{ detector: 'gap', parameters: { share: 2 } }, 'gap: share'],
    [{ detector: 'gap', parameters: { patients: 2 } }, 'gap: parameter'],
    [{ detector: 'gap', enabled: 'no' }, 'enabled'],
  ])('set as %j is refused', async (body, field) => {
    await post(hello);
    const answer = await put(body);
    expect(answer.statusCode).toBe(400);
    expect(answer.json()).toMatchObject({ field });
  });
});
