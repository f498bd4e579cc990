import { Subject } from 'rxjs';
import type { Firing, Score } from '../../shared/backtest.ts';
import type { Finding } from '../../shared/finding.ts';
import type { Goal } from '../../shared/lines.ts';
import type { Detector } from '../detector.ts';
import type { Recording } from '../diagnose/recording.ts';
import type { PipelineInput } from '../pipeline/input.ts';
import { type Analysis, analyse } from '../pipeline/pipeline.ts';
import type { Parameters } from '../settings/setting.ts';

/** Whether a run is one to stop, by its name. */
export type Labels = ReadonlyMap<string, boolean>;

/** Findings told of one run, and of all. */
const MOST_OF_A_RUN = 50;
const MOST = 2_000;

/**
 * Replays the runs under one setting of a detector. How the runs themselves had it set does not count.
 * @param setting the parameters of `detector` that differ from the defaults
 */
export function backtest(
  recordings: readonly Recording[],
  detector: Detector,
  setting: Parameters,
  labels: Labels = new Map(),
): Score {
  const replays = recordings.map((recording) => replay(recording, detector));
  const outcomes = replays.flatMap(({ outcome }) => outcome ?? []);
  const validations = sum(outcomes.map((outcome) => outcome.validations));
  const regrets = outcomes.map(({ regret }) => regret);
  const fired = outcomes.filter(({ stopped }) => stopped);
  return {
    setting,
    runs: outcomes.length,
    fired: fired.length,
    saved: sum(outcomes.map(({ saved }) => saved)) / (validations || 1),
    kept: outcomes.filter(({ kept }) => kept).length / (outcomes.length || 1),
    meanRegret: sum(regrets) / (regrets.length || 1),
    worstRegret: Math.max(0, ...regrets),
    firings: replays.flatMap(({ firings }) => firings.slice(0, MOST_OF_A_RUN)).slice(0, MOST),
    falseAlarms: labels.size === 0 ? null : fired.filter(({ run }) => labels.get(run) === false).length,
  };
}

interface Outcome {
  readonly run: string;
  readonly stopped: boolean;
  readonly validations: number;
  /** Validations after the stop. */
  readonly saved: number;
  readonly kept: boolean;
  readonly regret: number;
}

interface Replay {
  readonly firings: readonly Firing[];
  /** null when the run has no validations to judge by. */
  readonly outcome: Outcome | null;
}

/** Replays one run. */
function replay(recording: Recording, detector: Detector): Replay {
  const { run } = recording;
  const inputs = recording.inputs.filter(
    (input) => input.kind !== 'setting' || input.setting.detector !== detector.name,
  );
  const findings = new Map<string, Finding>();
  let last: Analysis | null = null;
  let stop = Infinity;
  const source = new Subject<PipelineInput>();
  source.pipe(analyse(new Map(), [detector])).subscribe((analysis) => {
    last = analysis;
    for (const finding of analysis.findings) findings.set(finding.id, finding);
    const said = analysis.findings.find(({ status }) => status === 'open');
    if (said) stop = Math.min(stop, said.step);
  });
  for (const input of inputs) source.next(input);
  source.complete();

  const firings = [...findings.values()].map(
    ({ id, series, severity, status, from, step, until, epoch, title }): Firing => ({
      id,
      run,
      series,
      severity,
      status,
      from,
      step,
      until,
      epoch,
      title,
    }),
  );
  const { best, bindings } = (last as Analysis | null) ?? {};
  if (!best) return { firings, outcome: null };
  const goal = bindings?.get(best.series)?.goal ?? 'min';
  const all = validationsOf(inputs, best.series);
  const before = all.filter(({ step }) => step <= stop);
  const [reached, reachable] = [bestOf(before, goal), bestOf(all, goal)];
  const regret = Math.abs(reached - reachable) / (Math.abs(reachable) || 1);
  const outcome = {
    run,
    stopped: stop < Infinity,
    validations: all.length,
    saved: all.length - before.length,
    kept: reached === reachable,
    regret: Number.isFinite(regret) ? regret : 0,
  };
  return { firings, outcome };
}

interface Validation {
  readonly step: number;
  readonly value: number;
}

function validationsOf(inputs: readonly PipelineInput[], series: string): Validation[] {
  return inputs.flatMap((input) => {
    if (input.kind !== 'table' || input.table.rank !== 0) return [];
    const { steps, columns } = input.table;
    const column = columns.find((each) => each.series === series);
    return column
      ? Array.from(column.values, (value, i) => ({ step: steps[column.rows?.[i] ?? i], value }))
      : [];
  });
}

/** The best finite value; NaN when there is none. */
function bestOf(validations: readonly Validation[], goal: Goal): number {
  const values = validations.map(({ value }) => value).filter(Number.isFinite);
  if (values.length === 0) return NaN;
  return values.reduce((best, value) => (goal === 'max' ? Math.max(best, value) : Math.min(best, value)));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
