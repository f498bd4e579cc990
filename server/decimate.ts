import type { PointColumns } from '../shared/points.ts';

/** Points kept of a pixel column at the most: first, lowest, highest, first non-finite, last. */
const PER_COLUMN = 5;

/**
 * The points of a series that draw like all of them: of every pixel column the first, last, lowest and highest
 * finite value and the first non-finite one, in their order (M4: Jugel et al., VLDB 2014). No spike is ever left out.
 * @param points ascending by step
 * @param width pixel columns over the steps of these points
 * @returns the same points when they are few, else at most 5 a column
 */
export function decimate(points: PointColumns, width: number): PointColumns {
  const { steps, times, values } = points;
  const count = steps.length;
  if (count <= width * PER_COLUMN) return points;
  const start = steps[0];
  const columnsPerStep = width / (steps[count - 1] - start || 1);
  const kept = new Uint32Array(width * PER_COLUMN);
  let length = 0;
  for (let to = 0; to < count;) {
    const from = to;
    const column = columnOf(steps[from]);
    let [low, high, odd] = [-1, -1, -1];
    for (; to < count && columnOf(steps[to]) === column; to++) {
      const value = values[to];
      if (!Number.isFinite(value)) odd = odd < 0 ? to : odd;
      else {
        if (low < 0 || value < values[low]) low = to;
        if (high < 0 || value > values[high]) high = to;
      }
    }
    const chosen = new Set([from, low, high, odd, to - 1].sort((a, b) => a - b));
    chosen.delete(-1);
    for (const index of chosen) kept[length++] = index;
  }
  const pick = (column: Float64Array) =>
    Float64Array.from(kept.subarray(0, length), (index) => column[index]);
  return { steps: pick(steps), times: pick(times), values: pick(values) };

  function columnOf(step: number): number {
    return Math.min(width - 1, Math.floor((step - start) * columnsPerStep));
  }
}
