import { blend, partsOf } from './blend.ts';
import type { LineLayer } from './line-layer.ts';
import { lowerBound, type Line } from '../series.ts';
import type { Box } from './non-finite.ts';
import type { Placement, Span } from './range.ts';
import { pixelOf, type Scale } from './scale.ts';
import { segmentsOf } from './segments.ts';
import { strokeLine } from './stroke.ts';

/** One line of a chart, as it is drawn now. */
export interface DrawnLine extends Placement {
  /** What the chart's spec calls it. */
  readonly name: string;
  /** All points of the run, where `line` is a stretch that was read for a zoom; else `line` itself. */
  readonly whole: Line;
  readonly color: string;
  /** CSS pixels. */
  readonly width: number;
  /** From which step on a later attempt took its place; see `supersededFrom`. */
  readonly superseded: number;
  /** A mean for each point, where the chart is smoothed. */
  readonly means: Float64Array | null;
}

/** What drawing needs of the chart. */
export interface Canvas {
  readonly ctx: CanvasRenderingContext2D;
  readonly box: Box;
  /** Over the box. */
  readonly layer: LineLayer;
  readonly x: Scale;
  readonly y: Scale;
  readonly ratio: number;
  /** The colour behind lines. */
  readonly ground: string;
}

/** How much of it is seen of what a later attempt took the place of, and of a curve behind its mean. */
const SUPERSEDED = 0.45;
const GHOST = 0.3;
/** Dashes of a longer segment would cost more than all the rest, and are too dense to be seen. */
const DASHED = 1_000;
/** More points than this are drawn as pixels: strokes of as many segments cost many times more. */
const FEW = 60;

/** Draws lines, what was superseded below what holds, and raw curves below their means. Returns the points drawn. */
export function drawLines(canvas: Canvas, lines: readonly DrawnLine[], span: Span): number {
  const { ctx, box } = canvas;
  let points = 0;
  ctx.save();
  ctx.beginPath();
  ctx.rect(box.left, box.top, box.width, box.height);
  ctx.clip();
  ctx.lineJoin = 'round';
  for (const drawn of lines) if (drawn.means) points += drawLine(canvas, drawn, span, true);
  for (const drawn of lines) {
    const own = drawLine(canvas, drawn, span, false);
    if (!drawn.means) points += own;
  }
  canvas.layer.lay(ctx);
  for (const drawn of lines) if (drawn.line.attempt > 0) drawStart(canvas, drawn);
  ctx.restore();
  return points;
}

function drawLine(canvas: Canvas, drawn: DrawnLine, [min, max]: Span, ghost: boolean): number {
  const { ctx, ratio, box, ground, layer } = canvas;
  const { line, places, means } = drawn;
  const from = Math.max(0, lowerBound(places, line.length, min) - 1);
  const to = Math.min(line.length - 1, lowerBound(places, line.length, max));
  const mean = means !== null && !ghost;
  // Among so many points no one sees a wider stroke; a mean is smooth, and is seen.
  const crowded = (to - from) * 1.5 * ratio > box.width;
  const width = ghost || (crowded && !mean) ? 1 : drawn.width * ratio;
  ctx.lineWidth = width;
  const segments = segmentsOf(line, from, to, drawn.superseded);
  let points = 1 - segments.length; // the point that two of them share
  for (const { superseded, ...stretch } of segments) {
    const share = (superseded ? SUPERSEDED : 1) * (ghost ? GHOST : 1);
    const color = blend(drawn.color, ground, share);
    const dashed = superseded && stretch.to - stretch.from < DASHED;
    const parts = to - from > FEW && !dashed ? partsOf(color) : null;
    if (!parts) layer.lay(ctx); // what is below, before what is above
    ctx.strokeStyle = ctx.fillStyle = color;
    ctx.setLineDash(dashed ? [5 * ratio, 3 * ratio] : []);
    const fast = parts && { layer, color: parts, width };
    const pen = { ...canvas, fast, dots: means === null };
    points += strokeLine(ctx, { places, values: mean ? means : line.values, ...stretch }, pen);
  }
  return segments.length === 0 ? 0 : points;
}

/** A ring where an attempt begins that is not the first. */
function drawStart({ ctx, x, y, ratio, ground }: Canvas, { whole, line, places, color }: DrawnLine): void {
  if (line.length === 0 || line.steps[0] !== whole.steps[0]) return;
  const [left, top] = [pixelOf(x, places[0]), pixelOf(y, line.values[0])];
  if (!Number.isFinite(left) || !Number.isFinite(top)) return;
  ctx.setLineDash([]);
  ctx.lineWidth = 1.5 * ratio;
  ctx.strokeStyle = color;
  ctx.fillStyle = ground;
  ctx.beginPath();
  ctx.arc(left, top, 3.5 * ratio, 0, 2 * Math.PI);
  ctx.fill();
  ctx.stroke();
}
