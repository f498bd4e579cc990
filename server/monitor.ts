import { firstValueFrom, type Observable, Subject } from 'rxjs';
import { Analyses } from './analyses.ts';
import { Analysing } from './analysing.ts';
import { commit } from './commit.ts';
import { groupBy } from './group-by.ts';
import { HeldSegments } from './held-segments.ts';
import type { Analysis } from './pipeline/pipeline.ts';
import { Restored } from './restored.ts';
import { joinTables } from './join.ts';
import { LOOK_MS, silences } from './silence.ts';
import { pointsIn, runOf, type StoreRecord } from './store/record.ts';
import type { Checkpoint } from './store/catalogue.ts';
import type { PointsReader } from './store/points-reader.ts';
import type { Runs } from './store/runs.ts';
import type { Store } from './store/store.ts';

/**
 * The line from accepted to known:
 *
 *     accept ─▶ commit (durable) ─▶ acknowledge ─▶ analyse ─▶ changes ─▶ fan-out
 *                  ▲                                  │
 *                  └── findings, stops, checkpoints ──┘
 *
 * What the detectors say goes the same way as what trainers say, so that nothing is ever shown that could be lost. What is
 * of one run keeps its order all the way; runs do not wait for each other's crowds, neither for the disk nor for the
 * detectors.
 */
export interface Monitor {
  /** Every run, as of its last durable record. */
  readonly runs: Runs;
  /** Reads their points. */
  readonly points: PointsReader;
  /** The latest analysis of each run. */
  readonly analyses: { get(run: string): Analysis | undefined };
  /** A resting run's row of the list and its findings, as JSON. */
  readonly resting: Pick<Store, 'state' | 'findings'>;
  /** Groups of records that have just become durable. */
  readonly durable: Observable<readonly StoreRecord[]>;
  /** Accepted and not yet analysed, in calls of `accept`; and writes that failed since the start. */
  readonly underWay: number;
  readonly failures: number;
  /** Whether the last write failed. */
  readonly failing: boolean;
  /** Groups of records that have become durable and have been analysed. */
  readonly changes: Observable<readonly StoreRecord[]>;
  /** Runs that have come to rest, and of which nothing is under way. */
  readonly rested: Observable<readonly string[]>;
  /**
   * Takes up, in turns, what was put off for the start: the detectors catch up with what a kill kept from them, which the
   * first record accepted would have them do as well, and what the journal holds is put to its series.
   */
  begin(): void;
  /**
   * Makes records durable, those of each run in the order of the calls; `done` hears the error when some could not be.
   * @param run where there are no records, the run whose earlier ones are to be durable before `done` hears anything
   */
  accept(records: readonly StoreRecord[], done?: Done, run?: string): void;
  /** Resolves when everything accepted has been analysed, and what follows from it is kept. */
  idle(): Promise<void>;
  /** Waits for everything accepted, saves the state of every run and closes the store. */
  close(): Promise<void>;
}

/** What the store tells when it is opened, and later. */
export interface StoreHooks {
  /** Hears every record that is not sealed, in order, and where each run's pipeline stood before them. */
  readonly replay: (record: StoreRecord, kept: (run: string) => Checkpoint | undefined) => void;
  /** Hears of runs that have come to rest. */
  readonly rested: (runs: readonly string[]) => void;
  /** The last segment of the journal that may be sealed: what follows from every record up to it is durable. */
  readonly sealable: () => number;
}

export type Done = (error: Error | null) => void;

export interface MonitorOptions {
  /** Seconds since 1970. */
  readonly now: () => number;
  readonly warn: (message: string) => void;
  /** Points of a run after which its pipeline's state is saved: what a restart has to replay at the most. */
  readonly checkpointPoints?: number;
}

/**
 * Opens the store and takes up every run where it was.
 * @param open opens the store with these hooks
 */
export async function openMonitor(
  open: (hooks: StoreHooks) => Promise<Store>,
  { now, warn, checkpointPoints = 100_000 }: MonitorOptions,
): Promise<Monitor> {
  let restored: Restored | null = null;
  const underWay = new Set<Accepted>();
  const atRest = new Subject<readonly string[]>();
  const analyses = new Analyses({
    runs: () => store.runs,
    saved: (run) => restored?.stand(run) ?? store.checkpoint(run),
    ...{ now, warn, checkpointPoints },
  });
  const held = new HeldSegments(() => store.seal());
  held.hold(START);
  const store = await open({
    sealable: () => held.first - 1,
    replay: (record, kept) => (restored ??= new Restored(kept)).add(record),
    rested: (rested) => {
      for (const run of rested) analyses.forget(run);
      const busy = new Set([...underWay].map(({ run }) => run));
      atRest.next(rested.filter((run) => !busy.has(run)));
    },
  });
  const { runs } = store;
  restored ??= new Restored();

  const accepted = new Subject<Accepted>();
  const changes = new Subject<readonly StoreRecord[]>();
  const durable = new Subject<readonly StoreRecord[]>();
  let failures = 0;
  let failing = false;
  /** Groups of findings that the store has refused and that are to be tried again. */
  let retrying = 0;

  const analysing = new Analysing((record, joined) => analyses.conclude(record, joined));

  const enter = (item: Accepted) => {
    underWay.add(item);
    accepted.next(item);
  };

  const accept = (records: readonly StoreRecord[], done?: Done, run = '') => {
    catchUp();
    const runs = byRun(records);
    if (runs.size <= 1) {
      const [of = run] = runs.keys();
      enter({ run: of, records, done, failures });
      return;
    }
    let left = runs.size;
    let failed: Error | null = null;
    const oneDone = (error: Error | null) => {
      failed ??= error;
      if (--left === 0) done?.(failed);
    };
    for (const [of, its] of runs) enter({ run: of, records: its, done: oneDone, failures });
  };

  /** Findings are tried again until the store takes them: nobody else would send them again. */
  const acceptConcluded = (records: readonly StoreRecord[], kept: () => void): void => {
    if (records.length === 0) kept();
    else
      accept(records, (error) => {
        if (!error) return kept();
        retrying++;
        analyses.maySave = false;
        setTimeout(() => {
          analyses.maySave = --retrying === 0;
          acceptConcluded(records, kept);
        }, RETRY_MS).unref();
      });
  };

  /** Lets the pipeline see records of a run, which are durable. @param news what is new of what they lead to */
  const show = (
    { run, items, records }: OfRun,
    segment: number,
    news: (concluded: readonly StoreRecord[]) => readonly StoreRecord[] = (concluded) => concluded,
  ): void => {
    held.hold(segment);
    const seen = (concluded: readonly StoreRecord[]): void => {
      for (const item of items) underWay.delete(item);
      acceptConcluded(news(concluded), () => held.release(segment));
      changes.next(records);
    };
    analysing.add({ run, records, seen });
  };

  /**
   * Appends a group, while those before may still be waiting for the detectors; what was accepted before a failure fails
   * with it, for it may stand on what was lost.
   */
  const write = async (items: readonly Accepted[]): Promise<void> => {
    const stale = items.filter((item) => item.failures < failures);
    const fresh = items.filter((item) => item.failures === failures);
    const records = joinTables(fresh.flatMap((item) => item.records));
    const appended = await store.append(records).catch((failure: unknown) => failure as Error);
    const error = appended instanceof Error ? appended : null;
    failing = error !== null;
    if (error) {
      failures++;
      warn(`store: could not keep ${records.length} records: ${error.message}`);
    } else durable.next(records);
    for (const { done } of stale) done?.(new Error('lines before these could not be kept'));
    for (const { done } of fresh) done?.(error);
    if (appended instanceof Error) {
      for (const item of items) underWay.delete(item);
      changes.next([]);
    } else {
      const recordsOf = byRun(records);
      for (const [run, its] of groupBy(items, ({ run }) => run))
        show({ run, items: its, records: recordsOf.get(run) ?? [] }, appended);
    }
  };

  const most = () => Math.min(GROUP_POINTS, analysing.room);
  const lane = ({ run }: Accepted) => run;
  accepted.pipe(commit(write, { most, again: analysing.freed, size: sizeOf, lane })).subscribe();

  /** Lets the detectors see what a kill kept from them, or from the disk, before anything else. */
  const catchUp = (): void => {
    if (restored === null) return;
    const { pending, news } = restored;
    for (const id of restored.runs()) {
      const { inputs: count, analysis } = restored.stand(id)!;
      if (analysis !== undefined) analyses.takeUp(id, analysis, count);
    }
    restored = null; // and with it the records
    for (const [run, records] of byRun(pending)) {
      const start = { run, records, done: undefined, failures };
      underWay.add(start);
      show({ run, items: [start], records }, START, (concluded) => news(concluded, runs));
    }
    held.release(START);
  };

  const started = now();
  const look = setInterval(() => {
    catchUp();
    // Of a run whose points still wait it is not known what its detectors will make of them.
    const busy = new Set([...underWay].map(({ run }) => run));
    const idle = [...runs.live()].filter(({ id }) => !busy.has(id));
    const found = silences(idle, analyses, now(), started);
    if (found.length > 0) accept(found);
  }, LOOK_MS).unref();

  const noneUnderWay = async (): Promise<void> => {
    catchUp();
    while (underWay.size > 0) await firstValueFrom(changes);
  };
  const idle = () => analysing.hurry(noneUnderWay());

  return {
    runs,
    points: store.points,
    analyses,
    durable,
    resting: store,
    changes,
    rested: atRest,
    get underWay() {
      return underWay.size;
    },
    get failures() {
      return failures;
    },
    get failing() {
      return failing;
    },
    begin() {
      catchUp();
      void store.place();
    },
    accept,
    idle,
    async close() {
      clearInterval(look);
      await idle();
      const unsaved = analyses.unsaved();
      // They only save work at the next start: a disk that is full is no reason not to close.
      if (unsaved.length > 0)
        await store.append(unsaved).catch((error: unknown) => {
          warn(`store: could not keep where the detectors stand: ${(error as Error).message}`);
        });
      analyses.close();
      for (const subject of [accepted, durable, changes, atRest]) subject.complete();
      await store.close();
    },
  };
}

const RETRY_MS = 1_000;

/** Before every segment of the journal. */
const START = 0;

/** Points that are committed together at the most: more would be a long turn of the event loop. */
const GROUP_POINTS = 64_000;

/** Points of what was accepted; what has none counts as one. */
function sizeOf({ records }: Accepted): number {
  return records.reduce((sum, record) => sum + pointsIn(record), 1);
}

function byRun(records: readonly StoreRecord[]): Map<string, StoreRecord[]> {
  return groupBy(records, runOf);
}

/** Records of one run that are to become durable together. */
interface Accepted {
  readonly run: string;
  readonly records: readonly StoreRecord[];
  readonly done: Done | undefined;
  /** Failures of the store before these records were accepted. */
  readonly failures: number;
}

/** What became durable of a run in one commit: as it was accepted, and as it was kept. */
interface OfRun {
  readonly run: string;
  readonly items: readonly Accepted[];
  readonly records: readonly StoreRecord[];
}
