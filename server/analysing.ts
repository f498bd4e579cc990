import { type Observable, Subject } from 'rxjs';
import { outlineOf, type StoreRecord } from './store/record.ts';

/** Durable records of one run, and what is to happen when the pipeline has seen them all. */
export interface Group {
  readonly run: string;
  readonly records: readonly StoreRecord[];
  /** @param concluded what follows from them, in order */
  readonly seen: (concluded: StoreRecord[]) => void;
}

/** Points that may wait for the detectors; trainers are slowed down when there are more. */
const MOST = 1_000_000;

/** Points there must be room for before more is let in: a commit of less is not worth its fsync. */
const LEAST = 16_000;

/** Milliseconds of analysis in one turn of the event loop; one record is never cut. */
const SLICE_MS = 4;

/**
 * Lets the pipeline see what has become durable, a few milliseconds a turn, so that sockets are heard and
 * acknowledgements go in between. Runs take turns, a record each, so that nobody's findings wait for another's points;
 * those of one run go in order. Neither sockets nor acknowledgements wait for the detectors until `MOST` points do.
 */
export class Analysing {
  /** Emits when there is room again. */
  readonly freed: Observable<void>;
  readonly #freed = new Subject<void>();
  readonly #conclude: (record: StoreRecord) => readonly StoreRecord[];
  readonly #most: number;
  readonly #least: number;
  /** What waits of each run, never empty; the run at the front is the next. */
  readonly #round = new Map<string, Begun[]>();
  #points = 0;
  #under = false;

  /**
   * @param conclude shows the pipeline one record; what follows from it
   * @param most points that may wait
   */
  constructor(conclude: (record: StoreRecord) => readonly StoreRecord[], most = MOST) {
    this.freed = this.#freed.asObservable();
    this.#conclude = conclude;
    this.#most = most;
    this.#least = Math.min(LEAST, most);
  }

  /** Points that wait. */
  get points(): number {
    return this.#points;
  }

  /** Points that may be added now. */
  get room(): number {
    const room = this.#most - this.#points;
    return room < this.#least ? 0 : room;
  }

  add(group: Group): void {
    const { run, records } = group;
    const begun = { ...group, concluded: [], next: 0 };
    const waiting = this.#round.get(run);
    if (waiting) waiting.push(begun);
    else this.#round.set(run, [begun]);
    for (const record of records) this.#points += pointsIn(record);
    if (!this.#under) void this.#run();
  }

  async #run(): Promise<void> {
    this.#under = true;
    await nextTurn(); // viewers are shown what has become durable first
    let since = performance.now();
    for (const [run, waiting] of this.#round) {
      if (performance.now() - since > SLICE_MS) {
        await nextTurn();
        since = performance.now();
      }
      this.#round.delete(run);
      this.#round.set(run, waiting); // behind the others
      this.#step(waiting[0]);
      if (waiting[0].next < waiting[0].records.length) continue;
      const { seen, concluded } = waiting.shift()!;
      if (waiting.length === 0) this.#round.delete(run);
      seen(concluded);
    }
    this.#under = false;
  }

  /** Shows the pipeline the next record of a group. */
  #step(group: Begun): void {
    if (group.next === group.records.length) return; // of no records at all
    const record = group.records[group.next++];
    group.concluded.push(...this.#conclude(record));
    const { room } = this;
    this.#points -= pointsIn(record);
    if (room === 0 && this.room > 0) this.#freed.next();
  }
}

interface Begun extends Group {
  readonly concluded: StoreRecord[];
  /** Its record that is the next to be seen. */
  next: number;
}

/** Points of a record. */
export function pointsIn(record: StoreRecord): number {
  return record.kind === 'table' ? outlineOf(record).points : 0;
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}
