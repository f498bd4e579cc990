import type { Finding } from '../shared/finding.ts';
import type { RunState } from '../shared/frames.ts';
import type { Points } from './points.ts';

/** Where time travel stops by itself: at points of the curve that the run is judged by, and where findings changed. */
export interface Stops {
  /** The steps it goes over. */
  readonly first: number;
  readonly last: number;
  /** Findings at the steps where they were first said. */
  readonly said: readonly Finding[];
  /** Each gives the nearest stop before or after a step; undefined where there is none. */
  readonly before: Move;
  readonly after: Move;
  readonly saidBefore: Move;
  readonly saidAfter: Move;
}

export type Move = (step: number) => number | undefined;

export function stopsOf(
  points: Points | undefined,
  { best, loss, step }: RunState,
  findings: readonly Finding[],
): Stops {
  const series = best?.series ?? loss?.series;
  const lines = series === undefined ? [] : (points?.lines(series) ?? []).filter(({ rank }) => rank === 0);
  const first = points && points.first <= points.last ? points.first : 0;
  const last = Math.max(first, step ?? 0);
  const curve = ascending(lines.flatMap((line) => [...line.steps.subarray(0, line.length)]));
  const changes = ascending(
    findings.flatMap((one) => [one.step, ...(one.status === 'resolved' ? [one.until] : [])]),
  );
  return {
    first,
    last,
    said: findings,
    before: (at) => curve.findLast((one) => one < at),
    after: (at) => curve.find((one) => one > at),
    saidBefore: (at) => changes.findLast((one) => one < at),
    saidAfter: (at) => changes.find((one) => one > at),
  };
}

function ascending(steps: readonly number[]): number[] {
  return [...new Set(steps)].sort((a, b) => a - b);
}
