import type uPlot from 'uplot';
import type { Line } from '../series.ts';

/** Half a mark's size, and the least distance between two of one line, in CSS pixels. */
const SIZE = 4;

/**
 * Marks values that no axis can hold at its edge, so that they are neither lost nor bend the scale: NaN as a cross
 * at the foot, +Infinity as an arrow at the top, −Infinity as an arrow at the foot. The gap in the line is theirs.
 * Returns the number of marks drawn: of those that would overlap, the first.
 */
export function drawNonFinite(u: uPlot, line: Line, color: string): number {
  const { min, max } = u.scales.x;
  if (line.nonFinite.length === 0 || min === undefined || max === undefined) return 0;
  const { ctx, bbox } = u;
  const size = SIZE * devicePixelRatio;
  ctx.save();
  ctx.strokeStyle = color;
  ctx.fillStyle = color;
  ctx.lineWidth = 1.75 * devicePixelRatio;
  ctx.beginPath();
  let drawnTo = -Infinity;
  let marks = 0;
  for (const index of line.nonFinite) {
    const step = line.steps[index];
    if (step < min || step > max) continue;
    const x = u.valToPos(step, 'x', true);
    if (x - drawnTo < 2 * size) continue;
    drawnTo = x;
    marks += 1;
    const value = line.values[index];
    const foot = bbox.top + bbox.height - size * 1.5;
    if (Number.isNaN(value)) cross(ctx, x, foot, size * 0.8);
    else if (value > 0) arrow(ctx, x, bbox.top + size * 1.5, -size);
    else arrow(ctx, x, foot, size);
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
