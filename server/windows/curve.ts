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
 * @param closed is given the curve so far and the index of the point that completed the bin
 */
export function extend(
  curve: Curve,
  values: Float64Array,
  steps: Float64Array,
  epochs: Float64Array,
  sign: 1 | -1,
  closed: (curve: Curve, at: number) => void,
): Curve {
  let { width, count, total, step, epoch } = curve;
  let { means, steps: starts, epochs: ages } = curve;
  for (let at = 0; at < values.length; at++) {
    const value = values[at];
    if (value - value !== 0) continue;
    if (count === 0) {
      step = steps[at];
      epoch = epochs[at];
    }
    total += sign * value;
    if (++count < width) continue;
    means = [...means, total / count];
    starts = [...starts, step];
    ages = [...ages, epoch];
    count = total = 0;
    if (means.length >= BINS) {
      width *= 2;
      means = halves(means, (a, b) => (a + b) / 2);
      starts = halves(starts, (a) => a);
      ages = halves(ages, (a) => a);
    }
    closed({ width, means, steps: starts, epochs: ages, count, total, step, epoch }, at);
  }
  return { width, means, steps: starts, epochs: ages, count, total, step, epoch };
}

function halves(values: readonly number[], join: (first: number, second: number) => number): number[] {
  return Array.from({ length: values.length >> 1 }, (_, i) => join(values[2 * i], values[2 * i + 1]));
}
