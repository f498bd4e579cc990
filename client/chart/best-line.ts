import type uPlot from 'uplot';
import type { Best } from '../../shared/finding.ts';
import type { Palette } from '../palette.ts';

/**
 * Draws a vertical line at the best validation and a ring at its value, if it is shown.
 * @param place of its step
 */
export function drawBest(u: uPlot, best: Best, place: number, palette: Palette): boolean {
  const { ctx, bbox } = u;
  const { min, max } = u.scales.x;
  if (min === undefined || max === undefined || !(place >= min && place <= max)) return false;
  const ratio = devicePixelRatio;
  const x = Math.round(u.valToPos(place, 'x', true));
  const y = u.valToPos(best.value, 'y', true);
  ctx.save();
  ctx.strokeStyle = palette.color('--best');
  ctx.fillStyle = palette.color('--surface');
  ctx.lineWidth = 1.5 * ratio;
  ctx.setLineDash([5 * ratio, 3 * ratio]);
  ctx.beginPath();
  ctx.moveTo(x, bbox.top);
  ctx.lineTo(x, bbox.top + bbox.height);
  ctx.stroke();
  if (y >= bbox.top && y <= bbox.top + bbox.height) {
    ctx.setLineDash([]);
    ctx.lineWidth = 2 * ratio;
    ctx.beginPath();
    ctx.arc(x, y, 4.5 * ratio, 0, 2 * Math.PI);
    ctx.fill();
    ctx.stroke();
  }
  ctx.restore();
  return true;
}
