import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Allowance } from '../../../server/gate/quota.ts';
import { readQuotas } from '../../../server/settings/quotas.ts';
import { startApp } from '../../support/app.ts';
import { temporaryFolder } from '../../support/server.ts';

test('lets a second’s worth come at once, and makes up for more by rest', () => {
  let now = 0;
  const allowance = new Allowance({ points: 1000, runs: null }, () => now);
  expect(allowance.spend(1000)).toBe(0);
  expect(allowance.spend(500)).toBe(500);
  now = 500;
  expect(allowance.spend(0)).toBe(0);
  expect(allowance.spend(100)).toBe(100);
  now = 10_000;
  expect(allowance.spend(1000)).toBe(0);
});

test('lets as many runs run at once as it says, and further ones when some have ended', () => {
  const allowance = new Allowance({ points: null, runs: 2 }, () => 0);
  const runs = new Map<string, { status: 'running' | 'finished' }>([['a', { status: 'running' }]]);
  expect([allowance.admit('a', runs), allowance.admit('b', runs), allowance.admit('a', runs)]).toEqual([
    null,
    null,
    null,
  ]);
  expect(allowance.admit('c', runs)).toMatchObject({
    code: 'quota-runs',
    message: 'run: must be one of at most 2 runs that this token may have running, got "c"',
  });
  runs.get('a')!.status = 'finished';
  expect(allowance.admit('c', runs)).toBeNull();
});

test('is read from the configuration file, for every token and for single ones', async () => {
  const folder = temporaryFolder();
  const path = join(folder.path, 'config.json');
  writeFileSync(path, '{"quotas":{"*":{"points":100,"runs":2},"team-a":{"points":500}}}');
  const quotaOf = await readQuotas(path);
  expect([quotaOf('local'), quotaOf('team-a')]).toEqual([
    { points: 100, runs: 2 },
    { points: 500, runs: 2 },
  ]);
  writeFileSync(path, '{"quotas":{"*":{"points":0.5}}}');
  await expect(readQuotas(path)).rejects.toThrow('quotas/*/points: must be a whole number from 1, got 0.5');
  folder.remove();
});

test('whoever comes anew with a token in debt rests as long as the others', () => {
  let now = 0;
  const allowance = new Allowance({ points: 1000, runs: null }, () => now);
  expect(allowance.rest).toBe(0);
  allowance.spend(3000);
  expect(allowance.rest).toBe(2000);
  now = 1500;
  expect(allowance.rest).toBe(500);
  expect(new Allowance({ points: null, runs: null }, () => now).rest).toBe(0);
});

test('requests one after the other come no faster than a socket', async () => {
  const folder = temporaryFolder();
  const file = join(folder.path, 'config.json');
  writeFileSync(file, '{"quotas":{"*":{"points":1000}}}');
  const app = await startApp(join(folder.path, 'data'), { file });
  const began = performance.now();
  for (let seq = 1; seq <= 4; seq++) {
    const steps = Array.from({ length: 400 }, (_, i) => seq * 400 + i);
    const lines = [
      { kind: 'run', protocol: 1, run: 'r', writer: 'w' },
      { kind: 'log', seq, steps, values: { loss: steps } },
    ];
    const payload = lines.map((line) => JSON.stringify(line)).join('\n');
    await app.http.inject({ method: 'POST', url: '/api/lines', headers: { host: 'localhost' }, payload });
  }
  // 1000 at once, 200 of the third made up for before the fourth is looked at.
  expect(performance.now() - began).toBeGreaterThanOrEqual(199);
  await app.close();
  folder.remove();
});
