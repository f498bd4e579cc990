/**
 * A set of whole numbers from 1, as sorted, disjoint ranges: which lines of a writer have been received.
 * Mostly one range; a hole in it is a gap in what arrived.
 */
export class Ranges {
  readonly #ranges: [number, number][];
  readonly #most: number;

  /** @param most holes remembered; beyond it the oldest hole is given up and counts as received */
  constructor(most: number, ranges: readonly (readonly [number, number])[] = []) {
    this.#most = most;
    this.#ranges = ranges.map(([from, to]) => [from, to]);
  }

  /** The highest number in the set; 0 when it is empty. */
  get last(): number {
    return this.#ranges.at(-1)?.[1] ?? 0;
  }

  has(number: number): boolean {
    // From the end: nearly always a number is asked for that is new, or among the last.
    for (let i = this.#ranges.length - 1; i >= 0; i--) {
      const [from, to] = this.#ranges[i];
      if (number > to) return false;
      if (number >= from) return true;
    }
    return false;
  }

  /** Adds every number from `from` to `to`. */
  add(from: number, to: number): void {
    const ranges = this.#ranges;
    let start = ranges.length;
    while (start > 0 && ranges[start - 1][1] >= from - 1) start--;
    let end = start;
    while (end < ranges.length && ranges[end][0] <= to + 1) {
      from = Math.min(from, ranges[end][0]);
      to = Math.max(to, ranges[end][1]);
      end++;
    }
    ranges.splice(start, end - start, [from, to]);
    if (ranges.length > this.#most + 1) ranges.splice(0, 2, [ranges[0][0], ranges[1][1]]);
  }

  /** The holes from 1 to `last`, ascending. */
  missing(): [number, number][] {
    const holes: [number, number][] = [];
    let next = 1;
    for (const [from, to] of this.#ranges) {
      if (from > next) holes.push([next, from - 1]);
      next = to + 1;
    }
    return holes;
  }

  /** How many numbers are in the holes. */
  missingCount(): number {
    return this.missing().reduce((sum, [from, to]) => sum + to - from + 1, 0);
  }

  /** The ranges, ascending: what the constructor takes. */
  list(): readonly (readonly [number, number])[] {
    return this.#ranges.map(([from, to]) => [from, to]);
  }

  copy(): Ranges {
    return new Ranges(this.#most, this.#ranges);
  }
}
