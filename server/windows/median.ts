/** The median of some values, 0 of none; the mean of the middle two where there is an even number. Not in place. */
export function median(values: ArrayLike<number>): number {
  const count = values.length;
  if (count === 0) return 0;
  const sorted = Float64Array.from(values).sort();
  const middle = count >>> 1;
  return count % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
