import type { Placement } from './range.ts';
import { pixelOf, type Scale } from './scale.ts';

/** Half a mark's size, and the least distance between two of one line, in CSS pixels. */
const SIZE = 4;

/** Where a chart is drawn, in device pixels. */
export interface Box {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/**
 * Marks values that no axis can hold at its edge, so that they are neither lost nor bend the scale: NaN as a cross
 * at the foot, +Infinity as an arrow at the top, −Infinity as an arrow at the foot. The gap in the line is theirs.
 * Returns the number of marks drawn: of those that would overlap, the first.
 */
export function drawNonFinite(
  ctx: CanvasRenderingContext2D,
  { left, top, width, height }: Box,
  x: Scale,
  { line, places }: Placement,
  color: string,
): number {
  if (line.nonFinite.length === 0) return 0;
  const size = SIZE * devicePixelRatio;
  ctx.save();
  ctx.strokeStyle = color;
  ctx.lineWidth = 1.75 * devicePixelRatio;
  ctx.beginPath();
  let drawnTo = -Infinity;
  let marks = 0;
  for (const index of line.nonFinite) {
    const at = pixelOf(x, places[index]);
    if (!(at >= left && at <= left + width) || at - drawnTo < 2 * size) continue;
    drawnTo = at;
    marks += 1;
    const value = line.values[index];
    const foot = top + height - size * 1.5;
    if (Number.isNaN(value)) cross(ctx, at, foot, size * 0.8);
    else if (value > 0) arrow(ctx, at, top + size * 1.5, -size);
    else arrow(ctx, at, foot, size);
  }
  ctx.stroke();
  ctx.restore();
  return marks;
}

function cross(ctx: CanvasRenderingContext2D, x: number, y: number, size: number): void {
  ctx.moveTo(x - size, y - size);
  ctx.lineTo(x + size, y + size);
  ctx.moveTo(x + size, y - size);
  ctx.lineTo(x - size, y + size);
}

/** @param size negative points up */
function arrow(ctx: CanvasRenderingContext2D, x: number, y: number, size: number): void {
  ctx.moveTo(x - Math.abs(size), y - size);
  ctx.lineTo(x, y + size);
  ctx.lineTo(x + Math.abs(size), y - size);
}
