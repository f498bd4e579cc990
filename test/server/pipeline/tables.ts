import type { Column, Table } from '../../../server/table.ts';

/** One log line, as it was accepted. */
export interface Row {
  readonly step: number;
  readonly values: Readonly<Record<string, number>>;
}

/** Rows as one table; a row's time is its step in seconds. */
export function tableOf(rows: readonly Row[], { run = 'run', attempt = 0, rank = 0 } = {}): Table {
  const names = [...new Set(rows.flatMap((row) => Object.keys(row.values)))];
  const columns = names.map((series): Column => {
    const at = [...rows.keys()].filter((row) => Object.hasOwn(rows[row].values, series));
    return {
      series,
      rows: at.length === rows.length ? null : Uint32Array.from(at),
      values: Float64Array.from(at, (row) => rows[row].values[series]),
    };
  });
  const steps = Float64Array.from(rows, (row) => row.step);
  return { run, writer: 'w', rank, attempt, steps, times: steps, columns };
}
