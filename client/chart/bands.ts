import type uPlot from 'uplot';
import type { Finding } from '../../shared/finding.ts';
import type { Palette } from '../palette.ts';

/** Height of a finding's strip at the top edge, in CSS pixels. */
const STRIP = 3;
/** Strips beside each other at most; further findings share the last. */
const LANES = 4;

/**
 * Draws where each finding held: a band from where it began to where it was resolved, or to the newest step while
 * it is open, and a strip of its own at the top edge, so that bands that overlap can be told apart.
 * Returns the number of bands within what is shown.
 * @param last the newest step of the run
 * @param at the place of a step of an attempt
 */
export function drawBands(
  u: uPlot,
  findings: readonly Finding[],
  last: number,
  at: (step: number, attempt: number) => number,
  lit: string | null,
  palette: Palette,
): number {
  const { ctx, bbox } = u;
  const { min, max } = u.scales.x;
  if (min === undefined || max === undefined) return 0;
  const ratio = devicePixelRatio;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  let bands = 0;
  findings.forEach(({ id, attempt, from: first, until, status, severity }, i) => {
    const from = at(first, attempt);
    const to = status === 'open' ? Math.max(at(last, attempt), at(until, attempt)) : at(until, attempt);
    if (!(to >= min && from <= max)) return;
    const left = u.valToPos(Math.max(from, min), 'x', true);
    const width = Math.max(u.valToPos(Math.min(to, max), 'x', true) - left, 2 * ratio);
    ctx.fillStyle = palette.color(`--${severity}`);
    ctx.globalAlpha = lit === id ? 0.2 : status === 'open' ? 0.08 : 0.035;
    ctx.fillRect(left, bbox.top, width, bbox.height);
    ctx.globalAlpha = lit === id ? 1 : status === 'open' ? 0.75 : 0.35;
    ctx.fillRect(left, bbox.top + Math.min(i, LANES - 1) * (STRIP + 1) * ratio, width, STRIP * ratio);
    bands += 1;
  });
  ctx.restore();
  return bands;
}
