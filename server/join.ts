import { pointsIn, runOf, type StoreRecord, type TableRecord } from './store/record.ts';
import type { Column, Table } from './table.ts';

/**
 * Makes one table of those that go on from each other within a group: of the same writer and attempt, with numbers that
 * follow, and nothing else of their run between them. Fewer and longer tables cost the journal, the store and the
 * detectors less; what they hold is the same. Records of one run keep their order.
 * @param most points of a joined table: the detectors are shown it in one turn
 */
export function joinTables(records: readonly StoreRecord[], most = MOST): StoreRecord[] {
  const groups: (StoreRecord | TableRecord[])[] = [];
  /** The tables of each run that the next one may go on from. */
  const open = new Map<string, Begun>();
  for (const record of records) {
    const run = runOf(record);
    const last = open.get(run);
    if (record.kind !== 'table') {
      groups.push(record);
      open.delete(run);
      continue;
    }
    const points = pointsIn(record);
    if (last && last.points + points <= most && goesOn(last.tables[last.tables.length - 1], record)) {
      last.tables.push(record);
      last.points += points;
    } else {
      const begun = { tables: [record], points };
      groups.push(begun.tables);
      open.set(run, begun);
    }
  }
  return groups.map((group) => (Array.isArray(group) ? joined(group) : group));
}

/**
 * Makes one table of the first of a run's records and those that go on from it; looks no further than that.
 * @param most points of the joined table; a longer first one is alone
 * @returns what comes of it, and how many records are in it; null where there are none
 */
export function joinFirst(
  records: Iterable<StoreRecord>,
  most = MOST,
): { readonly record: StoreRecord; readonly count: number } | null {
  const tables: TableRecord[] = [];
  let points = 0;
  for (const record of records) {
    if (record.kind !== 'table') {
      if (tables.length === 0) return { record, count: 1 };
      break;
    }
    points += pointsIn(record);
    if (tables.length > 0 && (points > most || !goesOn(tables[tables.length - 1], record))) break;
    tables.push(record);
  }
  return tables.length > 0 ? { record: joined(tables), count: tables.length } : null;
}

const MOST = 2000;

interface Begun {
  readonly tables: TableRecord[];
  points: number;
}

function goesOn({ table: a, seqs }: TableRecord, { table: b, seqs: next }: TableRecord): boolean {
  return next.from === seqs.to + 1 && a.writer === b.writer && a.rank === b.rank && a.attempt === b.attempt;
}

function joined(records: readonly TableRecord[]): TableRecord {
  if (records.length === 1) return records[0];
  const [first, last] = [records[0], records[records.length - 1]];
  const rows = records.reduce((sum, { table }) => sum + table.steps.length, 0);
  const [steps, times] = [new Float64Array(rows), new Float64Array(rows)];
  const parts = new Map<string, Part[]>();
  let from = 0;
  for (const { table } of records) {
    steps.set(table.steps, from);
    times.set(table.times, from);
    for (const column of table.columns) {
      const part = { column, from };
      const known = parts.get(column.series);
      if (known) known.push(part);
      else parts.set(column.series, [part]);
    }
    from += table.steps.length;
  }
  const columns = [...parts].map(([series, of]) => joinColumn(series, of, rows));
  const table: Table = { ...first.table, steps, times, columns };
  return { kind: 'table', at: last.at, seqs: { from: first.seqs.from, to: last.seqs.to }, table };
}

/** A column of one table, and where the table's rows begin among all. */
interface Part {
  readonly column: Column;
  readonly from: number;
}

function joinColumn(series: string, parts: readonly Part[], total: number): Column {
  const count = parts.reduce((sum, { column }) => sum + column.values.length, 0);
  const values = new Float64Array(count);
  const rows = count === total ? null : new Uint32Array(count);
  let at = 0;
  for (const { column, from } of parts) {
    values.set(column.values, at);
    if (rows) {
      for (let i = 0; i < column.values.length; i++) rows[at + i] = from + (column.rows ? column.rows[i] : i);
    }
    at += column.values.length;
  }
  return { series, rows, values };
}
