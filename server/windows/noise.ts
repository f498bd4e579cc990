import { median } from './median.ts';

/** A median absolute deviation times this is the standard deviation of a normal distribution. */
const NORMAL = 1.4826;

/**
 * Standard deviation of the noise about a slow trend, from increments: 1.4826 · MAD / √2. Increments over 1 and over 4
 * values, and the larger: noise that is correlated from one value to the next hides in the first. A steady slope adds
 * nothing. Infinity when there are too few values to tell.
 * @param values oldest first; at least 6
 */
export function noise(values: readonly number[]): number {
  if (values.length < 6) return Infinity;
  return Math.max(spread(increments(values, 1)), spread(increments(values, 4))) / Math.SQRT2;
}

/**
 * The same about a trend that bends: from second differences, 1.4826 · MAD / √6, over 1 and over 4 values. The turn from
 * falling to rising, which widens the spread of the increments, adds next to nothing. Infinity when there are too few
 * values to tell.
 * @param values oldest first; at least 7, and 14 for those over 4
 */
export function noiseAboutBend(values: readonly number[]): number {
  if (values.length < 7) return Infinity;
  const near = spread(bends(values, 1));
  return (values.length < 14 ? near : Math.max(near, spread(bends(values, 4)))) / Math.sqrt(6);
}

function bends(values: readonly number[], lag: number): Float64Array {
  const found = new Float64Array(values.length - 2 * lag);
  for (let i = 0; i < found.length; i++) found[i] = values[i + 2 * lag] - 2 * values[i + lag] + values[i];
  return found;
}

function increments(values: readonly number[], lag: number): Float64Array {
  const found = new Float64Array(values.length - lag);
  for (let i = 0; i < found.length; i++) found[i] = values[i + lag] - values[i];
  return found;
}

/** A robust standard deviation of values. */
export function spread(values: ArrayLike<number>): number {
  const middle = median(values);
  const off = new Float64Array(values.length);
  for (let i = 0; i < off.length; i++) off[i] = Math.abs(values[i] - middle);
  return NORMAL * median(off);
}
