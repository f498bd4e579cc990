import type { RunState, SeriesState } from '../shared/frames.ts';
import { toWire } from '../shared/numbers.ts';
import type { Analysis } from './pipeline/pipeline.ts';
import { bind } from './roles.ts';
import type { Run } from './store/run.ts';

/** One run as viewers are shown it. */
export function runState(run: Run, analysis: Analysis | undefined): RunState {
  const loss = analysis?.loss;
  return {
    run: run.id,
    project: run.project,
    name: run.name,
    config: run.config,
    tags: run.tags,
    notes: run.notes,
    summary: run.summary,
    group: run.group,
    job: run.job,
    host: run.host,
    status: run.status,
    stop: run.stop,
    created: run.created,
    heard: run.heard,
    ended: run.ended,
    reason: run.reason,
    step: run.step,
    epoch: run.epoch,
    attempt: Math.max(0, ...run.attempts.values()),
    ranks: run.ranks,
    points: run.points,
    loss: loss ? { ...loss, value: toWire(loss.value) } : null,
    best: analysis?.best ?? null,
    verdict: analysis?.verdict ?? '',
    request: run.request,
    missing: run.missing,
  };
}

/** Every series of a run with its role. */
export function seriesStates(run: Run, analysis: Analysis | undefined): SeriesState[] {
  return [...run.series.values()].map(({ name, rank }) => {
    const { role, split, quantity, goal } = analysis?.bindings.get(name) ?? bind(name, run.defines.get(name));
    return { series: name, rank, role, split, quantity, goal };
  });
}
