import type { PointsPart } from '../shared/points.ts';
import type { SeriesState } from '../shared/frames.ts';
import type { Points } from './points.ts';

/**
 * Cuts points to what was known at a step, into `cut`, which is drawn in their place. As the server has it, the step is
 * looked for in the latest attempt that has reached it: attempts before that one are whole, later ones not there yet.
 * Real points only, so a decimated line may end before the step.
 * @param series whose lines are cut
 */
export function cutPoints(cut: Points, points: Points, series: readonly SeriesState[], step: number): void {
  cut.first = Infinity;
  cut.last = -Infinity;
  cut.latest = 0;
  cut.attempts.clear();
  cut.epochSeries = points.epochSeries;
  const parts: PointsPart[] = [];
  const names = new Set(series.map((one) => one.series));
  const lines = [...names].flatMap((name) => points.lines(name));
  const reached = lines.filter(({ rank, steps, length }) => rank === 0 && length > 0 && steps[0] <= step);
  const stood = Math.max(0, ...reached.map(({ attempt }) => attempt));
  for (const line of lines) {
    const count = line.attempt < stood ? line.length : line.attempt > stood ? 0 : line.lowerBound(step + 0.5);
    parts.push({
      ...{ series: parts.length, attempt: line.attempt, total: count, replace: true, window: null },
      ...{ steps: line.steps.subarray(0, count), times: line.times.subarray(0, count) },
      values: line.values.subarray(0, count),
    });
  }
  cut.apply(parts, lines);
}
