import type { PointsEntry } from '../../../server/tail/entry.ts';

/** Points of two series in turn. */
export function points(times: readonly number[], steps = times.map((_, i) => i)): PointsEntry {
  return {
    kind: 'points',
    names: ['a', 'b'],
    series: Uint32Array.from(times, (_, i) => i % 2),
    steps: Float64Array.from(steps),
    times: Float64Array.from(times),
    values: Float64Array.from(times, (_, i) => i / 2),
  };
}

export const range = (count: number) => Array.from({ length: count }, (_, i) => i);
