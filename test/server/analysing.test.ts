import { expect, it } from 'vitest';
import { Analysing } from '../../server/analysing.ts';
import type { StoreRecord } from '../../server/store/record.ts';
import { helloRecord } from '../support/tables.ts';

const busy = (ms: number) => {
  for (const end = performance.now() + ms; performance.now() < end;);
};

it('shows the pipeline groups in their order, a few milliseconds a turn', async () => {
  const seen: string[] = [];
  let turns = 0;
  const turn = () => {
    turns++;
    if (seen.length < 4) setImmediate(turn);
  };
  setImmediate(turn);
  const record = (name: string): StoreRecord => ({ ...helloRecord(), name }) as StoreRecord;
  const analysing = new Analysing((each) => {
    busy(6);
    seen.push((each as unknown as { name: string }).name);
    return [each];
  });
  const concluded = await new Promise<StoreRecord[]>((resolve) => {
    analysing.add({ records: [record('a'), record('b')], points: 2, seen: () => seen.push('first') });
    analysing.add({ records: [record('c')], points: 1, seen: resolve });
    expect(seen).toEqual(['a']);
  });
  expect(seen).toEqual(['a', 'b', 'first', 'c']);
  expect(concluded).toMatchObject([{ name: 'c' }]);
  expect(turns).toBeGreaterThanOrEqual(2);
  expect(analysing.points).toBe(0);
});

it('has room while no more points wait than it may hold', async () => {
  const analysing = new Analysing(() => {
    busy(6);
    return [];
  }, 10);
  const records = [helloRecord(), helloRecord()];
  const order: string[] = [];
  analysing.add({ records, points: 8, seen: () => order.push('first') });
  await analysing.room().then(() => order.push('room for more'));
  analysing.add({ records, points: 8, seen: () => order.push('second') });
  await analysing.room().then(() => order.push('room again'));
  expect(order).toEqual(['room for more', 'first', 'room again']);
});
