import type { Column, Table } from '../table.ts';

/** Whose lines a table holds. */
export interface Origin {
  readonly run: string;
  readonly writer: string;
  readonly rank: number;
  readonly attempt: number;
}

interface GrowingColumn {
  readonly rows: number[];
  readonly values: number[];
}

/** Gathers consecutive log lines of one writer and attempt into one table. */
export class TableBuilder {
  readonly #steps: number[] = [];
  readonly #times: number[] = [];
  readonly #columns = new Map<string, GrowingColumn>();

  get rows(): number {
    return this.#steps.length;
  }

  /** Begins a row: a log line. */
  row(step: number, time: number): void {
    this.#steps.push(step);
    this.#times.push(time);
  }

  /** Adds a value to the row begun last. */
  value(series: string, value: number): void {
    let column = this.#columns.get(series);
    if (column === undefined) this.#columns.set(series, (column = { rows: [], values: [] }));
    column.rows.push(this.#steps.length - 1);
    column.values.push(value);
  }

  /** The table of all rows so far. */
  build({ run, writer, rank, attempt }: Origin): Table {
    const rows = this.#steps.length;
    const columns: Column[] = [];
    for (const [series, column] of this.#columns) {
      const whole = column.rows.length === rows;
      columns.push({
        series,
        rows: whole ? null : Uint32Array.from(column.rows),
        values: Float64Array.from(column.values),
      });
    }
    return {
      run,
      writer,
      rank,
      attempt,
      steps: Float64Array.from(this.#steps),
      times: Float64Array.from(this.#times),
      columns,
    };
  }
}
