import { type Observable, Subject } from 'rxjs';
import { joinFirst } from './join.ts';
import { pointsIn, type StoreRecord } from './store/record.ts';

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
const LEAST = 32_000;

/**
 * Milliseconds of analysis in one turn of the event loop, a few times less than a commit may have (store/turns.ts): an
 * acknowledgement waits for several turns, the detectors for nobody. One record is never cut.
 */
const SLICE_MS = 1;

/**
 * How long a few points wait for others to go with, in ms, and how many wait for none: a table of one row costs the
 * detectors as much as one of ten.
 */
const GATHER_MS = 40;
const FEW = 4_000;

/**
 * Lets the pipeline see what has become durable, a few milliseconds a turn, so that sockets are heard and
 * acknowledgements go in between. Runs take turns, a record each, so that nobody's findings wait for another's points;
 * those of one run go in order, tables that go on from each other as one. Neither sockets nor acknowledgements wait for
 * the detectors until `MOST` points do.
 */
export class Analysing {
  /** Emits when there is room again. */
  readonly freed: Observable<void>;
  readonly #freed = new Subject<void>();
  readonly #conclude: Conclude;
  readonly #most: number;
  readonly #least: number;
  /** What waits of each run, never nothing; the run at the front is the next. */
  readonly #round = new Map<string, Waiting[]>();
  #points = 0;
  #under = false;
  /** Ends the gathering. */
  #begin: (() => void) | null = null;
  /** Whether anything but points waits. */
  #urgent = false;
  #hurried = 0;

  /**
   * @param conclude shows the pipeline one record, which so many were joined to; what follows from it
   * @param most points that may wait
   */
  constructor(conclude: Conclude, most = MOST) {
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
    const waiting = this.#round.get(run) ?? [];
    this.#round.set(run, waiting);
    const concluded: StoreRecord[] = [];
    for (const record of records) {
      waiting.push({ record, concluded, done: null });
      this.#points += pointsIn(record);
    }
    waiting.push({ record: null, concluded, done: () => group.seen(concluded) });
    this.#urgent ||= !records.every(({ kind }) => kind === 'table');
    if (!this.#under) void this.#run();
    else if (!this.#mayWait) this.#begin?.();
  }

  /** Lets nothing wait for others until the work is over. */
  async hurry(work: Promise<void>): Promise<void> {
    this.#hurried++;
    this.#begin?.();
    await work.finally(() => this.#hurried--);
  }

  async #run(): Promise<void> {
    this.#under = true;
    while (this.#round.size > 0) {
      await this.#gathered();
      await nextTurn(); // viewers are shown what has become durable first
      await this.#runWaiting();
    }
    this.#under = false;
  }

  get #mayWait(): boolean {
    return this.#points < FEW && !this.#urgent && this.#hurried === 0;
  }

  /** Resolves when what waits is worth it, or has waited. */
  async #gathered(): Promise<void> {
    if (!this.#mayWait) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, GATHER_MS);
      this.#begin = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#begin = null;
  }

  /** Shows what waits; what comes meanwhile may wait for the next time, when it is little. */
  async #runWaiting(): Promise<void> {
    let since = performance.now();
    const due = new Set(this.#round.keys());
    this.#urgent = false;
    for (const [run, waiting] of this.#round) {
      if (performance.now() - since > SLICE_MS) {
        await nextTurn();
        since = performance.now();
      }
      this.#round.delete(run);
      this.#round.set(run, waiting); // behind the others
      const taken = this.#show(waiting);
      if (waiting.length === 0) {
        this.#round.delete(run);
        due.delete(run);
      }
      for (const { done } of taken) done?.();
      if (due.size === 0 && this.#mayWait) return;
    }
  }

  /** Shows the pipeline the next records of a run; takes them from what waits. */
  #show(waiting: Waiting[]): Waiting[] {
    const first = joinFirst(recordsOf(waiting));
    if (first !== null) {
      const { room } = this;
      // What the last of them lead to is kept with the first, whose segment of the journal is the oldest.
      const { concluded } = waiting.find(({ record }) => record !== null)!;
      concluded.push(...this.#conclude(first.record, first.count));
      this.#points -= pointsIn(first.record);
      if (room === 0 && this.room > 0) this.#freed.next();
    }
    let end = 0;
    for (
      let left = first?.count ?? 0;
      end < waiting.length && (waiting[end].record === null || left > 0);
      end++
    )
      if (waiting[end].record !== null) left--;
    return waiting.splice(0, end);
  }
}

function* recordsOf(waiting: readonly Waiting[]): Generator<StoreRecord> {
  for (const { record } of waiting) if (record !== null) yield record;
}

type Conclude = (record: StoreRecord, count: number) => readonly StoreRecord[];

/** A record, or the end of a group. */
interface Waiting {
  readonly record: StoreRecord | null;
  /** What has followed from its group. */
  readonly concluded: StoreRecord[];
  readonly done: (() => void) | null;
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}
