import type { StoreRecord } from './store/record.ts';

/** Records that are durable, and what is to happen when the pipeline has seen them all. */
export interface Group {
  readonly records: readonly StoreRecord[];
  /** Points in them. */
  readonly points: number;
  /** @param concluded what follows from them, in order */
  readonly seen: (concluded: StoreRecord[]) => void;
}

/** Points that may wait for the detectors; trainers are slowed down when there are more. */
const MOST = 1_000_000;

/** Milliseconds of analysis in one turn of the event loop; one record is never cut. */
const SLICE_MS = 4;

/**
 * Lets the pipeline see groups in their order, a few milliseconds a turn, so that sockets are heard and acknowledgements
 * go in between. Neither waits for the detectors until `MOST` points do.
 */
export class Analysing {
  readonly #conclude: (record: StoreRecord) => readonly StoreRecord[];
  readonly #most: number;
  readonly #groups: Group[] = [];
  readonly #waiting: (() => void)[] = [];
  #points = 0;
  #under = false;

  /** @param conclude shows the pipeline one record; what follows from it */
  constructor(conclude: (record: StoreRecord) => readonly StoreRecord[], most = MOST) {
    this.#conclude = conclude;
    this.#most = most;
  }

  /** Points that wait. */
  get points(): number {
    return this.#points;
  }

  add(group: Group): void {
    this.#groups.push(group);
    this.#points += group.points;
    if (!this.#under) void this.#run();
  }

  /** Resolves when there is room for more. */
  async room(): Promise<void> {
    while (this.#points > this.#most) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  async #run(): Promise<void> {
    this.#under = true;
    let since = performance.now();
    for (let group = this.#groups[0]; this.#groups.length > 0; group = this.#groups[0]) {
      const concluded: StoreRecord[] = [];
      for (const record of group.records) {
        if (performance.now() - since > SLICE_MS) {
          await new Promise(setImmediate);
          since = performance.now();
        }
        concluded.push(...this.#conclude(record));
      }
      this.#groups.shift();
      this.#points -= group.points;
      group.seen(concluded);
      for (const resume of this.#waiting.splice(0)) resume();
    }
    this.#under = false;
  }
}
