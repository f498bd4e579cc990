import type uPlot from 'uplot';
import type { Line } from '../series.ts';

/** `_width`, in CSS pixels, overrides the series' own; uPlot's declarations call it `width`. */
type Paths = uPlot.Series.Paths & { _width?: number };

/** Points further apart than this, in CSS pixels, are drawn as dots as well. */
const DOT_SPACING = 9;
/** Points closer than this, in CSS pixels, are joined by a thin line. */
const CROWDED = 1.5;
/** Radius of a dot in CSS pixels. */
const DOT = 2.2;

/**
 * Draws one line from its own columns, whatever the chart's other lines hold. A non-finite value is a gap; a point
 * between two gaps is a dot, and so is every point where there is room for dots.
 * @param tell told how many points each drawing holds, non-finite ones left out
 */
export function linePath(line: Line, tell: (points: number) => void): uPlot.Series.PathBuilder {
  return (u) => {
    const { min, max } = u.scales.x;
    if (min === undefined || max === undefined || line.length === 0) {
      tell(0);
      return null;
    }
    const from = Math.max(0, line.lowerBound(min) - 1);
    const to = Math.min(line.length - 1, line.lowerBound(max));
    const { steps, values } = line;
    const ratio = devicePixelRatio;
    const dotted = (to - from) * DOT_SPACING * ratio < u.bbox.width;
    const stroke = new Path2D();
    const fill = new Path2D();
    let drawing = false;
    let points = 0;
    for (let i = from; i <= to; i++) {
      if (!Number.isFinite(values[i])) {
        drawing = false;
        continue;
      }
      const x = u.valToPos(steps[i], 'x', true);
      const y = u.valToPos(values[i], 'y', true);
      if (drawing) stroke.lineTo(x, y);
      else stroke.moveTo(x, y);
      const alone = !drawing && !(i < to && Number.isFinite(values[i + 1]));
      if (dotted || alone) {
        fill.moveTo(x + DOT * ratio, y);
        fill.arc(x, y, DOT * ratio, 0, 2 * Math.PI);
      }
      drawing = true;
      points += 1;
    }
    tell(points);
    const paths: Paths = { stroke, fill };
    // A stroke of one device pixel is painted many times faster, and among so many segments no one sees a wider one.
    if ((to - from) * CROWDED * ratio > u.bbox.width) paths._width = 1;
    return paths;
  };
}
