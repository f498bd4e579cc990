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

/** The same as often as it is asked for, without an array for each time. */
export class Latest {
  readonly #room: Float64Array;

  constructor(size: number) {
    this.#room = new Float64Array(size);
  }

  /** As `latestFinite`; holds until the next call. */
  of(remembered: readonly number[], values: Float64Array, count: number): Float64Array {
    const room = this.#room;
    let at = room.length;
    for (let i = count - 1; i >= 0 && at > 0; i--) {
      const value = values[i];
      if (value - value === 0) room[--at] = value;
    }
    for (let i = remembered.length - 1; i >= 0 && at > 0; i--) room[--at] = remembered[i];
    return at === 0 ? room : room.subarray(at);
  }
}
