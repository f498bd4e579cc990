import type { Line } from '../series.ts';

/** From and to, in steps. */
export type Span = readonly [from: number, to: number];

/** The steps a chart shows: the zoom, or everything, from 0 where the run began near it; never empty. */
export function xRange(first: number, last: number, zoom: Span | null): Span {
  if (zoom) return zoom;
  if (first > last) return [0, 1];
  if (first === last) return [first - 1, last + 1];
  return [first < last * 0.05 ? 0 : first, last];
}

/**
 * The values a chart shows: all finite ones of its lines within the steps shown, and a margin of 6 %.
 * Outliers are never cut off, and non-finite values never count.
 */
export function yRange(lines: readonly Line[], [from, to]: Span, log: boolean): [min: number, max: number] {
  let min = Infinity;
  let max = -Infinity;
  for (const line of lines) {
    const extent = line.extent(from, to);
    if (!extent) continue;
    min = Math.min(min, extent[0]);
    max = Math.max(max, extent[1]);
  }
  if (min > max) return log ? [0.1, 1] : [0, 1];
  if (log) {
    const margin = Math.max((max / min) ** 0.06, 1.05);
    return [min / margin, max * margin];
  }
  if (min === max) {
    const margin = Math.abs(min) * 0.1 || 1;
    return [min - margin, max + margin];
  }
  const margin = (max - min) * 0.06;
  return [min >= 0 && min < margin ? 0 : min - margin, max + margin];
}

/** Whether a logarithmic axis can show every finite value of the lines. */
export function allPositive(lines: readonly Line[]): boolean {
  return lines.every(({ min, max }) => min > max || min > 0);
}
