/** The median of some values, 0 of none; the mean of the middle two where there is an even number. Not in place. */
export function median(values: ArrayLike<number>): number {
  const count = values.length;
  if (count === 0) return 0;
  const sorted = Float64Array.from(values).sort();
  const middle = count >>> 1;
  return count % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/**
 * The mean of the middle half of some values, a quarter left out at either end. As deaf to outliers as long as fewer than
 * a quarter are, and about as sure as the mean of all: for normal noise its standard error is 1.1 times as large, where
 * the median's is 1.25 times.
 * @param values at least 1; not in place
 */
export function middleMean(values: ArrayLike<number>): number {
  const sorted = Float64Array.from(values).sort();
  const out = sorted.length >>> 2;
  let total = 0;
  for (let i = out; i < sorted.length - out; i++) total += sorted[i];
  return total / (sorted.length - 2 * out);
}
