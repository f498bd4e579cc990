import type { Finding } from '../../../shared/finding.ts';
import type { Diagnosis } from '../../../server/diagnose/diagnose.ts';
import { isRight } from './causes.ts';
import type { Label } from './read-bench.ts';

/** What was made of one labelled run. */
export interface Judged {
  readonly run: string;
  readonly label: Label;
  /** The detector that the verdict is about; where nothing is grave, that of the first open remark; null: nothing. */
  readonly cause: string | null;
  /** The cause is a warning or worse, and no remark. */
  readonly grave: boolean;
  readonly verdict: string;
  /** The right cause comes first; of a healthy run, no finding at or above a warning was ever said. */
  readonly right: boolean;
  /** The first finding of a right detector; null: none. */
  readonly found: Finding | null;
  /** From the onset to `found`, at least 0; in epochs. */
  readonly delay: number | null;
  /** Findings of a warning or worse, open or resolved since. */
  readonly alarms: readonly Finding[];
}

/** Judges a diagnosis by the run's label. */
export function judge({ recording, findings, analysis }: Diagnosis, label: Label): Judged {
  const alarms = findings.filter(({ severity }) => severity !== 'info');
  const remark = findings.find(({ status }) => status === 'open');
  const grave = (analysis?.cause ?? null) !== null;
  const cause = analysis?.cause ?? remark?.detector ?? null;
  const found = findings.find(({ detector }) => isRight(label.fault, detector)) ?? null;
  const perEpoch = stepsPerEpoch(recording.inputs);
  return {
    run: recording.run,
    label,
    cause,
    grave,
    verdict: analysis?.verdict ?? '',
    right: label.fault === 'healthy' ? alarms.length === 0 : isRight(label.fault, cause),
    found,
    delay: found && Math.max(0, found.step - label.onset) / perEpoch,
    alarms,
  };
}

/** Steps between the first two validations. */
function stepsPerEpoch(inputs: Diagnosis['recording']['inputs']): number {
  const steps = inputs.flatMap((input) => {
    if (input.kind !== 'table') return [];
    const { columns, steps } = input.table;
    const column = columns.find(({ series }) => series === 'val/loss');
    if (!column) return [];
    return column.rows === null ? [...steps] : Array.from(column.rows, (row) => steps[row]);
  });
  return steps.length > 1 ? steps[1] - steps[0] : 1;
}

/** How one fault, or the healthy runs, fared. */
export interface Score {
  readonly fault: string;
  readonly runs: number;
  /** Shares of the runs. */
  readonly detected: number;
  readonly right: number;
  readonly alarmed: number;
  /** Findings of a warning or worse per run. */
  readonly alarms: number;
  /** Median over the detected runs, in epochs; null: none was detected. */
  readonly delay: number | null;
}

export function score(fault: string, runs: readonly Judged[]): Score {
  const share = (matches: (one: Judged) => boolean): number => runs.filter(matches).length / runs.length;
  const delays = runs.flatMap(({ delay }) => (delay === null ? [] : [delay])).sort((a, b) => a - b);
  return {
    fault,
    runs: runs.length,
    detected: share(({ found }) => found !== null),
    right: share(({ right }) => right),
    alarmed: share(({ alarms }) => alarms.length > 0),
    alarms: runs.reduce((sum, { alarms }) => sum + alarms.length, 0) / runs.length,
    delay: delays.length === 0 ? null : delays[delays.length >> 1],
  };
}

/** Runs by what `key` says of them, in the order of the first of each. */
export function groupBy<One>(all: readonly One[], key: (one: One) => string): Map<string, One[]> {
  const groups = new Map<string, One[]>();
  for (const one of all) {
    const group = groups.get(key(one)) ?? [];
    groups.set(key(one), group);
    group.push(one);
  }
  return groups;
}
