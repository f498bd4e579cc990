import { extent, lowerBound, type Line } from '../series.ts';

/** From and to, in places on the axis: steps, epochs or seconds. */
export type Span = readonly [from: number, to: number];

/** A line as it is drawn: with the place of each of its points on the axis. */
export interface Placement {
  readonly line: Line;
  readonly places: Float64Array;
}

export interface Wanted {
  /** What was zoomed to. */
  readonly zoom: Span | null;
  /** From where on the newest points are followed; null: from the first point. */
  readonly follow: number | null;
  /** The least place above 0, where the axis is logarithmic; null where it is not. */
  readonly positive: number | null;
  /** Whether places are counted from the beginning of the run, as steps are and wall time is not. */
  readonly counted: boolean;
}

/** What a chart shows of its axis: the zoom, or what is followed, or everything, from 0 where the run began near it; never empty. */
export function xRange(all: Span | null, { zoom, follow, positive, counted }: Wanted): Span {
  const [first, last] = all ?? [0, 1];
  const to = zoom?.[1] ?? last;
  let from = zoom?.[0] ?? first;
  if (!zoom && follow !== null && follow < last) from = Math.max(first, follow);
  else if (!zoom && counted && first < last * 0.05 && last > first) from = Math.min(first, 0);
  if (positive !== null && from <= 0) from = positive < to ? positive : to / 10;
  if (positive !== null && to <= 0) return [0.1, 1];
  if (from < to) return [from, to];
  return positive === null ? [from - 1, from + 1] : [from / 2, from * 2];
}

/** The least place above 0 of any line; null where there is none. */
export function leastPositive(placed: readonly Placement[]): number | null {
  let least = Infinity;
  for (const { line, places } of placed) {
    const index = lowerBound(places, line.length, Number.MIN_VALUE);
    if (index < line.length) least = Math.min(least, places[index]);
  }
  return least === Infinity ? null : least;
}

/**
 * The values a chart shows: all finite ones of its lines within what is shown, and a margin of 6 %. No outlier is cut
 * off and non-finite values never count, but: `log` leaves out what is not above 0, and `fit` outliers; see `fence`.
 */
export function yRange(
  placed: readonly Placement[],
  [from, to]: Span,
  { log, fit }: { readonly log: boolean; readonly fit: boolean },
): [min: number, max: number] {
  let min = Infinity;
  let max = -Infinity;
  for (const { line, places } of placed) {
    const found =
      log && line.min <= 0 ? positiveExtent(line, places, from, to) : extent(line, places, from, to);
    if (!found) continue;
    min = Math.min(min, found[0]);
    max = Math.max(max, found[1]);
  }
  if (min > max) return log ? [0.1, 1] : [0, 1];
  const fenced = fit ? fence(placed, [from, to], log) : null;
  if (fenced) {
    min = Math.max(min, fenced[0]);
    max = Math.min(max, fenced[1]);
  }
  if (log) {
    const margin = Math.max((max / min) ** 0.06, 1.05);
    return [min / margin, max * margin];
  }
  if (min === max) {
    const margin = Math.abs(min) * 0.1 || 1;
    return [min - margin, max + margin];
  }
  const margin = (max - min) * 0.06;
  return [min >= 0 && min < margin ? 0 : min - margin, max + margin];
}

function positiveExtent(
  { values, length }: Line,
  places: Float64Array,
  from: number,
  to: number,
): Span | null {
  let [min, max] = [Infinity, -Infinity];
  for (let i = lowerBound(places, length, from); i < length && places[i] <= to; i++) {
    const value = values[i];
    if (!(value > 0) || value === Infinity) continue;
    if (value < min) min = value;
    if (value > max) max = value;
  }
  return min <= max ? [min, max] : null;
}

/** Values looked at, of all lines together: enough to tell the bulk, few enough for every drawing. */
const SAMPLE = 2_000;

/**
 * The bulk of the values: from the 5th percentile to the 95th, and half as much again on either side. What falls from
 * a high beginning stays within; a spike does not. null where there are too few to tell.
 */
export function fence(placed: readonly Placement[], [from, to]: Span, log: boolean): Span | null {
  const stretches = placed.map(({ line, places }) => {
    const first = lowerBound(places, line.length, from);
    return { line, first, count: lowerBound(places, line.length, to) - first };
  });
  const count = stretches.reduce((sum, stretch) => sum + Math.max(0, stretch.count), 0);
  const every = Math.max(1, Math.ceil(count / SAMPLE));
  const sample = new Float64Array(Math.ceil(count / every) + placed.length);
  let size = 0;
  for (const { line, first, count: own } of stretches)
    for (let i = first; i < first + own; i += every) {
      const value = log ? Math.log10(line.values[i]) : line.values[i];
      if (Number.isFinite(value)) sample[size++] = value;
    }
  if (size < 20) return null;
  const sorted = sample.subarray(0, size).sort();
  const [low, high] = [sorted[Math.floor(size * 0.05)], sorted[Math.ceil(size * 0.95) - 1]];
  const margin = (high - low) / 2;
  if (!(margin > 0)) return null;
  return log ? [10 ** (low - margin), 10 ** (high + margin)] : [low - margin, high + margin];
}
