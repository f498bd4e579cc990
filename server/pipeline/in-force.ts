import type { Column, Table } from '../table.ts';

let nans = new Float64Array(1).fill(NaN);

/** The value in force at each row: the column's latest at or before it, or the one from before the table. */
export function inForce(table: Table, column: Column | undefined, before: number): Float64Array {
  const count = table.steps.length;
  if (column?.rows === null) return column.values;
  if (!column && Number.isNaN(before)) {
    // Most tables of a run are equally long.
    if (nans.length !== count) nans = new Float64Array(count).fill(NaN);
    return nans;
  }
  const values = new Float64Array(count).fill(before);
  if (column) {
    for (let i = 0; i < column.rows.length; i++) {
      values.fill(column.values[i], column.rows[i], column.rows[i + 1] ?? count);
    }
  }
  return values;
}
