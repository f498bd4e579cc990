/**
 * What a run logged, as columns: consecutive log lines of one writer within one attempt. Rows are lines, in the
 * order they were accepted; a column holds the values of one series and says which rows they belong to.
 * The unit of the journal, of the pipeline and of the in-memory series: no object per point.
 */
export interface Table {
  readonly run: string;
  readonly writer: string;
  readonly rank: number;
  readonly attempt: number;
  /** Step of each row. */
  readonly steps: Float64Array;
  /** Trainer's time of each row, in seconds since 1970. */
  readonly times: Float64Array;
  readonly columns: readonly Column[];
}

export interface Column {
  readonly series: string;
  /** Row of each value, ascending; null when there is one value for every row. */
  readonly rows: Uint32Array | null;
  readonly values: Float64Array;
}

/** Points in a table. */
export function pointCount(table: Table): number {
  return table.columns.reduce((sum, column) => sum + column.values.length, 0);
}

/** Steps and times of a column's values. */
export function columnPoints(table: Table, column: Column): { steps: Float64Array; times: Float64Array } {
  const { rows } = column;
  if (rows === null) return table;
  const steps = new Float64Array(rows.length);
  const times = new Float64Array(rows.length);
  for (let i = 0; i < rows.length; i++) {
    steps[i] = table.steps[rows[i]];
    times[i] = table.times[rows[i]];
  }
  return { steps, times };
}
