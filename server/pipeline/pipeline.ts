import { connect, defer, filter, groupBy, map, mergeMap, scan, tap, zip, type OperatorFunction } from 'rxjs';
import type { Best, Finding } from '../../shared/finding.ts';
import type { Detector } from '../detector.ts';
import { detectors as allDetectors } from '../detectors/index.ts';
import type { Binding } from '../roles.ts';
import { cut, EMPTY_CUT, type Cut, type CutState } from './cut.ts';
import { asSet, detect, type DetectState, dueOf } from './detect.ts';
import type { PipelineInput } from './input.ts';
import { EMPTY_STANDINGS, follow, judge, type Standings } from './judge.ts';
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

interface Checkpoint {
  /** Raised when a change makes older checkpoints unreadable: such a run is judged anew from what comes. */
  readonly version: typeof VERSION;
  readonly cut: CutState;
  readonly detectors: Readonly<Record<string, DetectState>>;
  readonly ledger: Ledger;
  readonly standings: Standings;
}

const VERSION = 3;

/**
 * Runs every detector over every run's inputs.
 * @param restored checkpoints to go on from, by run
 * @param detectors which, in the order in which the first one names the cause
 */
export function analyse(
  restored: ReadonlyMap<string, RunCheckpoint> = new Map(),
  detectors: readonly Detector[] = allDetectors,
): OperatorFunction<PipelineInput, Analysis> {
  return (inputs) =>
    defer(() => {
      // A run that ended may come back: its group ends, its last state stays.
      const states = new Map(restored);
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
  const { detectors: states, cut } = checkpoint;
  const all = allDetectors.flatMap((one) => {
    // A detector that is new has no state in an older checkpoint.
    const state = states[one.name] as DetectState | undefined;
    const setting = cut.settings[one.name];
    return (state && dueOf(setting ? asSet(one, setting) : one, state)) ?? [];
  });
  return all.length > 0 ? Math.min(...all) : null;
}

/**
 *     inputs ─▶ cut ─┬─▶ detect(a) ─┬─▶ ledger ─▶ judge ─▶ analyses
 *                    ├─▶ detect(b) ─┤
 *                    └──────────────┘
 */
function analyseRun(
  detectors: readonly Detector[],
  restored: RunCheckpoint,
): OperatorFunction<PipelineInput, Analysis> {
  const from = readable(restored);
  return (inputs) =>
    inputs.pipe(
      cut(from.cut),
      connect((made) =>
        zip([made, ...detectors.map((one) => made.pipe(detect(one, from.detectors[one.name])))] as const),
      ),
      scan(
        (before: Conclusion, [made, ...detected]): Conclusion => {
          const events = detected.flatMap((one) => one.events);
          const { ledger, findings } = enter(before.checkpoint.ledger, made, events);
          const standings = follow(before.checkpoint.standings, made);
          const states = Object.fromEntries(detectors.map((one, i) => [one.name, detected[i].state]));
          return {
            made,
            findings,
            checkpoint: { version: VERSION, cut: made.state, detectors: states, ledger, standings },
          };
        },
        { made: null, findings: [], checkpoint: from },
      ),
      map(({ made, findings, checkpoint }) => ({
        run: made!.input.run,
        findings,
        ...judge(checkpoint.standings, checkpoint.ledger, made!, detectors),
        bindings: bindingsOf(made!.state.roster),
        state: checkpoint,
      })),
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
    detectors: {},
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
