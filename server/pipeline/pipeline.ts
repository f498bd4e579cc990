import { defer, filter, groupBy, map, mergeMap, scan, tap, type OperatorFunction } from 'rxjs';
import type { Best, Finding } from '../../shared/finding.ts';
import type { Detector } from '../detector.ts';
import { detectors as allDetectors } from '../detectors/index.ts';
import type { Binding } from '../roles.ts';
import { cut, EMPTY_CUT, type Cut, type CutState } from './cut.ts';
import { Detection, type DetectState, EMPTY_DETECT, silenceDueOf } from './detect.ts';
import type { PipelineInput } from './input.ts';
import { type Course, EMPTY_STANDINGS, follow, judge, type Standings } from './judge.ts';
import { EMPTY_LEDGER, enter, type Ledger } from './ledger.ts';
import type { Roster } from './roster.ts';

/** What the pipeline makes of one input, in step with it: one analysis per input, synchronously. */
export interface Analysis {
  readonly run: string;
  /** Findings opened, updated or resolved by this input. */
  readonly findings: readonly Finding[];
  /** The best validation so far of the monitored series. */
  readonly best: Best | null;
  /** Set once the best epoch is sure to be past. */
  readonly stop: { readonly step: number; readonly epoch: number | null; readonly reason: string } | null;
  /** The loss people look at first. */
  readonly loss: { readonly series: string; readonly step: number; readonly value: number } | null;
  /** The course of that loss, or of the series that the best epoch is judged by. */
  readonly trend: Course | null;
  /** One line, always current. */
  readonly verdict: string;
  /** The detector whose finding the verdict is about; null when nothing is wrong. */
  readonly cause: string | null;
  readonly bindings: ReadonlyMap<string, Binding>;
  /** Everything needed to go on from here; plain data that structured clone copies. */
  readonly state: RunCheckpoint;
}

/** The state of one run's pipeline, opaque to everyone else. Plain data, never mutated, so it may be shared. */
export type RunCheckpoint = unknown;

/** The latest state of each run, such as a Map, or what remembers them anyway. */
export interface RunStates {
  get(run: string): RunCheckpoint;
  set(run: string, state: RunCheckpoint): void;
}

interface Checkpoint {
  /** Raised when a change makes older checkpoints unreadable: such a run is judged anew from what comes. */
  readonly version: typeof VERSION;
  readonly cut: CutState;
  readonly detectors: DetectState;
  readonly ledger: Ledger;
  readonly standings: Standings;
}

const VERSION = 5;

/**
 * Runs every detector over every run's inputs.
 * @param states checkpoints to go on from, by run; brought up to date
 * @param detectors which, in the order in which the first one names the cause
 */
export function analyse(
  states: RunStates = new Map(),
  detectors: readonly Detector[] = allDetectors,
): OperatorFunction<PipelineInput, Analysis> {
  return (inputs) =>
    defer(() => {
      // A run that ended may come back: its group ends, its last state stays with the caller.
      return inputs.pipe(
        groupBy((input) => input.run, { duration: (run) => run.pipe(filter(({ kind }) => kind === 'end')) }),
        mergeMap((run) =>
          run.pipe(
            analyseRun(detectors, states.get(run.key)),
            tap((analysis) => states.set(run.key, analysis.state)),
          ),
        ),
      );
    });
}

/** Seconds of silence after which a run's detectors would have something to say; null: never. */
export function silenceDue(checkpoint: RunCheckpoint): number | null {
  if (!isCheckpoint(checkpoint)) return null;
  return silenceDueOf(allDetectors, checkpoint.detectors, checkpoint.cut.settings);
}

/**
 *     inputs ─▶ cut ─▶ detect ─▶ ledger ─▶ judge ─▶ analyses
 */
function analyseRun(
  detectors: readonly Detector[],
  restored: RunCheckpoint,
): OperatorFunction<PipelineInput, Analysis> {
  const from = readable(restored);
  const detection = new Detection(detectors);
  const begin = { ...from, detectors: detection.from(from.detectors) };
  return (inputs) =>
    inputs.pipe(
      cut(from.cut),
      scan(
        ({ checkpoint: before }: Conclusion, made): Conclusion => {
          const { events, state } = detection.run(before.detectors, made);
          const { ledger, findings } = enter(before.ledger, made, events);
          const standings = follow(before.standings, made);
          return {
            made,
            findings,
            checkpoint: { version: VERSION, cut: made.state, detectors: state, ledger, standings },
          };
        },
        { made: null, findings: [], checkpoint: begin },
      ),
      map(({ made, findings, checkpoint }) => {
        const judged = judge(checkpoint.standings, checkpoint.ledger, made!, detectors);
        return {
          run: made!.input.run,
          findings,
          best: judged.best,
          stop: judged.stop,
          loss: judged.loss,
          trend: judged.trend,
          verdict: judged.verdict,
          cause: judged.cause,
          bindings: bindingsOf(made!.state.roster),
          state: checkpoint,
        };
      }),
    );
}

interface Conclusion {
  /** null before the first input. */
  readonly made: Cut | null;
  readonly findings: readonly Finding[];
  readonly checkpoint: Checkpoint;
}

function readable(restored: RunCheckpoint): Checkpoint {
  if (isCheckpoint(restored)) return restored;
  return {
    version: VERSION,
    cut: EMPTY_CUT,
    detectors: EMPTY_DETECT,
    ledger: EMPTY_LEDGER,
    standings: EMPTY_STANDINGS,
  };
}

function isCheckpoint(value: unknown): value is Checkpoint {
  return typeof value === 'object' && value !== null && 'version' in value && value.version === VERSION;
}

/** By the roster they were taken from: most inputs change no binding. */
const BINDINGS = new WeakMap<Roster, ReadonlyMap<string, Binding>>();

function bindingsOf(roster: Roster): ReadonlyMap<string, Binding> {
  let bindings = BINDINGS.get(roster);
  if (!bindings) {
    bindings = new Map(roster.members.map(({ binding }) => [binding.series, binding]));
    BINDINGS.set(roster, bindings);
  }
  return bindings;
}
