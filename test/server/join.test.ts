import { expect, test } from 'vitest';
import { joinFirst, joinTables } from '../../server/join.ts';
import type { StoreRecord, TableRecord } from '../../server/store/record.ts';
import { helloRecord, tableOf, tableRecord } from '../support/tables.ts';

const seqs = (records: readonly unknown[]) =>
  records.map((record) => (record as Partial<TableRecord>).seqs ?? (record as { kind: string }).kind);

test('tables that go on from each other become one, series by series', () => {
  const sparse = tableRecord(tableOf([3], { firstStep: 2 }), 3);
  const both = { ...sparse, table: { ...sparse.table, columns: [...sparse.table.columns, { series: 'val', rows: null, values: Float64Array.of(9) }] } }; // prettier-ignore
  const [joined, ...rest] = joinTables([
    tableRecord(tableOf([1, 2])),
    both,
    tableRecord(tableOf([4], { firstStep: 3 }), 4),
  ]);
  expect(rest).toEqual([]);
  const { table, seqs } = joined as TableRecord;
  expect(seqs).toEqual({ from: 1, to: 4 });
  expect([...table.steps]).toEqual([0, 1, 2, 3]);
  expect(table.columns).toEqual([
    { series: 'loss', rows: null, values: Float64Array.of(1, 2, 3, 4) },
    { series: 'val', rows: Uint32Array.of(2), values: Float64Array.of(9) },
  ]);
});

test('tables of other runs between do not hinder it; other records of the run do, and other writers and attempts', () => {
  const table = (from: number, options: object = {}) =>
    tableRecord(tableOf([from], { firstStep: from, ...options }), from);
  expect(seqs(joinTables([table(1), table(1, { run: 's' }), table(2), table(2, { run: 's' })]))).toEqual([
    { from: 1, to: 2 },
    { from: 1, to: 2 },
  ]);
  expect(joinTables([table(1), helloRecord(), table(2)])).toHaveLength(3);
  expect(joinTables([table(1), table(2, { writer: 'w2' })])).toHaveLength(2);
  expect(joinTables([table(1), table(2, { attempt: 1 })])).toHaveLength(2);
  expect(joinTables([table(1), table(3)])).toHaveLength(2);
});

test('a joined table has no more points than one turn takes', () => {
  const table = (from: number) => tableRecord(tableOf([1, 2, 3, 4], { firstStep: 4 * from }), 4 * from + 1);
  const joined = joinTables([table(0), table(1), table(2), table(3), table(4)], 9);
  expect(seqs(joined)).toEqual([
    { from: 1, to: 8 },
    { from: 9, to: 16 },
    { from: 17, to: 20 },
  ]);
});

test('the first table is joined with those that go on from it, up to as many points, and with nothing behind them', () => {
  const table = (from: number) => tableRecord(tableOf([1, 2, 3, 4], { firstStep: 4 * from }), 4 * from + 1);
  const first = (records: readonly StoreRecord[], most: number) => {
    const found = joinFirst(records, most);
    return found && [found.count, ...seqs([found.record])];
  };
  const three = [table(0), table(1), table(2)];
  expect(first(three, 9)).toEqual([2, { from: 1, to: 8 }]);
  expect(first(three, 12)).toEqual([3, { from: 1, to: 12 }]);
  expect(first(three, 3)).toEqual([1, { from: 1, to: 4 }]);
  expect(first([table(0), helloRecord(), table(1)], 99)).toEqual([1, { from: 1, to: 4 }]);
  expect(first([table(0), table(2)], 99)).toEqual([1, { from: 1, to: 4 }]);
  expect(first([helloRecord(), table(0)], 99)).toEqual([1, 'hello']);
  expect(joinFirst([])).toBeNull();
});
