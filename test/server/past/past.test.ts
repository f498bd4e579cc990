import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openPast } from '../../../server/past/past.ts';
import type { StoreRecord } from '../../../server/store/record.ts';
import { openStore, type Store } from '../../../server/store/store.ts';
import { temporaryFolder } from '../../support/server.ts';
import { helloRecord, tableOf, tableRecord } from '../../support/tables.ts';

const NEVER = new AbortController().signal;

let folder: ReturnType<typeof temporaryFolder>;
let store: Store;
beforeEach(async () => {
  folder = temporaryFolder();
  store = await openStore(folder.path);
});
afterEach(async () => {
  await store.close();
  folder.remove();
});

/** A loss that falls and runs away, of two ranks, in tables of 10 rows; later again from step 150 on. */
function records(): StoreRecord[] {
  const loss = (step: number) => (step < 180 ? 2 * Math.exp(-step / 50) + 0.1 : 0.1 * 1.4 ** (step - 180));
  const of = (rank: number, attempt: number, from: number, to: number): StoreRecord[] => {
    const writer = `w${rank}${attempt}`;
    const found: StoreRecord[] = [helloRecord('r', writer, { rank })];
    for (let first = from; first < to; first += 10) {
      const values = Array.from({ length: 10 }, (_, i) => loss(first + i) * (1 + 0.01 * rank));
      const table = tableOf(values, { series: 'train/loss', writer, rank, attempt, firstStep: first });
      found.push(tableRecord(table, first - from + 1));
    }
    return found;
  };
  return [...of(0, 0, 0, 220), ...of(1, 0, 0, 220), ...of(0, 1, 150, 240), ...of(1, 1, 150, 240)];
}

describe('the past of a run', () => {
  it('is the same by whichever stands it is reached, in whatever order', async () => {
    await store.append(records());
    const run = store.runs.get('r')!;
    const whole = openPast(store.points);
    const small = openPast(store.points, 7);
    for (let i = 0; i < 120; i++) {
      const step = (i * 97) % 241;
      const [a, b] = [await whole.at(run, step, NEVER), await small.at(run, step, NEVER)];
      expect(b, `as of step ${step}`).toEqual(a);
      expect(a).toMatchObject({ step: Math.min(step, 239), attempt: step < 150 ? 0 : 1 });
    }
    expect((await whole.at(run, 239, NEVER)).findings.length).toBeGreaterThan(0);
  });

  it('is told anew when points have come late', async () => {
    await store.append(records().slice(0, 12));
    const run = store.runs.get('r')!;
    const past = openPast(store.points, 7);
    const before = await past.at(run, 100, NEVER);
    await store.append([
      tableRecord(tableOf([NaN], { series: 'train/loss', writer: 'w00', firstStep: 55 }), 500),
    ]);
    const after = await past.at(run, 100, NEVER);
    expect(after.points).toBe(before.points + 1);
    expect(after.findings.map(({ detector }) => detector)).toContain('non-finite');
  });

  it('is given up when nobody waits for it any more, and the next one is told', async () => {
    await store.append(records());
    const run = store.runs.get('r')!;
    const past = openPast(store.points, 7);
    const gone = new AbortController();
    const first = past.at(run, 200, gone.signal);
    gone.abort(new Error('gone'));
    await expect(first).rejects.toThrow('gone');
    expect(await past.at(run, 200, NEVER)).toMatchObject({ step: 200 });
  });
});
