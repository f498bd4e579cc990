import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { App } from '../../../server/app.ts';
import { pipe } from '../../../server/tail/pipe.ts';
import { startApp } from '../../support/app.ts';
import { temporaryFolder } from '../../support/server.ts';

let folder: ReturnType<typeof temporaryFolder>;
let app: App & { url: string };
beforeEach(async () => {
  folder = temporaryFolder();
  process.env.TIDEMARK_DIR = folder.path;
  app = await startApp(`${folder.path}/data`);
});
afterEach(async () => {
  delete process.env.TIDEMARK_DIR;
  await app.close();
  folder.remove();
});

async function piped(chunks: readonly string[]) {
  const input = new PassThrough();
  const output = new PassThrough();
  let seen = '';
  output.on('data', (chunk: Buffer) => (seen += chunk.toString()));
  const done = pipe({ url: app.url, token: null, project: 'p', name: 'n' }, input, output);
  for (const chunk of chunks) input.write(chunk);
  input.end();
  await done;
  const { runs } = (await app.http.inject('/api/runs')).json<{ runs: Record<string, unknown>[] }>();
  return { seen, run: runs[0] };
}

describe('tidemark pipe', () => {
  it('hands the output on unchanged, and logs its values, however it is cut', async () => {
    const text = 'start\r\nstep=1 loss=2.5\nstep=2 lo' + 'ss=2.0 ü\rstep=3 loss=1.5';
    const { seen, run } = await piped([text.slice(0, 20), text.slice(20, 33), text.slice(33)]);
    expect(seen).toBe(text);
    expect(run).toMatchObject({ project: 'p', name: 'n', status: 'finished', points: 3, step: 3 });
  });

  it('counts a training that ends in a traceback as failed', async () => {
    const { run } = await piped([
      'step=1 loss=1\n',
      'Traceback (most recent call last):\n',
      'ValueError: x\n',
    ]);
    expect(run).toMatchObject({ status: 'failed' });
  });
});
