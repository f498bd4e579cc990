import { statSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Catalogue } from '../../../server/store/catalogue.ts';
import { compactRun, type CompactStep } from '../../../server/store/compact.ts';
import { pointsFile } from '../../../server/store/run-folder.ts';
import { openStore, type Store } from '../../../server/store/store.ts';
import { temporaryFolder } from '../../support/server.ts';
import { helloRecord, tableOf, tableRecord } from '../../support/tables.ts';

let folder: ReturnType<typeof temporaryFolder>;
beforeEach(() => (folder = temporaryFolder()));
afterEach(() => folder.remove());

const SERIES = ['loss', 'lr', 'few'];

/** Logs series whose last chunks are cut anew again and again, and one that stays small; returns what they hold. */
async function fill(): Promise<number[][]> {
  const store = await openStore(folder.path);
  await store.append([helloRecord()]);
  let seq = 1;
  const kept: number[][] = SERIES.map(() => []);
  for (let round = 0; round < 12; round++) {
    for (const [i, series] of SERIES.entries()) {
      const count = series === 'few' ? 3 : 330 + 40 * i;
      const firstStep = kept[i].length;
      const values = Array.from({ length: count }, (_, k) => Math.sin(firstStep + k) / (i + 1));
      await store.append([tableRecord(tableOf(values, { firstStep, series }), seq)]);
      kept[i].push(...values);
      seq += count;
    }
    await store.sealAll();
  }
  await store.close();
  return kept;
}

async function read(store: Store): Promise<number[][]> {
  const run = store.runs.get('r')!;
  const found: number[][] = [];
  for (const name of SERIES) {
    const values: number[] = [];
    for await (const part of store.points.scan(run, run.series.get(name)!, 0)) values.push(...part.values);
    found.push(values);
  }
  return found;
}

/** Compacts, and throws behind the so-manieth step as if it were killed there. */
async function compact(killedAt: number): Promise<CompactStep[]> {
  const catalogue = new Catalogue(folder.path);
  const steps: CompactStep[] = [];
  try {
    compactRun(folder.path, catalogue, 'r', (step) => {
      steps.push(step);
      if (steps.length === killedAt) throw new Error('killed');
    });
  } catch (error) {
    expect((error as Error).message).toBe('killed');
  } finally {
    await catalogue.close();
  }
  return steps;
}

describe('compacting a run’s points file', () => {
  it('gives back its holes, and leaves every point as it was', async () => {
    const kept = await fill();
    const before = statSync(pointsFile(folder.path, 'r')).size;
    let store = await openStore(folder.path);
    const bytes = await store.compact();
    expect(bytes).toBeGreaterThan(0.2 * before);
    expect(statSync(pointsFile(folder.path, 'r')).size).toBe(before - bytes);
    expect(await read(store)).toEqual(kept);
    expect(await store.compact()).toBe(0);
    await store.append([tableRecord(tableOf([7, 8], { firstStep: kept[0].length }), 100_000)]);
    await store.sealAll();
    await store.close();
    store = await openStore(folder.path);
    expect((await read(store))[0]).toEqual([...kept[0], 7, 8]);
    await store.close();
  });

  it('may be killed behind any step, again and again', async () => {
    const kept = await fill();
    const before = statSync(pointsFile(folder.path, 'r')).size;
    const check = async () => {
      const store = await openStore(folder.path);
      expect(await read(store)).toEqual(kept);
      await store.close();
    };
    // Each go is killed one step later than the one before it: what it finds is what that left.
    const steps = new Set<CompactStep>();
    for (let killedAt = 1; killedAt <= 7; killedAt++) {
      for (const step of await compact(killedAt)) steps.add(step);
      await check();
    }
    expect([...steps]).toEqual(['copied', 'synced', 'switched', 'truncated']);
    await compact(Infinity);
    await check();
    expect(statSync(pointsFile(folder.path, 'r')).size).toBeLessThan(0.8 * before);
  });

  it('goes the whole way from anywhere', async () => {
    const kept = await fill();
    const all = await compact(3); // killed with everything behind the old end
    expect(all).toEqual(['copied', 'synced', 'switched']);
    const rest = await compact(Infinity);
    expect(rest).toEqual(['copied', 'synced', 'switched', 'truncated']);
    const store = await openStore(folder.path);
    expect(await read(store)).toEqual(kept);
    expect(await store.compact()).toBe(0);
    await store.close();
  });
});
