/**
 * A series of any length in at most `BINS` means of equally many consecutive points: when there are more, two become
 * one. Oldest first. Plain data, never mutated.
 */
export interface Curve {
  /** Points a bin, a power of 2. */
  readonly width: number;
  readonly means: readonly number[];
  /** Step and epoch (NaN where none is logged) of each bin's first point. */
  readonly steps: readonly number[];
  readonly epochs: readonly number[];
  /** The bin under way. */
  readonly count: number;
  readonly total: number;
  readonly step: number;
  readonly epoch: number;
}

export const BINS = 256;

export const EMPTY_CURVE: Curve = {
  width: 1,
  means: [],
  steps: [],
  epochs: [],
  count: 0,
  total: 0,
  step: NaN,
  epoch: NaN,
};

/** Finite points that the curve stands for. */
export function pointsIn({ means, width, count }: Curve): number {
  return means.length * width + count;
}

/**
 * Adds points, calling back after each bin that they complete.
 * @param values not finite: left out
 * @param sign −1 to turn a series whose goal is a maximum
 * @param closed is given the curve so far, to be read and not kept, and the index of the point that completed the bin
 */
export function extend(
  curve: Curve,
  values: Float64Array,
  steps: Float64Array,
  epochs: Float64Array,
  sign: 1 | -1,
  closed: (curve: Curve, at: number) => void,
): Curve {
  const bin: Bin = { count: curve.count, total: curve.total, first: -1, next: 0 };
  let so = curve;
  /** The bins of `curve` are copied once, by the first that is closed. */
  let own: { means: number[]; steps: number[]; epochs: number[] } | null = null;
  let { step, epoch } = curve;
  for (;;) {
    const full = fill(bin, values, so.width, sign);
    if (bin.first >= 0) {
      step = steps[bin.first];
      epoch = epochs[bin.first];
    }
    if (!full) break;
    own ??= { means: curve.means.slice(), steps: curve.steps.slice(), epochs: curve.epochs.slice() };
    own.means.push(bin.total / bin.count);
    own.steps.push(step);
    own.epochs.push(epoch);
    let { width } = so;
    if (own.means.length >= BINS) {
      width *= 2;
      halve(own.means, (a, b) => (a + b) / 2);
      halve(own.steps, (a) => a);
      halve(own.epochs, (a) => a);
    }
    so = { width, ...own, count: 0, total: 0, step, epoch };
    closed(so, bin.next - 1);
    bin.count = 0;
    bin.total = 0;
    bin.first = -1;
  }
  return { ...so, count: bin.count, total: bin.total, step, epoch };
}

/** The bin under way. */
interface Bin {
  count: number;
  total: number;
  /** Index of the point that began it; −1: it was begun before, or is empty. */
  first: number;
  /** Index of the next point to be looked at. */
  next: number;
}

/** Adds points to a bin until it is full, or there are none left: false. */
function fill(bin: Bin, values: Float64Array, width: number, sign: 1 | -1): boolean {
  let { count, total, first } = bin;
  let at = bin.next;
  for (; at < values.length && count < width; at++) {
    const value = values[at];
    if (value - value !== 0) continue;
    if (count === 0) first = at;
    total += sign * value;
    count++;
  }
  bin.count = count;
  bin.total = total;
  bin.first = first;
  bin.next = at;
  return count >= width;
}

/** Makes one of every two values, in place. */
function halve(values: number[], join: (first: number, second: number) => number): void {
  const half = values.length >> 1;
  for (let i = 0; i < half; i++) values[i] = join(values[2 * i], values[2 * i + 1]);
  values.length = half;
}
