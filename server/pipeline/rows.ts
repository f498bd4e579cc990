import type { Points } from '../detector.ts';
import type { Binding } from '../roles.ts';
import type { Column, Table } from '../table.ts';

/** Rows `start` to `end` of a table, as a table: views, no copies but of row numbers. */
export function slice(table: Table, columns: readonly Column[], start: number, end: number): Table {
  const cutColumn = ({ series, rows, values }: Column): Column => {
    if (!rows) return { series, rows: null, values: values.subarray(start, end) };
    const from = lowerBound(rows, start);
    const to = lowerBound(rows, end);
    const shifted = rows.slice(from, to);
    for (let i = 0; i < shifted.length; i++) shifted[i] -= start;
    return { series, rows: shifted, values: values.subarray(from, to) };
  };
  return {
    ...table,
    steps: table.steps.subarray(start, end),
    times: table.times.subarray(start, end),
    columns: columns.map(cutColumn).filter((column) => column.values.length > 0),
  };
}

function lowerBound(sorted: Uint32Array, value: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle] < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The points of one series: views of the table where it has a value in every row. */
export function pointsOf(
  table: Table,
  { rows, values }: Column,
  binding: Binding,
  epochs: Float64Array,
  rates: Float64Array,
): Points {
  if (!rows) return { binding, steps: table.steps, times: table.times, values, epochs, rates };
  const pick = (from: Float64Array): Float64Array => {
    const picked = new Float64Array(rows.length);
    for (let i = 0; i < rows.length; i++) picked[i] = from[rows[i]];
    return picked;
  };
  return {
    binding,
    steps: pick(table.steps),
    times: pick(table.times),
    values,
    epochs: pick(epochs),
    rates: pick(rates),
  };
}
