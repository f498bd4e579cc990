import Type, { type Static } from 'typebox';
import type { Finding } from './finding.ts';

/** What `POST /api/backtest` takes: which stored runs to replay, and under which settings of which detector. */
export const BacktestRequest = Type.Object({
  detector: Type.Optional(Type.String({ maxLength: 64 })),
  /** Ids of runs; left out: all. */
  runs: Type.Optional(Type.Array(Type.String({ maxLength: 128 }), { maxItems: 1_000 })),
  /** Values of parameters; every combination is tried. */
  set: Type.Optional(Type.Record(Type.String(), Type.Array(Type.Number(), { minItems: 1, maxItems: 32 }))),
});
export type BacktestRequest = Static<typeof BacktestRequest>;

/** What would have come of stopping every run where the detector, so set, first spoke. */
export interface Score {
  /** The parameters that differ from the defaults. */
  readonly setting: Readonly<Record<string, number>>;
  /** Runs that have validations to judge by. */
  readonly runs: number;
  /** Runs in which it spoke. */
  readonly fired: number;
  /** Validations after its stops, as a share of all validations of all runs. */
  readonly saved: number;
  /** Share of the runs whose best validation is not after the stop. */
  readonly kept: number;
  /** How much worse the best validation before the stop is than the run's best, relative to it: mean over all runs. */
  readonly meanRegret: number;
  readonly worstRegret: number;
  /** What it said, run by run: at most 50 findings of a run, and 2,000 in all. */
  readonly firings: readonly Firing[];
  /** Runs labelled as ones not to stop in which it spoke; null without labels. */
  readonly falseAlarms: number | null;
}

/** One finding that the detector, so set, would have said. */
export interface Firing extends Pick<
  Finding,
  'run' | 'series' | 'severity' | 'status' | 'from' | 'step' | 'until' | 'epoch' | 'title'
> {
  /** Stable within the answer. */
  readonly id: string;
}
