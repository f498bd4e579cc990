import { outlineOf, type StoreRecord, type TableRecord } from '../../server/store/record.ts';
import type { Table } from '../../server/table.ts';

/** A table of one series, one row a value, at steps from `firstStep`. */
export function tableOf(
  values: readonly number[],
  { series = 'loss', run = 'r', writer = 'w', rank = 0, attempt = 0, firstStep = 0 } = {},
): Table {
  return {
    run,
    writer,
    rank,
    attempt,
    steps: Float64Array.from(values, (_, i) => firstStep + i),
    times: Float64Array.from(values, (_, i) => 1_790_000_000 + firstStep + i),
    columns: [{ series, rows: null, values: Float64Array.from(values) }],
  };
}

/** The record of a table whose lines are numbered from `from`. */
export function tableRecord(table: Table, from = 1): TableRecord {
  return { kind: 'table', at: 1_790_000_000, seqs: { from, to: from + table.steps.length - 1 }, table };
}

/** A record as the journal gives it back: it knows what its table comes to. */
export function fromJournal(record: StoreRecord): StoreRecord {
  return record.kind === 'table' ? { ...record, outline: outlineOf(record) } : record;
}

/** A writer's first record. */
export function helloRecord(run = 'r', writer = 'w', extra: object = {}) {
  return {
    kind: 'hello' as const,
    at: 1_790_000_000,
    line: { kind: 'run' as const, protocol: 1, run, writer, ...extra },
  };
}
