import type { Column, Table } from '../table.ts';

/** Whose lines a table holds. */
export interface Origin {
  readonly run: string;
  readonly writer: string;
  readonly rank: number;
  readonly attempt: number;
}

/** A column that grows, in typed arrays that double. */
export interface GrowingColumn {
  readonly series: string;
  values: Float64Array;
  /** Row of each value; null while there is one in every row from the first. */
  rows: Uint32Array | null;
  count: number;
}

/** Rows that a builder has room for at first. */
const ROWS = 8;

/** Gathers consecutive log lines of one writer and attempt into one table. */
export class TableBuilder {
  #steps = new Float64Array(ROWS);
  #times = new Float64Array(ROWS);
  #rows = 0;
  readonly #columns = new Map<string, GrowingColumn>();

  get rows(): number {
    return this.#rows;
  }

  /** Begins a row: a log line. */
  row(step: number, time: number): void {
    if (this.#rows === this.#steps.length) {
      this.#steps = doubled(this.#steps);
      this.#times = doubled(this.#times);
    }
    this.#steps[this.#rows] = step;
    this.#times[this.#rows++] = time;
  }

  /** The column of a series, for `add`. */
  column(series: string): GrowingColumn {
    let column = this.#columns.get(series);
    if (column === undefined) {
      column = { series, values: new Float64Array(this.#steps.length), rows: null, count: 0 };
      this.#columns.set(series, column);
    }
    return column;
  }

  /** Adds a value to the row begun last, of one of this builder's columns. */
  add(column: GrowingColumn, value: number): void {
    const { count } = column;
    if (count === column.values.length) {
      column.values = doubled(column.values);
      if (column.rows) column.rows = enlarged(column.rows, count * 2);
    }
    const row = this.#rows - 1;
    if (column.rows === null && count !== row) {
      column.rows = new Uint32Array(column.values.length);
      for (let i = 0; i < count; i++) column.rows[i] = i;
    }
    if (column.rows) column.rows[count] = row;
    column.values[count] = value;
    column.count++;
  }

  /** The table of all rows so far; the builder is not to be used after it. */
  build({ run, writer, rank, attempt }: Origin): Table {
    const rows = this.#rows;
    const columns: Column[] = [];
    for (const column of this.#columns.values()) {
      const { series, count } = column;
      // A column that ended before the last row had no reason yet to know its rows.
      const indexes =
        column.rows ?? (count === rows ? null : Uint32Array.from({ length: count }, (_, i) => i));
      columns.push({
        series,
        rows: indexes?.subarray(0, count) ?? null,
        values: column.values.subarray(0, count),
      });
    }
    const steps = this.#steps.subarray(0, rows);
    return { run, writer, rank, attempt, steps, times: this.#times.subarray(0, rows), columns };
  }
}

function doubled(array: Float64Array): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(array.length * 2);
  larger.set(array);
  return larger;
}

function enlarged(array: Uint32Array, length: number): Uint32Array {
  const larger = new Uint32Array(length);
  larger.set(array);
  return larger;
}
