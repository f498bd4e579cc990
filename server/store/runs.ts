import type { Kept } from './catalogue.ts';
import { runOf, type StoreRecord } from './record.ts';
import { type ApplyOptions, Run } from './run.ts';
import { restoreRun } from './saved-run.ts';

/** Resting runs kept in memory after somebody has asked for them. */
const RESTING = 32;

/** A run by its id. */
export interface RunLookup {
  /** How many there are. */
  readonly size: number;
  /** Whether there is one; without loading it. */
  has(id: string): boolean;
  /** The run as of its last durable record; loaded when it is at rest. */
  get(id: string): Run | undefined;
}

/**
 * Every run. In memory are those that are live, for their trainer is there or the journal still holds records of
 * them, and a few that were asked for lately; the others are at rest in the catalogue, and cost nothing but their ids.
 */
export class Runs implements RunLookup {
  readonly #catalogue: Pick<Kept, 'run'>;
  /** All ids, in the order in which they came. */
  readonly #ids = new Set<string>();
  /** Those at rest that a person has deleted: they are hidden until their bytes are removed. */
  readonly #deleted = new Set<string>();
  readonly #live = new Map<string, Run>();
  /** The one asked for last at the end. */
  readonly #resting = new Map<string, Run>();

  constructor(catalogue: Pick<Kept, 'list' | 'run'>) {
    this.#catalogue = catalogue;
    for (const { id, running, deleted } of catalogue.list()) {
      this.#ids.add(id);
      if (deleted) this.#deleted.add(id);
      const saved = running ? catalogue.run(id) : null;
      if (saved) this.#live.set(id, restoreRun(saved));
    }
  }

  get size(): number {
    return this.#ids.size;
  }

  has(id: string): boolean {
    return this.#ids.has(id);
  }

  /** Ids of all runs, in the order in which they came. */
  keys(): IterableIterator<string> {
    return this.#ids.keys();
  }

  /** The same, without those that a person has deleted. @param after only those that came after this run */
  *shown(after?: string): IterableIterator<string> {
    for (const id of this.#after(after)) if (!this.#isDeleted(id)) yield id;
  }

  /** Those that a person has deleted, for as long as their bytes are kept. */
  *hidden(after?: string): IterableIterator<string> {
    for (const id of this.#after(after)) if (this.#isDeleted(id)) yield id;
  }

  *#after(after: string | undefined): IterableIterator<string> {
    let behind = after === undefined;
    for (const id of this.#ids) {
      if (behind) yield id;
      else behind = id === after;
    }
  }

  #isDeleted(id: string): boolean {
    const live = this.#live.get(id);
    return live ? (live.edit.deleted ?? false) : this.#deleted.has(id);
  }

  /** The runs that are live. */
  live(): IterableIterator<Run> {
    return this.#live.values();
  }

  isLive(id: string): boolean {
    return this.#live.has(id);
  }

  get(id: string): Run | undefined {
    const live = this.#live.get(id);
    if (live !== undefined || !this.#ids.has(id)) return live;
    let run = this.#resting.get(id);
    if (run === undefined) {
      const saved = this.#catalogue.run(id);
      if (saved === null) return undefined;
      run = restoreRun(saved);
    }
    this.#resting.delete(id);
    this.#resting.set(id, run);
    if (this.#resting.size > RESTING) this.#resting.delete(this.#resting.keys().next().value!);
    return run;
  }

  /** Takes a record that is durable; see `Run.apply`. @param segment the segment of the journal that holds it */
  apply(record: StoreRecord, segment: number, options?: ApplyOptions): void {
    const id = runOf(record);
    let run = this.#live.get(id);
    if (run === undefined) {
      run = this.get(id);
      this.#resting.delete(id);
      if (run === undefined) {
        if (record.kind !== 'hello')
          throw new Error(`journal: run ${id} must have said hello before ${record.kind}`);
        run = new Run(record);
      }
      this.#live.set(id, run);
      this.#ids.add(id);
    }
    run.apply(record, segment, options);
  }

  /** Puts the points of the journal to their series, a table a step; see `Run.place`. */
  *place(): Generator<void> {
    for (const run of this.#live.values()) while (run.place(1)) yield;
  }

  /**
   * Hears that the journal up to a segment is in the catalogue.
   * @returns the runs that have come to rest: nothing of them is in the journal, and no trainer of theirs is there
   */
  settle(segment: number): string[] {
    const rested: string[] = [];
    for (const [id, run] of this.#live) {
      run.settle(segment);
      if (run.touched > segment || run.status === 'running') continue;
      this.#live.delete(id);
      if (run.edit.deleted) this.#deleted.add(id);
      else this.#deleted.delete(id);
      rested.push(id);
    }
    return rested;
  }

  /** Forgets a run. */
  remove(id: string): void {
    this.#ids.delete(id);
    this.#deleted.delete(id);
    this.#live.delete(id);
    this.#resting.delete(id);
  }
}
