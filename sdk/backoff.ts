/** Seconds before the first attempt to reconnect, and at most before any. */
const FIRST = 0.2;
const LONGEST = 10;

/**
 * Seconds to wait before reconnecting: doubling from 0.2 to 10, the upper half of it random, so that the trainers of
 * a restarted server do not all come back at once.
 * @param failures connections failed in a row, from 1
 * @param random a number in [0, 1)
 */
export function backoff(failures: number, random: number): number {
  const full = Math.min(LONGEST, FIRST * 2 ** (failures - 1));
  return full * (0.5 + 0.5 * random);
}
