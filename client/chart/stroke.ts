import type { LineLayer } from './line-layer.ts';
import type { Rgb } from './raster.ts';
import { pixelOf, type Scale } from './scale.ts';

/** Points further apart than this, in CSS pixels, are drawn as dots as well. */
const DOT_SPACING = 9;
/** Radius of a dot in CSS pixels. */
const DOT = 2.2;
/** More points than this a pixel column are drawn as first, lowest, highest and last of the column. */
const CROWDED = 2;
/** No pixel is further away than this: canvases draw nonsense from very large coordinates. */
const FAR = 1e5;

export interface Stretch {
  readonly places: Float64Array;
  readonly values: Float64Array;
  /** Indices, both ends included. */
  readonly from: number;
  readonly to: number;
}

export interface Pen {
  readonly x: Scale;
  readonly y: Scale;
  /** Device pixels of a CSS pixel. */
  readonly ratio: number;
  /** Whether single points are to be seen where there is room. */
  readonly dots: boolean;
  /** Draws pixels in place of strokes, which cost many times more where there are many points; null: strokes. */
  readonly fast: { readonly layer: LineLayer; readonly color: Rgb; readonly width: number } | null;
}

/**
 * Draws a stretch of a line in the context's stroke and fill. A value that is not finite, or that a logarithmic axis
 * cannot show, is a gap; a point between two gaps is a dot, and so is every point where there is room for dots.
 * Returns the number of points drawn.
 */
export function strokeLine(ctx: CanvasRenderingContext2D, stretch: Stretch, pen: Pen): number {
  const { places, from, to } = stretch;
  if (from > to) return 0;
  const span = Math.abs(pixelOf(pen.x, places[to]) - pixelOf(pen.x, places[from])) || 1;
  const perPixel = (to - from) / span;
  const { fast } = pen;
  fast?.layer.begin(fast.color, fast.width);
  const path = fast?.layer ?? new Path2D();
  const dots = new Path2D();
  const dotted = pen.dots && perPixel * DOT_SPACING * pen.ratio < 1;
  const [points, round] =
    perPixel > CROWDED
      ? [traceColumns(path, stretch, pen), 0]
      : tracePoints(path, dots, stretch, pen, dotted);
  fast?.layer.end();
  if (round > 0) fast?.layer.lay(ctx);
  if (path instanceof Path2D) ctx.stroke(path);
  if (round > 0) ctx.fill(dots);
  return points;
}

/** What a line is traced on. */
type Trace = Pick<Path2D, 'moveTo' | 'lineTo'>;

/** Returns the number of points, and of those that are drawn as dots. */
function tracePoints(
  path: Trace,
  dots: Path2D,
  { places, values, from, to }: Stretch,
  { x, y, ratio }: Pen,
  dotted: boolean,
): [points: number, round: number] {
  let drawing = false;
  let points = 0;
  let round = 0;
  for (let i = from; i <= to; i++) {
    const left = pixelOf(x, places[i]);
    const top = Number.isFinite(values[i]) ? pixelOf(y, values[i]) : NaN;
    if (Number.isNaN(top) || Number.isNaN(left)) {
      drawing = false;
      continue;
    }
    const high = Math.min(FAR, Math.max(-FAR, top));
    if (drawing) path.lineTo(left, high);
    else path.moveTo(left, high);
    const alone = !drawing && !(i < to && Number.isFinite(pixelOf(y, values[i + 1])));
    if (dotted || alone) {
      dots.moveTo(left + DOT * ratio, high);
      dots.arc(left, high, DOT * ratio, 0, 2 * Math.PI);
      round += 1;
    }
    drawing = true;
    points += 1;
  }
  return [points, round];
}

/** One column of pixels draws like all its points by its first, lowest, highest and last (M4: Jugel et al., VLDB 2014). */
function traceColumns(path: Trace, { places, values, from, to }: Stretch, { x, y }: Pen): number {
  let column = NaN;
  let drawing = false;
  let points = 0;
  let [first, low, high, last] = [0, 0, 0, 0];
  const flush = (): void => {
    if (Number.isNaN(column)) return;
    if (drawing) path.lineTo(column, first);
    else path.moveTo(column, first);
    // Within a pixel of the first there is nothing that could be seen.
    if (high - low > 1) {
      path.moveTo(column, low);
      path.lineTo(column, high);
      path.moveTo(column, last);
    } else if (!drawing) path.lineTo(column, first + 0.5);
    drawing = true;
  };
  for (let i = from; i <= to; i++) {
    const left = Math.round(pixelOf(x, places[i]));
    const value = values[i];
    const top = value - value === 0 ? pixelOf(y, value) : NaN;
    if (top !== top || left !== left) {
      flush();
      column = NaN;
      drawing = false;
      continue;
    }
    const at = top > FAR ? FAR : top < -FAR ? -FAR : top;
    points += 1;
    if (left === column) {
      if (at < low) low = at;
      else if (at > high) high = at;
      last = at;
      continue;
    }
    flush();
    column = left;
    first = low = high = last = at;
  }
  flush();
  return points;
}
