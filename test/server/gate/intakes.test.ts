import { afterEach, beforeEach, expect, it } from 'vitest';
import { firstValueFrom } from 'rxjs';
import { openGate } from '../../../server/gate/gate.ts';
import type { Intake } from '../../../server/gate/intake.ts';
import { type Monitor, openMonitor } from '../../../server/monitor.ts';
import { NO_SETTINGS } from '../../../server/settings/config-file.ts';
import { openStore, type Store } from '../../../server/store/store.ts';
import { LIMITS } from '../../../shared/limits.ts';
import { temporaryFolder } from '../../support/server.ts';

let folder: ReturnType<typeof temporaryFolder>;
let store: Store;
let monitor: Monitor;
const now = () => 1_790_000_000;
const warn = () => undefined;
beforeEach(async () => {
  folder = temporaryFolder();
  monitor = await openMonitor(async (hooks) => (store = await openStore(folder.path, hooks)), { now, warn });
});
afterEach(async () => {
  await monitor.close();
  folder.remove();
});

it('what is known of runs is let go when they come to rest, and taken up again when they go on', async () => {
  const intakes = new Map<string, Intake>();
  const gate = openGate(monitor, { limits: LIMITS, now, graceMs: 1e6, httpGraceMs: 1e6, settings: NO_SETTINGS, intakes }); // prettier-ignore
  const post = (run: string, ...lines: object[]) =>
    gate.post(
      [{ kind: 'run', protocol: 1, run, writer: 'w' }, ...lines]
        .map((line) => JSON.stringify(line))
        .join('\n'),
    );
  const log = (seq: number) => ({ kind: 'log', seq, step: seq, values: { loss: 1 } });
  await post('ended', log(1), log(2), { kind: 'end', seq: 3, status: 'finished' });
  await post('running', log(1));
  await monitor.idle();
  expect([...intakes.keys()]).toEqual(['ended', 'running']);
  const rested = firstValueFrom(monitor.rested);
  await store.sealAll();
  expect(await rested).toEqual(['ended']);
  expect([...intakes.keys()]).toEqual(['running']);
  await post('ended', log(1), log(2), log(4));
  expect(monitor.runs.get('ended')!.points).toBe(3);
  gate.close();
});
