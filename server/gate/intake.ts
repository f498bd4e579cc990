import { LIMITS } from '../../shared/limits.ts';
import { Ranges } from '../store/ranges.ts';
import type { Run } from '../store/run.ts';
import { Said } from './said.ts';
import type { GrowingColumn, TableBuilder } from './table-builder.ts';

/**
 * What has been accepted of one run, durable or on its way to the disk: the numbers of each writer's lines, and how
 * far each rank has come. It runs ahead of the store, and is thrown away and taken from the store again when the
 * store fails, so that nothing is ever dropped as a repeat of something that was lost.
 */
export class Intake {
  readonly #writers = new Map<string, Ranges>();
  readonly #ranks = new Map<number, RankProgress>();
  /** Its alerts, notes and declarations. */
  readonly said: Said;
  #series = 0;
  /** Bytes, as JSON, of each key that the run has said of itself. */
  readonly #about = { config: new Map<string, number>(), summary: new Map<string, number>() };

  constructor(run?: Run) {
    this.said = new Said(run);
    if (run === undefined) return;
    this.tell(run);
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

  /** Whether a writer may speak: it has before, or there are fewer than `most`. */
  hears(name: string, most: number): boolean {
    return this.#writers.has(name) || this.#writers.size < most;
  }

  /** Bytes, as JSON, of the run's config or summary once this is said as well. */
  bytesWith(field: 'config' | 'summary', { [field]: said = {} }: About): number {
    const known = this.#about[field];
    let bytes = 1;
    for (const [key, size] of known) if (!Object.hasOwn(said, key)) bytes += size;
    for (const [key, value] of Object.entries(said)) bytes += bytesOf(key, value);
    return Math.max(2, bytes);
  }

  /** Hears what the run says of itself. */
  tell({ config = {}, summary = {} }: About): void {
    for (const [key, value] of Object.entries(config)) this.#about.config.set(key, bytesOf(key, value));
    for (const [key, value] of Object.entries(summary)) this.#about.summary.set(key, bytesOf(key, value));
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

/** What a run may say of itself. */
interface About {
  readonly config?: Readonly<Record<string, unknown>> | undefined;
  readonly summary?: Readonly<Record<string, unknown>> | undefined;
}

/** Bytes of a key and its value in an object's JSON, with the colon and what parts it from the next. */
function bytesOf(key: string, value: unknown): number {
  return Buffer.byteLength(JSON.stringify(key)) + Buffer.byteLength(JSON.stringify(value)) + 2;
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
