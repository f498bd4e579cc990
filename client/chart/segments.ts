import type { Line } from '../series.ts';

/**
 * From which step on an attempt was trained in vain: the first step of any later attempt of the same series and rank,
 * which began there anew. What lies before it is what the later one goes on from. Infinity for the latest.
 * @param lines all attempts
 */
export function supersededFrom(line: Line, lines: readonly Line[]): number {
  let from = Infinity;
  for (const { series, rank, attempt, steps, length } of lines)
    if (attempt > line.attempt && rank === line.rank && series === line.series && length > 0)
      from = Math.min(from, steps[0]);
  return from;
}

/** Indices of a line, both ends included, and whether a later attempt took their place. */
export interface Segment {
  readonly from: number;
  readonly to: number;
  readonly superseded: boolean;
}

/**
 * A stretch of a line as segments to be drawn apart, the superseded one first, so that it lies below. Each restart
 * begins a new line; the two segments of one line share the point between them.
 * @param superseded see `supersededFrom`
 */
export function segmentsOf(line: Line, from: number, to: number, superseded: number): Segment[] {
  if (from > to) return [];
  const cut = superseded === Infinity ? line.length : line.lowerBound(superseded);
  if (cut > to) return [{ from, to, superseded: false }];
  if (cut <= from) return [{ from, to, superseded: true }];
  return [
    { from: cut - 1, to, superseded: true },
    { from, to: cut - 1, superseded: false },
  ];
}
