import { readFileSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Ack } from '../../shared/answers.ts';
import { pointsFile } from '../../server/store/run-folder.ts';
import { openStore } from '../../server/store/store.ts';
import { Client, startApp } from '../support/app.ts';
import { temporaryFolder } from '../support/server.ts';

const COUNT = 8_000;
let folder: ReturnType<typeof temporaryFolder>;
let app: Awaited<ReturnType<typeof startApp>>;

/** A run that is sealed, and a byte of one of its chunks that is another than it was. */
beforeEach(async () => {
  folder = temporaryFolder();
  app = await startApp(folder.path);
  const trainer = await Client.open(`${app.url}/api/trainer`);
  trainer.send({ kind: 'run', protocol: 1, run: 'r1', writer: 'w1' });
  for (let line = 0; line < 80; line++) {
    const steps = Array.from({ length: COUNT / 80 }, (_, i) => line * 100 + i);
    trainer.send({ kind: 'log', seq: line + 1, steps, values: { loss: steps.map(Math.sin) } });
  }
  trainer.send({ kind: 'end', seq: 81, status: 'finished' });
  for (let seq = 0; seq < 81;) ({ seq } = await trainer.kind<Ack>('ack'));
  await app.close();
  const store = await openStore(folder.path);
  await store.sealAll();
  await store.close();
  app = await startApp(folder.path);
  const file = pointsFile(folder.path, 'r1');
  const bytes = readFileSync(file);
  bytes[bytes.length >> 1] ^= 1;
  writeFileSync(file, bytes);
});
afterEach(async () => {
  await app.close();
  folder.remove();
});

describe('a damaged chunk', () => {
  it('is named where every point is asked for, beside those that can be read', async () => {
    const answer = await app.http.inject({
      url: '/api/runs/r1/points?series=loss',
      headers: { host: 'localhost' },
    });
    expect(answer.statusCode).toBe(200);
    const { attempts } = answer.json<{ attempts: { steps: number[]; damaged: string[] }[] }>();
    const [{ damaged, steps }] = attempts;
    expect(damaged).toHaveLength(1);
    expect(damaged[0]).toMatch(
      /^run r1, series loss, steps \d+ to \d+: the chunk in .* has a wrong checksum$/,
    );
    expect(steps.length).toBeGreaterThan(COUNT / 2);
  });

  it.each(['gzip', 'identity'])(
    'cuts off a stream of text in %s, and the server goes on',
    async (encoding) => {
      const answer = fetch(`${app.url}/api/runs/r1/points?series=loss&format=csv`, {
        headers: { 'accept-encoding': encoding },
      });
      await expect(answer.then((one) => one.text())).rejects.toThrow('terminated');
      expect((await fetch(`${app.url}/healthz`)).status).toBe(200);
    },
  );
});
