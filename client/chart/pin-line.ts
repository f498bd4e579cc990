import type uPlot from 'uplot';

/** Draws a vertical line at the pinned place, with a head at the top, if it is shown. */
export function drawPin(u: uPlot, place: number, color: string): void {
  const { ctx, bbox } = u;
  const { min, max } = u.scales.x;
  if (min === undefined || max === undefined || !(place >= min && place <= max)) return;
  const ratio = devicePixelRatio;
  const x = Math.round(u.valToPos(place, 'x', true));
  ctx.save();
  ctx.strokeStyle = ctx.fillStyle = color;
  ctx.lineWidth = 1.5 * ratio;
  ctx.beginPath();
  ctx.moveTo(x, bbox.top);
  ctx.lineTo(x, bbox.top + bbox.height);
  ctx.stroke();
  ctx.beginPath();
  ctx.moveTo(x - 5 * ratio, bbox.top);
  ctx.lineTo(x + 5 * ratio, bbox.top);
  ctx.lineTo(x, bbox.top + 7 * ratio);
  ctx.fill();
  ctx.restore();
}
