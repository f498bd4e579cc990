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
  if (scratch.length < size) scratch = new Float64Array(2 * size);
  return [...latestInto(scratch.subarray(0, size), remembered, values, count)];
}

/** Where they are gathered: made once, and larger as need be. */
let scratch = new Float64Array(64);

/** The same, as many as there is room for: a part of `room`, for who asks so often that an array each time would cost. */
export function latestInto(
  room: Float64Array,
  remembered: readonly number[],
  values: Float64Array,
  count: number,
): Float64Array {
  let at = room.length;
  for (let i = count - 1; i >= 0 && at > 0; i--) {
    const value = values[i];
    if (value - value === 0) room[--at] = value;
  }
  for (let i = remembered.length - 1; i >= 0 && at > 0; i--) room[--at] = remembered[i];
  return at === 0 ? room : room.subarray(at);
}
