import { Subject } from 'rxjs';
import type { Finding } from '../../shared/finding.ts';
import type { PipelineInput } from '../pipeline/input.ts';
import { type Analysis, analyse } from '../pipeline/pipeline.ts';
import { inTurns } from '../store/turns.ts';
import { pointCount } from '../table.ts';

/** How far the replay of a run has come, and what was known there. Plain data, never mutated. */
export interface Stand {
  /** The attempt of the first rank, and the step up to which all of its rows have been seen. */
  readonly attempt: number;
  readonly to: number;
  /** Events of the run that have been seen. */
  readonly events: number;
  readonly analysis: Analysis | null;
  /** By id, each in its form as of then. */
  readonly findings: ReadonlyMap<string, Finding>;
  /** Of the first rank's last row. */
  readonly step: number | null;
  readonly time: number | null;
  readonly epoch: number | null;
  readonly points: number;
  readonly damaged: readonly string[];
}

export const AT_START: Stand = {
  attempt: 0,
  to: -Infinity,
  events: 0,
  analysis: null,
  findings: new Map(),
  step: null,
  time: null,
  epoch: null,
  points: 0,
  damaged: [],
};

/**
 * Lets the pipeline go on from a stand, as it would have live. Trainers and viewers are heard in between.
 * @param inputs of one run, in order
 * @throws what `gone` was aborted with
 */
export async function goOn(
  before: Stand,
  inputs: readonly PipelineInput[],
  gone: AbortSignal,
): Promise<Pick<Stand, 'analysis' | 'findings' | 'step' | 'time' | 'epoch' | 'points'>> {
  let { analysis, step, time, epoch, points } = before;
  const findings = new Map(before.findings);
  const states = new Map(analysis ? [[analysis.run, analysis.state]] : []);
  const source = new Subject<PipelineInput>();
  source.pipe(analyse(states)).subscribe((made) => {
    analysis = made;
    for (const finding of made.findings) findings.set(finding.id, finding);
  });
  await inTurns(inputs, (input) => {
    gone.throwIfAborted();
    source.next(input);
    if (input.kind !== 'table') return;
    const { table } = input;
    points += pointCount(table);
    if (table.rank !== 0) return;
    step = table.steps[table.steps.length - 1];
    time = table.times[table.times.length - 1];
    epoch = table.columns.find(({ series }) => series === 'epoch')?.values.at(-1) ?? epoch;
  });
  source.complete();
  return { analysis, findings, step, time, epoch, points };
}
