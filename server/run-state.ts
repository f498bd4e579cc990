import type { RunState, SeriesState } from '../shared/frames.ts';
import { toWire } from '../shared/numbers.ts';
import type { Analysis } from './pipeline/pipeline.ts';
import { courseOf, rateOf } from './pipeline/trend.ts';
import { bind } from './roles.ts';
import type { Run } from './store/run.ts';

/** One run as viewers are shown it. */
export function runState(run: Run, analysis: Analysis | undefined): RunState {
  const loss = analysis?.loss;
  const { edit } = run;
  return {
    run: run.id,
    project: run.project,
    name: edit.name ?? run.name,
    config: run.config,
    tags: edit.tags ?? run.tags,
    notes: edit.notes ?? run.notes,
    summary: run.summary,
    group: run.group,
    job: run.job,
    host: run.host,
    status: run.status,
    stop: run.stopsItself ? 'best-epoch' : 'never',
    stopSet: run.stopSet,
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
    // An analysis saved by an older release has no course yet.
    trend: analysis?.trend
      ? { series: analysis.trend.series, values: courseOf(analysis.trend.trend).map(shortened) }
      : null,
    rate: analysis?.trend ? rateOf(analysis.trend.pace) : null,
    pinned: edit.pinned ?? false,
    archived: edit.archived ?? false,
    deleted: edit.deleted ?? false,
    settings: [...run.settings.values()],
    verdict: analysis?.verdict ?? '',
    request: run.request,
    missing: run.missing,
  };
}

/** A value as a small curve can show it; null where it is not finite. */
function shortened(value: number): number | null {
  return Number.isFinite(value) ? Number(value.toPrecision(4)) : null;
}

/** Every series of a run with its role, in the order of their numbers: frames name them by their places. */
export function seriesStates(run: Run, analysis: Analysis | undefined): SeriesState[] {
  return [...run.series.values()].map(({ name, rank }) => {
    const { role, split, quantity, goal } = analysis?.bindings.get(name) ?? bind(name, run.defines.get(name));
    return { series: name, rank, role, split, quantity, goal };
  });
}
