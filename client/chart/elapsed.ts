/** When an attempt began and when its latest point came, by the trainer's clock, in seconds since 1970. */
export interface Stretch {
  readonly start: number;
  readonly end: number;
}

/**
 * What is taken from the times of each attempt to make them relative: the first begins at 0, each later one where the
 * one before it ended. So the axis is the time that was trained, and a night between a crash and a restart is none.
 */
export function shifts(attempts: ReadonlyMap<number, Stretch>): Map<number, number> {
  const found = new Map<number, number>();
  let trained = 0;
  for (const [attempt, { start, end }] of [...attempts].sort(([a], [b]) => a - b)) {
    found.set(attempt, start - trained);
    trained += Math.max(0, end - start);
  }
  return found;
}
