import { LIMITS } from '../../shared/limits.ts';
import { Ranges } from '../store/ranges.ts';
import type { Run } from '../store/run.ts';
import type { GrowingColumn, TableBuilder } from './table-builder.ts';

/**
 * What has been accepted of one run, durable or on its way to the disk: the numbers of each writer's lines, and how
 * far each rank has come. It runs ahead of the store, and is thrown away and taken from the store again when the
 * store fails, so that nothing is ever dropped as a repeat of something that was lost.
 */
export class Intake {
  readonly #writers = new Map<string, Ranges>();
  readonly #ranks = new Map<number, RankProgress>();
  #series = 0;

  constructor(run?: Run) {
    if (run === undefined) return;
    for (const [name, { received }] of run.writers) this.#writers.set(name, received.copy());
    for (const [rank, attempt] of run.attempts) this.#ranks.set(rank, { attempt, series: new Map() });
    for (const { name, rank, attempts } of run.series.values()) {
      const { attempt } = this.rank(rank);
      const progress = this.series(name, rank, Infinity)!;
      progress.last = attempts.get(attempt)?.lastStep ?? NONE;
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
    if (progress === undefined) this.#ranks.set(rank, (progress = { attempt: 0, series: new Map() }));
    return progress;
  }

  /** The run's series of a rank, a new one where it may still have one more; null where it may not. */
  series(name: string, rank: number, most: number): SeriesProgress | null {
    const { series, attempt } = this.rank(rank);
    let progress = series.get(name);
    if (progress === undefined) {
      if (this.#series >= most) return null;
      this.#series++;
      series.set(name, (progress = { name, attempt, last: NONE, builder: null, column: null }));
    }
    return progress;
  }
}

/** Before the first step. */
const NONE = -1;

export interface RankProgress {
  attempt: number;
  readonly series: Map<string, SeriesProgress>;
}

/** How far one series has come. */
export interface SeriesProgress {
  readonly name: string;
  /** The attempt that `last` belongs to. */
  attempt: number;
  /** Its last step, which in a later attempt counts no more; -1: none yet. */
  last: number;
  /** Where its values are being gathered, found once a table and not once a value. */
  builder: TableBuilder | null;
  column: GrowingColumn | null;
}
