import type { Places } from '../chart/places.ts';
import { type Line, nearest } from '../series.ts';

/** A line says nothing of places further from its ends than this, as a share of the axis. */
const REACH = 0.02;

/** The point of a line nearest to a place; -1 where the line does not come so far. */
export function indexAt(line: Line, place: number, places: Places): number {
  const [from, to] = places.extent() ?? [0, 0];
  const of = places.of(line);
  return within(of[0], of[line.length - 1], place, to - from, line.length)
    ? nearest(of, line.length, place)
    : -1;
}

/** The point of a line nearest to a step; -1 where the line does not come so far. */
export function indexAtStep(line: Line, step: number): number {
  const { steps, length } = line;
  const reach = steps[length - 1] - steps[0];
  return within(steps[0], steps[length - 1], step, reach, length) ? line.nearest(step) : -1;
}

function within(first: number, last: number, place: number, extent: number, count: number): boolean {
  const near = Math.max(extent * REACH, count > 1 ? (last - first) / (count - 1) : 0);
  return count > 0 && place >= first - near && place <= last + near;
}
