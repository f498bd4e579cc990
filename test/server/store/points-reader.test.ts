import { renameSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { pointsFile } from '../../../server/store/run-folder.ts';
import { openStore, type Store } from '../../../server/store/store.ts';
import type { StoreRecord } from '../../../server/store/record.ts';
import { temporaryFolder } from '../../support/server.ts';
import { helloRecord, tableOf, tableRecord } from '../../support/tables.ts';

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

const COUNT = 4_000;
const END: StoreRecord = {
  ...{ kind: 'line', at: 1, run: 'r', writer: 'w', seqs: { from: COUNT + 1, to: COUNT + 1 } },
  line: { kind: 'end', status: 'finished' },
};

/** Keeps a run of so many points that are all of one value, sealed. */
async function keep(value: number): Promise<void> {
  await store.append([helloRecord(), tableRecord(tableOf(Array.from({ length: COUNT }, (_, i) => value + Math.sin(i))), 1), END]); // prettier-ignore
  await store.sealAll();
}

async function read() {
  const run = store.runs.get('r')!;
  const wish = { axis: 'step', from: 0, to: COUNT, width: COUNT } as const;
  return store.points.window(run, run.series.get('loss')!, 0, wish);
}

describe('the reader of points', () => {
  it('reads a file that could not be opened before, once it can', async () => {
    await keep(0);
    const file = pointsFile(folder.path, 'r');
    renameSync(file, `${file}.away`);
    expect((await read()).damaged[0]).toContain('cannot be read (ENOENT');
    renameSync(`${file}.away`, file);
    const { steps, damaged } = await read();
    expect([steps.length, damaged]).toEqual([COUNT, []]);
  });

  it('reads a run that was deleted and has come again, and not the file of the one before', async () => {
    await keep(0);
    await read();
    await store.remove('r');
    await keep(100);
    const { steps, values, damaged } = await read();
    expect([steps.length, damaged]).toEqual([COUNT, []]);
    expect(Math.min(...values)).toBeGreaterThanOrEqual(99);
  });
});
