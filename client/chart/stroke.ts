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
  /** So many strokes are laid over each other, a device pixel apart: a wide stroke of as many segments costs ten times more. */
  readonly strokes: number;
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
  const path = new Path2D();
  if (perPixel > CROWDED) {
    const points = traceColumns(path, stretch, pen);
    lay(ctx, path, pen.strokes);
    return points;
  }
  const dots = new Path2D();
  const points = tracePoints(path, dots, stretch, pen, pen.dots && perPixel * DOT_SPACING * pen.ratio < 1);
  lay(ctx, path, pen.strokes);
  ctx.fill(dots);
  return points;
}

function lay(ctx: CanvasRenderingContext2D, path: Path2D, strokes: number): void {
  ctx.stroke(path);
  for (let i = 1; i < strokes; i++) {
    ctx.translate(0, 1);
    ctx.stroke(path);
  }
  ctx.translate(0, 1 - strokes);
}

function tracePoints(
  path: Path2D,
  dots: Path2D,
  { places, values, from, to }: Stretch,
  { x, y, ratio }: Pen,
  dotted: boolean,
): number {
  let drawing = false;
  let points = 0;
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
    }
    drawing = true;
    points += 1;
  }
  return points;
}

/** One column of pixels draws like all its points by its first, lowest, highest and last (M4: Jugel et al., VLDB 2014). */
function traceColumns(path: Path2D, { places, values, from, to }: Stretch, { x, y }: Pen): number {
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
      path.lineTo(column, low);
      path.lineTo(column, high);
      path.lineTo(column, last);
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
