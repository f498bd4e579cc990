import { truncateSync } from 'node:fs';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sortedBySteps } from '../../../server/store/attempt.ts';
import { blocksOf } from '../../../server/store/block.ts';
import { Catalogue } from '../../../server/store/catalogue.ts';
import { compactRun } from '../../../server/store/compact.ts';
import { pointsFile } from '../../../server/store/run-folder.ts';
import { openStore, type Store } from '../../../server/store/store.ts';
import type { Wish } from '../../../server/store/window.ts';
import type { PointColumns } from '../../../shared/points.ts';
import { randomFrom } from '../../support/random.ts';
import { temporaryFolder } from '../../support/server.ts';
import { helloRecord, tableRecord } from '../../support/tables.ts';
import { expectWindow } from '../../support/windows.ts';

let folder: ReturnType<typeof temporaryFolder>;
let store: Store | null = null;
beforeEach(() => (folder = temporaryFolder()));
afterEach(close);
afterEach(() => folder.remove());

async function close(): Promise<void> {
  await store?.close();
  store = null;
}

const START = 1_790_000_000;

/** What a trainer's clock does before a table: it goes on, or is set by so many seconds. */
interface Batch {
  readonly count: number;
  readonly setBefore: number;
  /** And in the middle of the table. */
  readonly setWithin: number;
  /** Points that come with it, too late, from so many steps before; 0: none. */
  readonly late: number;
  readonly then: 'go on' | 'seal' | 'restart' | 'older release' | 'compact';
}

/** Takes out of the catalogue what is known of times, as a release that did not look has left it. */
async function forgetTimes(): Promise<void> {
  const catalogue = new Catalogue(folder.path);
  catalogue.transaction(() => {
    for (const { series, attempt, chunks } of catalogue.allChunks('r')) {
      const packed = blocksOf(chunks.map((chunk) => ({ ...chunk, times: 'rising' as const })));
      const older = packed.map((block) => block.subarray(0, -1));
      catalogue.putBlocks('r', series, attempt, 0, older);
    }
  });
  await catalogue.close();
}

async function compact(): Promise<void> {
  const catalogue = new Catalogue(folder.path);
  compactRun(folder.path, catalogue, 'r');
  await catalogue.close();
}

/** Logs batches as they say. @returns every point, ascending by step */
async function log(batches: readonly Batch[], seed: number): Promise<PointColumns> {
  const random = randomFrom(seed);
  const all: { step: number; time: number; value: number }[] = [];
  const open = async () => (store = await openStore(folder.path, { segmentBytes: 1e9 }));
  let kept = await open();
  await kept.append([helloRecord()]);
  let [step, clock, seq] = [0, START, 1];
  for (const { count, setBefore, setWithin, late, then } of batches) {
    clock += setBefore;
    const rows = Array.from({ length: count }, (_, i) => {
      if (i === count >> 1) clock += setWithin;
      const value = random() < 0.01 ? NaN : random() < 0.01 ? 1_000 * random() : random();
      return { step: 2 * step++, time: (clock += Math.ceil(8 * random()) / 8), value };
    });
    if (late > 0) {
      const from = Math.max(0, step - late) * 2 + 1;
      rows.push({ step: from, time: clock, value: 2_000 * random() });
    }
    all.push(...rows);
    const table = {
      ...{ run: 'r', writer: 'w', rank: 0, attempt: 0 },
      steps: Float64Array.from(rows, (row) => row.step),
      times: Float64Array.from(rows, (row) => row.time),
      columns: [{ series: 'loss', rows: null, values: Float64Array.from(rows, ({ value }) => value) }],
    };
    await kept.append([tableRecord(table, seq)]);
    seq += rows.length;
    if (then === 'go on') continue;
    if (then !== 'restart') await kept.sealAll();
    if (then === 'seal') continue;
    await close();
    if (then === 'older release') await forgetTimes();
    if (then === 'compact') await compact();
    kept = await open();
  }
  const column = (of: (row: (typeof all)[number]) => number) => Float64Array.from(all, of);
  return sortedBySteps({ steps: column((row) => row.step), times: column((row) => row.time), values: column((row) => row.value) }); // prettier-ignore
}

async function windowOf(wish: Wish) {
  const run = store!.runs.get('r')!;
  return store!.points.window(run, run.series.get('loss')!, 0, wish);
}

const set = fc.oneof(
  { weight: 3, arbitrary: fc.constant(0) },
  { weight: 1, arbitrary: fc.integer({ min: -4_000, max: 4_000 }) },
);
const batch: fc.Arbitrary<Batch> = fc.record({
  count: fc.integer({ min: 1, max: 1_600 }),
  setBefore: set,
  setWithin: set,
  late: fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, fc.integer({ min: 2, max: 2_000 })),
  then: fc.constantFrom<Batch['then']>('go on', 'go on', 'seal', 'restart', 'older release', 'compact'),
});
const share = fc.double({ min: 0, max: 1, noNaN: true });

/** So many points, the clock set back in their middle, and what follows; then one more table. */
const setBack = (then: Batch['then']): Batch[] => [
  { count: 900, setBefore: 0, setWithin: -300, late: 0, then },
  { count: 700, setBefore: -50, setWithin: 0, late: 0, then: 'go on' },
];

describe('a window by time', () => {
  it.each(['go on', 'seal', 'restart', 'older release', 'compact'] as const)(
    'has the points of a time that a clock had twice: %s',
    async (then) => {
      const all = await log(setBack(then), 1);
      const span = all.times.slice().sort();
      const to = span[span.length - 1];
      // Below the first time, and above the last one, of the tables they are in.
      for (const [from, until] of [
        [all.times[0] - 300, all.times[0] - 1],
        [all.times[899] + 1, to],
        [to - 250, to - 200],
      ]) {
        // prettier-ignore
        const wish = { axis: 'time', from, to: until, width: 2_000 } as const;
        expectWindow(all, await windowOf(wish), wish);
        // And once more, now that it has been looked at.
        expectWindow(all, await windowOf(wish), wish);
      }
    },
  );

  const nowhere = { axis: 'time', from: START - 3_000, to: START - 2_000, width: 10 } as const;

  it('reads what an older release has sealed once, and then knows', async () => {
    await log(setBack('older release'), 1);
    expect(await windowOf(nowhere)).toMatchObject({ total: 0, damaged: [] });
    truncateSync(pointsFile(folder.path, 'r'));
    expect(await windowOf(nowhere)).toMatchObject({ total: 0, damaged: [] });
  });

  it('tells of damage wherever nothing is known of its times', async () => {
    await log(setBack('older release'), 1);
    truncateSync(pointsFile(folder.path, 'r'));
    for (const width of [10, 2_000])
      for (const wish of [nowhere, { ...nowhere, from: -Infinity, to: Infinity }]) {
        const { total, damaged } = await windowOf({ ...wish, width });
        expect(damaged).toEqual([expect.stringContaining('is cut short')]);
        expect(total).toBe(wish === nowhere ? 0 : 700);
      }
  });

  it('has every point of it, whatever was done to the trainer’s clock and to the store', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(batch, { minLength: 1, maxLength: 5 }),
        fc.array(fc.tuple(share, share, fc.integer({ min: 1, max: 80 })), { minLength: 2, maxLength: 2 }),
        fc.integer(),
        async (batches, windows, seed) => {
          folder.remove();
          folder = temporaryFolder();
          const all = await log(batches, seed);
          const times = all.times.slice().sort();
          for (const [a, b, width] of [...windows, [0, 1, 40] as const]) {
            const [low, high] = a < b ? [a, b] : [b, a];
            const at = (part: number) => times[Math.floor(part * (times.length - 1))];
            const from = low < 0.1 ? -Infinity : at(low);
            const wish = { axis: 'time', width, from, to: high > 0.9 ? Infinity : at(high) } as const;
            expectWindow(all, await windowOf(wish), wish, Infinity);
            const every = { ...wish, width: Number.MAX_SAFE_INTEGER };
            expectWindow(all, await windowOf(every), every);
          }
          await close();
        },
      ),
      { numRuns: 60 },
    );
  }, 120_000);
});
