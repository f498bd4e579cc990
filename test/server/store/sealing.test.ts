import { appendFileSync, cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { concatenated } from '../../../server/store/columns.ts';
import { Catalogue } from '../../../server/store/catalogue.ts';
import type { StoreRecord } from '../../../server/store/record.ts';
import { pointsFile } from '../../../server/store/run-folder.ts';
import { openSealThread } from '../../../server/store/seal-thread.ts';
import { openStore, type Store } from '../../../server/store/store.ts';
import type { PointColumns } from '../../../shared/points.ts';
import { randomFrom } from '../../support/random.ts';
import { temporaryFolder } from '../../support/server.ts';
import { helloRecord, tableOf, tableRecord } from '../../support/tables.ts';

let folder: ReturnType<typeof temporaryFolder>;
let store: Store | null = null;
const warnings: string[] = [];
beforeEach(() => {
  folder = temporaryFolder();
  warnings.length = 0;
});
afterEach(async () => {
  await store?.close();
  store = null;
  folder.remove();
});

async function open(segmentBytes = 20_000): Promise<Store> {
  await store?.close();
  store = await openStore(folder.path, { segmentBytes, warn: (message) => warnings.push(message) });
  return store;
}
async function pointsOf(of: Store, id = 'r', key = 'loss', attempt = 0): Promise<PointColumns> {
  const run = of.runs.get(id)!;
  const parts: PointColumns[] = [];
  for await (const part of of.points.scan(run, run.series.get(key)!, attempt)) parts.push(part);
  return concatenated(parts);
}
/** Appends values in records of `cut`, each in a group of its own. */
async function log(to: Store, values: readonly number[], cut = 100, options = {}): Promise<void> {
  for (let i = 0; i < values.length; i += cut)
    await to.append([tableRecord(tableOf(values.slice(i, i + cut), { firstStep: i, ...options }), i + 1)]);
}
const values = Array.from({ length: 5_000 }, (_, i) => (i % 97 === 0 ? NaN : Math.sin(i) / (1 + i)));
const segments = () => readdirSync(join(folder.path, 'journal')).filter((name) => name.endsWith('.log'));

describe('sealing', () => {
  it('holds up appending while it is far behind, and no longer', async () => {
    let release = (): void => undefined;
    const released = new Promise<void>((resolve) => (release = resolve));
    store = await openStore(folder.path, {
      segmentBytes: 1_000,
      sealThread: (of) => {
        const sealer = openSealThread(of);
        return { ...sealer, seal: (segment) => released.then(() => sealer.seal(segment)) };
      },
    });
    await store.append([helloRecord()]);
    let appended = 0;
    const logged = (async () => {
      for (; appended < 10; appended++)
        await log(store, values.slice(0, 100), 100, { firstStep: 100 * appended });
    })();
    await vi.waitFor(() => expect(segments()).toHaveLength(5), 60_000);
    for (let i = 0; i < 50; i++) await new Promise(setImmediate);
    expect(appended).toBeLessThan(6);
    expect(segments()).toHaveLength(5);
    release();
    await logged;
    expect(appended).toBe(10);
  });

  it('takes its time, until somebody waits for it or the next segment is full', async () => {
    const order: string[] = [];
    let release = (): void => undefined;
    const released = new Promise<void>((resolve) => (release = resolve));
    store = await openStore(folder.path, {
      segmentBytes: 1_000,
      sealThread: (of) => {
        const sealer = openSealThread(of);
        return {
          ...sealer,
          hurry: () => void order.push('hurry'),
          seal(segment) {
            order.push(`seal ${segment}`);
            return released.then(() => sealer.seal(segment));
          },
        };
      },
    });
    await store.append([helloRecord()]);
    await log(store, values.slice(0, 100));
    await log(store, values.slice(0, 100), 100, { firstStep: 100 });
    store.seal();
    await vi.waitFor(() => expect(order).toEqual(['seal 1']), 60_000);
    await log(store, values.slice(0, 100), 100, { firstStep: 200 });
    expect(order.slice(0, 2)).toEqual(['seal 1', 'hurry']);
    release();
    await store.sealed();
    order.length = 0;
    await log(store, values.slice(0, 100), 100, { firstStep: 300 });
    await log(store, values.slice(0, 100), 100, { firstStep: 400 });
    await vi.waitFor(() => expect(order).toHaveLength(1), 60_000);
    const sealed = store.sealed();
    expect(order).toContain('hurry');
    await sealed;
  });

  it('leaves nothing waiting of each append, while it goes on without end', async () => {
    let release = (): void => undefined;
    const released = new Promise<void>((resolve) => (release = resolve));
    let asked = 0;
    store = await openStore(folder.path, {
      segmentBytes: 100_000,
      sealable: () => {
        asked++;
        return Infinity;
      },
      sealThread: (of) => {
        const sealer = openSealThread(of);
        return { ...sealer, seal: (segment) => released.then(() => sealer.seal(segment)) };
      },
    });
    await store.append([helloRecord()]);
    await log(store, values);
    expect(segments()).toHaveLength(2);
    const appends = 500;
    for (let i = 0; i < appends; i++) await log(store, [1], 1, { firstStep: 5_000 + i });
    expect(segments()).toHaveLength(3);
    asked = 0;
    release();
    await store.sealed();
    expect(asked).toBeLessThan(appends / 10);
  });

  it('moves full segments into chunks, and every point stays as it was', async () => {
    let opened = await open();
    await opened.append([helloRecord()]);
    await log(opened, values);
    await opened.sealed();
    expect(segments()).toHaveLength(1);
    const attempt = opened.runs.get('r')!.series.get('loss')!.attempts.get(0)!;
    expect(attempt.sealed).toBeGreaterThan(4_000);
    expect([...(await pointsOf(opened)).values]).toEqual(values);
    opened = await open();
    const { steps, times, values: again } = await pointsOf(opened);
    expect([...again]).toEqual(values);
    expect([...steps]).toEqual(values.map((_, i) => i));
    expect([...times]).toEqual(values.map((_, i) => 1_790_000_000 + i));
    expect(opened.runs.get('r')).toMatchObject({ points: 5_000, status: 'running' });
    expect(opened.runs.get('r')?.writers.get('w')?.received.last).toBe(5_000);
    expect(warnings).toEqual([]);
  });

  it('is read through in pieces, the next while one is decoded, and no piece is another', async () => {
    const opened = await open(64_000_000);
    await opened.append([helloRecord()]);
    // Doubles that no compression makes shorter: about four reads.
    const random = randomFrom(7);
    const long = Array.from({ length: 200_000 }, () => random() * random());
    await log(opened, long, 20_000);
    await opened.sealAll();
    const run = opened.runs.get('r')!;
    const found: number[] = [];
    for await (const { values: some } of opened.points.scan(run, run.series.get('loss')!, 0)) {
      await new Promise(setImmediate); // what is read ahead has time to come
      found.push(...some);
    }
    expect(found.length).toBe(long.length);
    expect(found.findIndex((value, i) => value !== long[i])).toBe(-1);
  });

  it('keeps attempts and ranks apart, and puts late points where they belong', async () => {
    const opened = await open(4_000);
    await opened.append([helloRecord(), helloRecord('r', 'w1', { rank: 1 })]);
    const rows = values.slice(0, 1_500);
    await log(opened, rows);
    await log(opened, rows.slice(0, 700), 100, { attempt: 1 });
    await log(opened, rows, 100, { rank: 1, writer: 'w1' });
    // Between points that are sealed: a line that fills a gap.
    await opened.append([tableRecord(tableOf([7, 8, 9], { firstStep: 600 }), 90_000)]);
    await log(opened, rows, 100, { series: 'lr' });
    await opened.sealed();
    const late = [...rows.slice(0, 601), 7, rows[601], 8, rows[602], 9, ...rows.slice(603)];
    expect([...(await pointsOf(opened)).values]).toEqual(late);
    const again = await open(4_000);
    expect([...(await pointsOf(again)).values]).toEqual(late);
    expect([...(await pointsOf(again, 'r', 'loss', 1)).values]).toEqual(rows.slice(0, 700));
    expect([...(await pointsOf(again, 'r', 'loss\n1')).values]).toEqual(rows);
  });

  it('gives every point back, whatever comes in whatever order', async () => {
    const batch = fc.record({
      series: fc.constantFrom('a', 'b'),
      attempt: fc.integer({ min: 0, max: 1 }),
      firstStep: fc.integer({ min: 0, max: 3_000 }),
      values: fc.array(fc.oneof(fc.double(), fc.float()), { minLength: 1, maxLength: 400 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(batch, { maxLength: 30 }), async (batches) => {
        const own = temporaryFolder();
        const opened = await openStore(own.path, { segmentBytes: 3_000 });
        await opened.append([helloRecord()]);
        const expected = new Map<string, { step: number; value: number }[]>();
        let seq = 1;
        for (const { values: some, ...options } of batches) {
          await opened.append([tableRecord(tableOf(some, options), seq)]);
          seq += some.length;
          const key = `${options.series} ${options.attempt}`;
          const points = expected.get(key) ?? [];
          points.push(...some.map((value, i) => ({ step: options.firstStep + i, value })));
          expected.set(key, points);
        }
        await opened.sealed();
        for (const [key, points] of expected) {
          const [series, attempt] = key.split(' ');
          const read = await pointsOf(opened, 'r', series, Number(attempt));
          const sorted = points.sort((one, other) => one.step - other.step);
          expect([...read.steps]).toEqual(sorted.map(({ step }) => step));
          expect([...read.values]).toEqual(sorted.map(({ value }) => value));
        }
        await opened.close();
        own.remove();
      }),
      { numRuns: 25 },
    );
  }, 60_000);

  it('lets runs come to rest, and finds them again', async () => {
    const opened = await open(4_000);
    await opened.append([helloRecord('done', 'w', { name: 'first' })]);
    await log(opened, values.slice(0, 500), 100, { run: 'done' });
    const end: StoreRecord = {
      ...{ kind: 'line', at: 5, run: 'done', writer: 'w', seqs: { from: 501, to: 501 } },
      line: { kind: 'end', status: 'finished' },
    };
    await opened.append([end, helloRecord('live', 'w2')]);
    await log(opened, values, 100, { run: 'live', writer: 'w2' });
    await opened.sealed();
    expect(opened.runs.isLive('done')).toBe(false);
    expect(opened.runs.get('done')).toMatchObject({ name: 'first', status: 'finished', points: 500 });
    expect(JSON.parse(opened.state('done')!)).toMatchObject({ run: 'done', status: 'finished', points: 500 });
    expect([...opened.runs.keys()]).toEqual(['done', 'live']);
    const again = await open(4_000);
    expect(again.runs.isLive('done')).toBe(false);
    expect([...(await pointsOf(again, 'done')).values]).toEqual(values.slice(0, 500));
    // A run that goes on is live again.
    await again.append([helloRecord('done', 'w3'), tableRecord(tableOf([1], { run: 'done', writer: 'w3', firstStep: 500 }))]); // prettier-ignore
    expect(again.runs.isLive('done')).toBe(true);
    expect((await pointsOf(again, 'done')).values.at(-1)).toBe(1);
  });

  it('may be broken off anywhere: what a seal had written and not committed is written over', async () => {
    let opened = await open();
    await opened.append([helloRecord()]);
    await log(opened, values.slice(0, 2_000));
    await opened.sealed();
    await opened.close();
    store = null;
    const file = pointsFile(folder.path, 'r');
    appendFileSync(file, Buffer.alloc(5_000, 0xaa));
    opened = await open();
    await log(
      opened,
      values.slice(2_000).map((value) => value),
      100,
      {},
    ); // steps from 0 again: late, all of them
    await opened.sealed();
    expect((await pointsOf(opened)).values).toHaveLength(5_000);
  });

  it('deletes a segment that was sealed and not yet deleted, unread', async () => {
    let opened = await open();
    await opened.append([helloRecord()]);
    const before = join(folder.path, 'journal', '00000001.log');
    await log(opened, values.slice(0, 800));
    const kept = readFileSync(before);
    await log(opened, values.slice(800, 2_000), 100, { firstStep: 800 });
    await opened.sealed();
    expect(existsSync(before)).toBe(false);
    const count = (await pointsOf(opened)).values.length;
    await opened.close();
    store = null;
    writeFileSync(before, kept);
    opened = await open();
    expect(existsSync(before)).toBe(false);
    expect((await pointsOf(opened)).values).toHaveLength(count);
  });

  it('names a chunk that is damaged, and reads the others', async () => {
    let opened = await open();
    await opened.append([helloRecord()]);
    await log(opened, values);
    await opened.sealed();
    await opened.close();
    store = null;
    const file = pointsFile(folder.path, 'r');
    const bytes = readFileSync(file);
    bytes[100] ^= 1;
    writeFileSync(file, bytes);
    opened = await open();
    await expect(pointsOf(opened)).rejects.toThrow(
      /run r, series loss, steps 0 to \d+: the chunk in .*points at byte 0 has a wrong checksum/,
    );
    const run = opened.runs.get('r')!;
    const wish = { axis: 'step', from: -Infinity, to: Infinity, width: 8_192 } as const;
    const window = await opened.points.window(run, run.series.get('loss')!, 0, wish);
    expect(window.damaged).toHaveLength(1);
    expect(window.total).toBeGreaterThan(3_000);
  });
});

describe('a data folder', () => {
  it('of the first format, a journal alone, is taken over', async () => {
    let opened = await openStore(folder.path, { segmentBytes: 5_000 });
    await opened.close();
    const journal = join(folder.path, 'journal');
    const plain = temporaryFolder();
    // As the first format had it: segments of every age, none of them sealed.
    const { openJournal } = await import('../../../server/store/journal.ts');
    const old = await openJournal(join(plain.path, 'journal'), () => undefined, { segmentBytes: 5_000 });
    await old.append([helloRecord()]);
    for (let i = 0; i < values.length; i += 100)
      await old.append([tableRecord(tableOf(values.slice(i, i + 100), { firstStep: i }), i + 1)]);
    await old.close();
    for (const name of readdirSync(join(plain.path, 'journal'))) {
      const file = join(plain.path, 'journal', name);
      const bytes = readFileSync(file);
      bytes.write('1', 'TIDEMARK JOURNAL '.length);
      writeFileSync(file, bytes);
    }
    const warn = (message: string) => warnings.push(message);
    opened = store = await openStore(plain.path, { warn, replayedBytes: 10_000 });
    expect([...(await pointsOf(opened)).values]).toEqual(values);
    expect(warnings[0]).toContain('sealing segment 1');
    await opened.close();
    store = null;
    plain.remove();
    expect(existsSync(journal)).toBe(true);
  });

  it('of a newer format is refused, saying which side is old', async () => {
    await (await openStore(folder.path)).close();
    const { open: openLmdb } = await import('lmdb');
    const root = openLmdb({ path: join(folder.path, 'catalogue.mdb'), encoding: 'binary', maxDbs: 16 });
    const newer = Buffer.alloc(8);
    newer.writeDoubleLE(3);
    root.openDB({ name: 'meta', encoding: 'binary' }).putSync('format', newer);
    await root.close();
    await expect(openStore(folder.path)).rejects.toThrow(
      'must be of format 2, but ' + folder.path + ' is of format 3: this Tidemark is the older side',
    );
    expect(readdirSync(folder.path)).not.toContain('lock');
  });

  it('is read by another while it is written to, as it was when that began', async () => {
    const opened = await open();
    await opened.append([helloRecord()]);
    await log(opened, values.slice(0, 2_000));
    await opened.sealed();
    const copy = temporaryFolder();
    cpSync(folder.path, copy.path, { recursive: true });
    const reader = new Catalogue(folder.path, { readOnly: true });
    const before = reader.run('r')?.plain.points;
    await log(opened, values.slice(2_000), 100, { firstStep: 2_000 });
    await opened.sealed();
    expect(reader.run('r')?.plain.points).toBe(before);
    await reader.close();
    copy.remove();
  });
});
