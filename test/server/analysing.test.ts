import { expect, it, vi } from 'vitest';
import { Analysing } from '../../server/analysing.ts';
import type { StoreRecord } from '../../server/store/record.ts';
import { helloRecord, tableOf, tableRecord } from '../support/tables.ts';

const busy = (ms: number) => {
  for (const end = performance.now() + ms; performance.now() < end;);
};
const named = (name: string): StoreRecord => ({ ...helloRecord(), name }) as StoreRecord;
const nameOf = (record: StoreRecord) => (record as unknown as { name: string }).name;
/** A table of so many points. */
const points = (count: number) =>
  tableRecord(
    tableOf(
      Array.from({ length: count }, () => 1),
      { series: 'train/loss' },
    ),
    1,
  );

it('shows the pipeline groups in their order, a few milliseconds a turn', async () => {
  const seen: string[] = [];
  let turns = 0;
  const turn = () => {
    turns++;
    if (seen.length < 4) setImmediate(turn);
  };
  setImmediate(turn);
  const analysing = new Analysing((each) => {
    busy(6);
    seen.push(nameOf(each));
    return [each];
  });
  const concluded = await new Promise<StoreRecord[]>((resolve) => {
    analysing.add({ run: 'r', records: [named('a'), named('b')], seen: () => seen.push('first') });
    analysing.add({ run: 'r', records: [named('c')], seen: resolve });
    expect(seen).toEqual([]);
  });
  expect(seen).toEqual(['a', 'b', 'first', 'c']);
  expect(concluded).toMatchObject([{ name: 'c' }]);
  expect(turns).toBeGreaterThanOrEqual(2);
});

it('lets runs take turns, a record each', async () => {
  const seen: string[] = [];
  const analysing = new Analysing((each) => {
    seen.push(nameOf(each));
    return [];
  });
  await new Promise<void>((resolve) => {
    const records = ['a', 'b', 'c', 'd'].map(named);
    analysing.add({ run: 'busy', records, seen: () => resolve() });
    analysing.add({ run: 'quiet', records: [named('1')], seen: () => seen.push('quiet is seen') });
    analysing.add({ run: 'silent', records: [], seen: () => seen.push('silent is seen') });
  });
  expect(seen).toEqual(['a', '1', 'quiet is seen', 'silent is seen', 'b', 'c', 'd']);
});

it('has no room when too many points wait, and says when it has again', async () => {
  const order: unknown[] = [];
  const analysing = new Analysing(() => [], 10);
  expect(analysing.room).toBe(10);
  analysing.freed.subscribe(() => order.push('freed', analysing.room));
  await new Promise<void>((resolve) => {
    analysing.add({ run: 'r', records: [points(8), points(4)], seen: () => order.push('seen') });
    analysing.add({ run: 'r', records: [helloRecord()], seen: () => resolve() });
    expect(analysing.room).toBe(0);
  });
  expect(order).toEqual(['freed', 10, 'seen']);
});

/** A table of so many rows of one series, whose first has this number and step. */
const rowsFrom = (first: number, count = 1) =>
  tableRecord(tableOf(new Array<number>(count).fill(0.5), { series: 'train/loss', firstStep: first }), first);

it('shows tables that go on from each other as one, and keeps what they led to with the first', async () => {
  const seen: string[] = [];
  const analysing = new Analysing((record, joined) => {
    if (record.kind !== 'table') return [];
    seen.push(`${record.seqs.from} to ${record.seqs.to}, of ${joined}`);
    return [record];
  });
  const add = (run: string, ...records: StoreRecord[]) => {
    const heard = (concluded: StoreRecord[]) => seen.push(`${run} seen with ${concluded.length}`);
    analysing.add({ run, records, seen: heard });
  };
  add('r', rowsFrom(1), rowsFrom(2));
  add('r', rowsFrom(3, 3));
  add('r', rowsFrom(7)); // 6 is missing
  add('r', rowsFrom(8), helloRecord(), rowsFrom(9));
  await analysing.hurry(
    new Promise<void>((resolve) => analysing.add({ run: 'last', records: [], seen: () => resolve() })),
  );
  await new Promise(setImmediate);
  expect(seen).toEqual([
    '1 to 5, of 3',
    'r seen with 1',
    'r seen with 0',
    '7 to 8, of 2',
    'r seen with 1',
    '9 to 9, of 1',
    'r seen with 1',
  ]);
});

it('lets a few points wait for others, but not what is said beside them, nor when it is hurried', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  try {
    const seen: number[] = [];
    const analysing = new Analysing((_, joined) => {
      seen.push(joined);
      return [];
    });
    const turns = async () => {
      for (let i = 0; i < 5; i++) await new Promise(setImmediate);
    };
    const add = (record: StoreRecord) =>
      analysing.add({ run: 'r', records: [record], seen: () => undefined });
    add(rowsFrom(1));
    await turns();
    add(rowsFrom(2));
    await turns();
    expect(seen).toEqual([]);
    await vi.advanceTimersByTimeAsync(40);
    await turns();
    expect(seen).toEqual([2]);
    add(rowsFrom(3));
    add(helloRecord());
    await turns();
    expect(seen).toEqual([2, 1, 1]);
    add(rowsFrom(4));
    await analysing.hurry(turns());
    expect(seen).toEqual([2, 1, 1, 1]);
    add(rowsFrom(5, 4000));
    await turns();
    expect(seen).toEqual([2, 1, 1, 1, 1]);
  } finally {
    vi.useRealTimers();
  }
});
