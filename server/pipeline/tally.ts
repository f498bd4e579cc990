import type { WindowSummary } from '../detector.ts';
import type { Column } from '../table.ts';

/** Count, sum and extremes of the finite training points since the latest validation. */
export interface Tally {
  readonly count: number;
  readonly total: number;
  readonly min: number;
  readonly max: number;
  readonly last: number;
}

export const EMPTY_TALLY: Tally = { count: 0, total: 0, min: Infinity, max: -Infinity, last: NaN };

/**
 * Adds a column's values from `index` on, up to and including those of row `row`.
 * @returns the tally and the index of the first value not added
 */
export function addUpTo(tally: Tally, { rows, values }: Column, index: number, row: number): [Tally, number] {
  let { count, total, min, max, last } = tally;
  let i = index;
  for (; i < values.length && (rows ? rows[i] : i) <= row; i++) {
    const value = values[i];
    // NaN and ±Infinity minus themselves are NaN: finite values alone compare equal to 0.
    if (value - value !== 0) continue;
    count++;
    total += value;
    if (value < min) min = value;
    if (value > max) max = value;
    last = value;
  }
  return [i === index ? tally : { count, total, min, max, last }, i];
}

/** What a window tells of its training points; null when there were none. */
export function summary({ count, total, min, max, last }: Tally): WindowSummary | null {
  return count === 0 ? null : { count, mean: total / count, min, max, last };
}
