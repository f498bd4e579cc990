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
  /** Trainer's times, in seconds since 1970. */
  times = new Float64Array(64);
  values = new Float64Array(64);
  length = 0;
  /** How long it was when the server last replaced it. */
  base = 0;
  /** Points it stands for: as many as it has, unless some were decimated. */
  total = 0;
  /** How often its points were forgotten: what was derived from them is told by it that it is out of date. */
  version = 0;
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
    this.total = 0;
    this.version += 1;
    this.latest = 0;
    this.nonFinite = [];
    this.min = Infinity;
    this.max = -Infinity;
  }

  /** @param total points that these stand for */
  append({ steps, times, values }: PointColumns, total = steps.length): void {
    const start = this.length;
    const end = start + steps.length;
    if (end > this.steps.length) this.#grow(end);
    if (steps.length === 1) {
      // A live point, as of every line thirty times a second: three copies would cost more than all else of it.
      this.steps[start] = steps[0];
      this.times[start] = times[0];
      this.values[start] = values[0];
    } else {
      this.steps.set(steps, start);
      this.times.set(times, start);
      this.values.set(values, start);
    }
    this.total += total;
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

  /** Whether it has every point it stands for. */
  get complete(): boolean {
    return this.total === this.length;
  }

  /** The first index whose step is at least `step`; `length` when there is none. */
  lowerBound(step: number): number {
    return lowerBound(this.steps, this.length, step);
  }

  /** The index whose step is nearest to `step`, the newer of two equal ones; -1 when there are no points. */
  nearest(step: number): number {
    return nearest(this.steps, this.length, step);
  }

  /** Smallest and largest finite value at steps of [from, to]; null when there is none. */
  extent(from: number, to: number): readonly [min: number, max: number] | null {
    return extent(this, this.steps, from, to);
  }

  #grow(length: number): void {
    const capacity = 2 ** Math.ceil(Math.log2(length));
    const grown = (column: Float64Array): Float64Array<ArrayBuffer> => {
      const larger = new Float64Array(capacity);
      larger.set(column.subarray(0, this.length));
      return larger;
    };
    this.steps = grown(this.steps);
    this.times = grown(this.times);
    this.values = grown(this.values);
  }
}

/** The first index below `length` whose place is at least `place`; `length` when there is none. */
export function lowerBound(places: Float64Array, length: number, place: number): number {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (places[middle] < place) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The index whose place is nearest, the newest of those at one place; -1 when there are no points. */
export function nearest(places: Float64Array, length: number, place: number): number {
  if (length === 0) return -1;
  let at = lowerBound(places, length, place);
  if (at === length || (at > 0 && place - places[at - 1] < places[at] - place)) at -= 1;
  while (at + 1 < length && places[at + 1] === places[at]) at += 1;
  return at;
}

/** Smallest and largest finite value of a line at places of [from, to]; null when there is none. */
export function extent(
  line: Line,
  places: Float64Array,
  from: number,
  to: number,
): readonly [min: number, max: number] | null {
  const { length, values } = line;
  if (length === 0) return null;
  let { min, max } = line;
  if (from > places[0] || to < places[length - 1]) {
    min = Infinity;
    max = -Infinity;
    for (let i = lowerBound(places, length, from); i < length && places[i] <= to; i++) {
      const value = values[i];
      if (value < min && value > -Infinity) min = value;
      if (value > max && value < Infinity) max = value;
    }
  }
  return min <= max ? [min, max] : null;
}
