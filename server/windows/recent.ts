/** The latest `size` values after one more, oldest first; a new array. */
export function keep<T>(values: readonly T[], value: T, size: number): readonly T[] {
  const kept = values.slice(Math.max(0, values.length - size + 1));
  kept.push(value);
  return kept;
}

/** The latest `size` finite values among those remembered and the first `count` of a column, oldest first. */
export function latestFinite(
  remembered: readonly number[],
  values: Float64Array,
  count: number,
  size: number,
): readonly number[] {
  // A batch of one point is what a live trainer sends.
  if (count === 1) return Number.isFinite(values[0]) ? keep(remembered, values[0], size) : remembered;
  const latest: number[] = [];
  for (let i = count - 1; i >= 0 && latest.length < size; i--) {
    if (Number.isFinite(values[i])) latest.push(values[i]);
  }
  if (latest.length === 0) return remembered;
  latest.reverse();
  return latest.length === size ? latest : [...remembered.slice(latest.length - size), ...latest];
}
