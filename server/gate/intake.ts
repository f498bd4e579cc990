import { LIMITS } from '../../shared/limits.ts';
import { Ranges } from '../store/ranges.ts';
import { seriesKey, type Run } from '../store/run.ts';

/**
 * What has been accepted of one run, durable or on its way to the disk: the numbers of each writer's lines, and how
 * far each rank has come. It runs ahead of the store, and is thrown away and taken from the store again when the
 * store fails, so that nothing is ever dropped as a repeat of something that was lost.
 */
export class Intake {
  readonly #writers = new Map<string, Ranges>();
  readonly #ranks = new Map<number, RankProgress>();
  readonly #series: Set<string>;

  constructor(run?: Run) {
    this.#series = new Set(run?.series.keys());
    if (run === undefined) return;
    for (const [name, { received }] of run.writers) this.#writers.set(name, received.copy());
    for (const [rank, attempt] of run.attempts) this.#ranks.set(rank, { attempt, lastSteps: new Map() });
    for (const { name, rank, attempts } of run.series.values()) {
      const progress = this.rank(rank);
      const last = attempts.get(progress.attempt)?.lastStep;
      if (last !== undefined) progress.lastSteps.set(name, last);
    }
  }

  /** The numbers received from a writer. */
  writer(name: string): Ranges {
    let received = this.#writers.get(name);
    if (received === undefined) this.#writers.set(name, (received = new Ranges(LIMITS.missingRanges)));
    return received;
  }

  rank(rank: number): RankProgress {
    let progress = this.#ranks.get(rank);
    if (progress === undefined) this.#ranks.set(rank, (progress = { attempt: 0, lastSteps: new Map() }));
    return progress;
  }

  /** Whether the run has the series, or may still have one more, which it then has. */
  admits(name: string, rank: number, most: number): boolean {
    const key = seriesKey(name, rank);
    if (this.#series.has(key)) return true;
    if (this.#series.size >= most) return false;
    this.#series.add(key);
    return true;
  }
}

export interface RankProgress {
  attempt: number;
  /** The last step of each series in this attempt. */
  readonly lastSteps: Map<string, number>;
}
