import type { PointColumns } from '../shared/points.ts';

/**
 * The points of one line of a chart: one series of one rank in one attempt, as growable columns.
 *
 * A chart's lines have different steps. They are not joined on a common x: each line is drawn from its own columns
 * and looked up by binary search, so appending costs only the new points whatever else the chart shows.
 * Steps never fall within an attempt, so columns stay sorted; values may be NaN or ±Infinity.
 */
export class Line {
  readonly series: string;
  readonly rank: number;
  readonly attempt: number;
  steps = new Float64Array(64);
  values = new Float64Array(64);
  length = 0;
  /** How long it was when the server last replaced it. */
  base = 0;
  /** Trainer's time of the newest point, in seconds since 1970; 0 before the first. */
  latest = 0;
  /** Indices of NaN and ±Infinity, ascending. */
  nonFinite: number[] = [];
  /** Over the finite values; min > max while there are none. */
  min = Infinity;
  max = -Infinity;

  constructor(series: string, rank: number, attempt: number) {
    this.series = series;
    this.rank = rank;
    this.attempt = attempt;
  }

  /** Forgets every point. The columns are kept for the points that replace them. */
  clear(): void {
    this.length = 0;
    this.latest = 0;
    this.nonFinite = [];
    this.min = Infinity;
    this.max = -Infinity;
  }

  append({ steps, times, values }: PointColumns): void {
    const start = this.length;
    const end = start + steps.length;
    if (end > this.steps.length) this.#grow(end);
    this.steps.set(steps, start);
    this.values.set(values, start);
    for (let i = start; i < end; i++) {
      const value = this.values[i];
      if (!Number.isFinite(value)) this.nonFinite.push(i);
      else {
        if (value < this.min) this.min = value;
        if (value > this.max) this.max = value;
      }
    }
    this.length = end;
    if (times.length > 0) this.latest = times[times.length - 1];
  }

  /** The first index whose step is at least `step`; `length` when there is none. */
  lowerBound(step: number): number {
    let low = 0;
    let high = this.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.steps[middle] < step) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** The index whose step is nearest to `step`, the newer of two equal ones; -1 when there are no points. */
  nearest(step: number): number {
    if (this.length === 0) return -1;
    const after = this.lowerBound(step);
    if (after === this.length) return after - 1;
    if (after > 0 && step - this.steps[after - 1] < this.steps[after] - step) return after - 1;
    return this.lowerBound(this.steps[after] + 0.5) - 1;
  }

  /** Smallest and largest finite value at steps of [from, to]; null when there is none. */
  extent(from: number, to: number): readonly [min: number, max: number] | null {
    if (this.length === 0) return null;
    let { min, max } = this;
    if (from > this.steps[0] || to < this.steps[this.length - 1]) {
      min = Infinity;
      max = -Infinity;
      for (let i = this.lowerBound(from); i < this.length && this.steps[i] <= to; i++) {
        const value = this.values[i];
        if (value < min && value > -Infinity) min = value;
        if (value > max && value < Infinity) max = value;
      }
    }
    return min <= max ? [min, max] : null;
  }

  #grow(length: number): void {
    const capacity = 2 ** Math.ceil(Math.log2(length));
    const steps = new Float64Array(capacity);
    const values = new Float64Array(capacity);
    steps.set(this.steps.subarray(0, this.length));
    values.set(this.values.subarray(0, this.length));
    this.steps = steps;
    this.values = values;
  }
}
