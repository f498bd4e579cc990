import { catchError, firstValueFrom, type Observable, Subject, tap } from 'rxjs';
import { commit } from './commit.ts';
import { conclusions } from './conclusions.ts';
import { type Analysis, analyse } from './pipeline/pipeline.ts';
import type { PipelineInput } from './pipeline/input.ts';
import { pipelineInput } from './pipeline-input.ts';
import { type Progress, Restored } from './restored.ts';
import { joinTables } from './join.ts';
import { LOOK_MS, silences } from './silence.ts';
import type { StoreRecord } from './store/record.ts';
import type { Checkpoint } from './store/catalogue.ts';
import type { PointsReader } from './store/points-reader.ts';
import type { Runs } from './store/runs.ts';
import type { Store } from './store/store.ts';
import { pointCount } from './table.ts';

/**
 * The line from accepted to known:
 *
 *     accept ─▶ commit (durable) ─▶ acknowledge ─▶ analyse ─▶ changes ─▶ fan-out
 *                  ▲                                  │
 *                  └── findings, stops, checkpoints ──┘
 *
 * What the detectors say goes the same way as what trainers say, so that nothing is ever shown that could be lost.
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
  /** Makes records durable, in the order of the calls; `done` hears the error when they could not be. */
  accept(records: readonly StoreRecord[], done?: Done): void;
  /** Waits for everything accepted, saves the state of every run and closes the store. */
  close(): Promise<void>;
}

/** What the store tells when it is opened, and later. */
export interface StoreHooks {
  /** Hears every record that is not sealed, in order, and where each run's pipeline stood before them. */
  readonly replay: (record: StoreRecord, kept: (run: string) => Checkpoint | undefined) => void;
  /** Hears of runs that have come to rest. */
  readonly rested: (runs: readonly string[]) => void;
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
  const analysed = new Map<string, Analysis>();
  const progress = new Map<string, Progress>();
  const store = await open({
    replay: (record, kept) => (restored ??= new Restored(kept)).add(record),
    rested: (rested) => {
      for (const run of rested) {
        analysed.delete(run);
        progress.delete(run);
      }
    },
  });
  const { runs } = store;
  restored ??= new Restored();
  for (const [run, analysis] of restored.analyses) analysed.set(run, analysis);
  for (const [run, inputs] of restored.inputs) progress.set(run, inputs);

  const analyses = {
    get(id: string): Analysis | undefined {
      const latest = analysed.get(id);
      if (latest !== undefined || !runs.has(id)) return latest;
      const kept = store.checkpoint(id)?.analysis;
      if (kept !== undefined && runs.isLive(id)) analysed.set(id, kept);
      return kept;
    },
  };
  const states = { get: (id: string) => analyses.get(id)?.state, set: () => undefined };
  const progressOf = (id: string): Progress =>
    progress.get(id) ?? { inputs: store.checkpoint(id)?.inputs ?? 0, unsaved: 0 };

  const inputs = new Subject<PipelineInput>();
  const accepted = new Subject<Accepted>();
  const changes = new Subject<readonly StoreRecord[]>();
  const durable = new Subject<readonly StoreRecord[]>();
  let underWay = 0;
  let failures = 0;
  let failing = false;

  inputs
    .pipe(
      analyse(states),
      tap((analysis) => analysed.set(analysis.run, analysis)),
      catchError((error: Error, again) => {
        warn(`pipeline: failed; it goes on from the states saved last: ${error.stack ?? error.message}`);
        return again;
      }),
    )
    .subscribe();

  /** Lets the pipeline see a durable record; what follows from it is to be made durable in turn. */
  const conclude = (record: StoreRecord): StoreRecord[] => {
    const input = pipelineInput(record);
    if (input === null) return [];
    const before = analyses.get(input.run);
    inputs.next(input);
    const analysis = analyses.get(input.run);
    const run = runs.get(input.run);
    if (analysis === undefined || analysis === before || run === undefined) return [];

    const points = input.kind === 'table' ? pointCount(input.table) : 0;
    const { inputs: count, unsaved } = progressOf(run.id);
    const due = input.kind === 'end' || unsaved + points >= checkpointPoints;
    progress.set(run.id, { inputs: count + 1, unsaved: due ? 0 : unsaved + points });
    const said = conclusions(analysis, run, now());
    return due ? [...said, checkpoint(analysis)] : said;
  };

  const checkpoint = (analysis: Analysis): StoreRecord => ({
    kind: 'checkpoint',
    run: analysis.run,
    inputs: progressOf(analysis.run).inputs,
    analysis: { ...analysis, findings: [] },
  });

  const accept = (records: readonly StoreRecord[], done?: Done) => {
    underWay++;
    accepted.next({ records, done, failures });
  };

  /** Findings are tried again until the store takes them: nobody else would send them again. */
  const acceptConcluded = (records: readonly StoreRecord[]) =>
    accept(records, (error) => {
      if (error) setTimeout(() => acceptConcluded(records), RETRY_MS).unref();
    });

  const missed = restored.news(restored.pending.flatMap(conclude), runs);
  if (missed.length > 0) await store.append(missed);

  /** The group before, being analysed. */
  let analysing: Promise<void> | null = null;

  /**
   * Appends a group, while the one before may still be being analysed; what was accepted before a failure fails with it,
   * for it may stand on what was lost.
   */
  const write = async (items: readonly Accepted[]): Promise<void> => {
    const stale = items.filter((item) => item.failures < failures);
    const fresh = items.filter((item) => item.failures === failures);
    const records = joinTables(fresh.flatMap((item) => item.records));
    const error = await store.append(records).then(
      () => null,
      (failure: unknown) => failure as Error,
    );
    failing = error !== null;
    if (error) {
      failures++;
      warn(`store: could not keep ${records.length} records: ${error.message}`);
    } else durable.next(records);
    for (const { done } of stale) done?.(new Error('lines before these could not be kept'));
    for (const { done } of fresh) done?.(error);
    if (analysing) await analysing;
    analysing = analyseGroup(error ? [] : records, items.length);
  };

  /** Lets the pipeline see a group, some milliseconds of it a tick, so that sockets are heard in between. */
  const analyseGroup = async (records: readonly StoreRecord[], count: number): Promise<void> => {
    const concluded: StoreRecord[] = [];
    let since = performance.now();
    for (const record of records) {
      if (performance.now() - since > SLICE_MS) {
        await new Promise(setImmediate);
        since = performance.now();
      }
      concluded.push(...conclude(record));
    }
    underWay -= count;
    if (concluded.length > 0) acceptConcluded(concluded);
    analysing = null;
    changes.next(records);
  };

  accepted.pipe(commit(write)).subscribe();

  const started = now();
  const look = setInterval(() => {
    const found = underWay > 0 ? [] : silences(runs.live(), analyses, now(), started);
    if (found.length > 0) accept(found);
  }, LOOK_MS).unref();

  return {
    runs,
    points: store.points,
    analyses,
    durable,
    resting: store,
    changes,
    get underWay() {
      return underWay;
    },
    get failures() {
      return failures;
    },
    get failing() {
      return failing;
    },
    accept,
    async close() {
      clearInterval(look);
      while (underWay > 0) await firstValueFrom(changes);
      const unsaved = [...analysed.values()].filter(({ run }) => (progress.get(run)?.unsaved ?? 0) > 0);
      if (unsaved.length > 0) await store.append(unsaved.map(checkpoint));
      for (const subject of [accepted, inputs, durable, changes]) subject.complete();
      await store.close();
    },
  };
}

const RETRY_MS = 1_000;

/** Milliseconds of analysis in one tick of the event loop; one record is never cut. */
const SLICE_MS = 6;

interface Accepted {
  readonly records: readonly StoreRecord[];
  readonly done: Done | undefined;
  /** Failures of the store before these records were accepted. */
  readonly failures: number;
}
