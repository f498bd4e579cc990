import { expect, it } from 'vitest';
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
