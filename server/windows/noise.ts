import { median } from './median.ts';

/** A median absolute deviation times this is the standard deviation of a normal distribution. */
const NORMAL = 1.4826;

/** Where increments, and distances from their median, are put: made once, and larger as need be. */
let differences = new Float64Array(512);
let distances = new Float64Array(512);

/**
 * Standard deviation of the noise about a slow trend, from increments: 1.4826 · MAD / √2. Increments over 1 and over 4
 * values, and the larger: noise that is correlated from one value to the next hides in the first. A steady slope adds
 * nothing. Infinity when there are too few values to tell.
 * @param values oldest first; at least 6
 * @param from index of the first that counts
 * @param to index after the last
 */
export function noise(values: ArrayLike<number>, from = 0, to = values.length): number {
  if (to - from < 6) return Infinity;
  const near = spread(increments(values, 1, from, to), to - from - 1);
  return Math.max(near, spread(increments(values, 4, from, to), to - from - 4)) / Math.SQRT2;
}

/**
 * What `noise` is at least, of these values or of as many or more after up to `more` further ones, for a quarter of its
 * cost. Half of the increments over 4 lie no further from their median than the deviation that is asked for; so as many
 * of those known now as cannot have been replaced lie in an interval twice as wide. 0 where nothing can be told.
 * @param values oldest first
 */
export function leastNoise(values: ArrayLike<number>, more: number): number {
  const count = values.length - 4;
  const wanted = ((count + 1) >> 1) - more;
  if (wanted < 2) return 0;
  const sorted = increments(values, 4, 0, values.length);
  for (let i = 1; i < count; i++) {
    const value = sorted[i];
    let place = i;
    for (; place > 0 && sorted[place - 1] > value; place--) sorted[place] = sorted[place - 1];
    sorted[place] = value;
  }
  let width = sorted[count - 1] - sorted[0];
  if (!(width < Infinity)) return 0;
  for (let i = wanted - 1; i < count; i++) width = Math.min(width, sorted[i] - sorted[i - wanted + 1]);
  const least = (NORMAL * width) / 2 / Math.SQRT2;
  // Rounding counts in what is nearly nothing.
  return least > 1e-290 ? (1 - 1e-9) * least : 0;
}

/**
 * The same about a trend that bends: from second differences, 1.4826 · MAD / √6, over 1 and over 4 values. The turn from
 * falling to rising, which widens the spread of the increments, adds next to nothing. Infinity when there are too few
 * values to tell.
 * @param values oldest first; at least 7, and 14 for those over 4
 */
export function noiseAboutBend(values: readonly number[]): number {
  if (values.length < 7) return Infinity;
  const near = spread(bends(values, 1), values.length - 2);
  if (values.length < 14) return near / Math.sqrt(6);
  return Math.max(near, spread(bends(values, 4), values.length - 8)) / Math.sqrt(6);
}

function bends(values: readonly number[], lag: number): Float64Array {
  const found = room(values.length);
  for (let i = 0; i < values.length - 2 * lag; i++) {
    found[i] = values[i + 2 * lag] - 2 * values[i + lag] + values[i];
  }
  return found;
}

/** In the scratch: the next call overwrites them. */
function increments(values: ArrayLike<number>, lag: number, from: number, to: number): Float64Array {
  const found = room(to - from);
  for (let i = from; i < to - lag; i++) found[i - from] = values[i + lag] - values[i];
  return found;
}

function room(count: number): Float64Array {
  if (differences.length < count) differences = new Float64Array(2 * count);
  return differences;
}

/** A robust standard deviation of the first `count` values. */
export function spread(values: ArrayLike<number>, count = values.length): number {
  if (distances.length < count) distances = new Float64Array(2 * count);
  const middle = median(values, 0, count);
  const off = distances;
  for (let i = 0; i < count; i++) off[i] = Math.abs(values[i] - middle);
  return NORMAL * median(off, 0, count);
}
