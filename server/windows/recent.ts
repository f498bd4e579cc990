/** The latest `size` values after one more, oldest first; a new array. */
export function keep(values: readonly number[], value: number, size: number): readonly number[] {
  const kept = values.slice(Math.max(0, values.length - size + 1));
  kept.push(value);
  return kept;
}
