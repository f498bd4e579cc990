import { median } from '../windows/median.ts';
import type { Curve } from '../windows/curve.ts';
import { noise } from '../windows/noise.ts';
import { trend } from '../windows/trend.ts';

/** Which stop it is: it never got anywhere, it falls next to nothing, or it fell for long and then no more. */
export type Kind = 'stuck' | 'creeping' | 'converged';

/** Share of the first value below which no loss is stuck. */
const SOLVED = 0.1;
/** Share of the whole gain that is none. */
const FLAT = 0.01;
/** Share of the run that a loss must have been level for, where it fell at once. */
const LEVEL = 0.5;

/** What a loss looks like in its latest window. Values are turned so that lower is better. */
export interface Look {
  readonly first: number;
  /** Medians of the earlier and of the later half of the latest window, and the standard error of their difference. */
  readonly earlier: number;
  readonly level: number;
  readonly error: number;
  /** What was gained since the start, and the share of it that was gained after the first twentieth of the run. */
  readonly gain: number;
  readonly late: number;
  /** Trend of the latest window, Mann–Kendall z. */
  readonly trend: () => number;
  /** Means until half of the gain was made, where each is lower than the one before; else 0. */
  readonly slope: number;
  /** What was gained after the first tenth of the run, or a fiftieth of the whole gain where that is more. */
  readonly unit: number;
  /** Share of the run since when nothing was gained, and the step and epoch. */
  readonly since: number;
  readonly step: number;
  readonly epoch: number | null;
}

/** Compares the halves of the latest `window` of a curve, a share of it. */
export function compare({ means, steps, epochs }: Curve, first: number, window: number): Look {
  const length = Math.min(means.length, Math.max(10, Math.round(window * means.length)));
  const from = means.length - length;
  const half = length >> 1;
  const earlier = median(means, from, from + half);
  const level = median(means, from + half);
  const error = 1.25 * noise(means, from) * Math.sqrt(2 / half);
  const gain = Math.max(first, means[0]) - Math.min(level, earlier);
  const early = levelAfter(means, 0.05);
  const step = stillSince(means, level, Math.max(3 * error, 0.01 * gain));
  return {
    first,
    earlier,
    level,
    error,
    gain,
    late: gain > 0 ? (early - level) / gain : 0,
    trend: () => trend(means.slice(from)),
    slope: slopeOf(means, first - gain / 2),
    unit: Math.max(levelAfter(means, 0.1) - level, 0.02 * gain),
    since: 1 - step / means.length,
    step: steps[step],
    epoch: Number.isNaN(epochs[step]) ? null : epochs[step],
  };
}

function slopeOf(means: readonly number[], half: number): number {
  const end = means.findIndex((mean) => mean <= half);
  for (let i = 1; i <= end; i++) {
    if (means[i] >= means[i - 1]) return 0;
  }
  return Math.max(end, 0);
}

/** Level just after the first `share` of the run. */
function levelAfter(means: readonly number[], share: number): number {
  const start = Math.max(1, Math.ceil(share * means.length));
  return median(means, start, start + Math.max(3, start >> 1));
}

/** Index of the first mean that is no further above the present level than the tolerance. */
function stillSince(means: readonly number[], level: number, tolerance: number): number {
  return means.findIndex((mean) => mean <= level + tolerance);
}

/** What the loss is measured by where its gain may be nothing. */
export function scaleOf({ first, gain }: Look): number {
  return Math.max(Math.abs(first), gain);
}

/** A fall that says that the loss improves again. */
export function enough(kind: Kind, look: Look, minDelta: number): number {
  if (kind === 'converged') return Math.max(5 * minDelta * look.unit, 3 * look.error);
  return (kind === 'stuck' ? 0.02 : 0.01) * scaleOf(look);
}

export function kindOf(look: Look, minDelta: number): Kind | null {
  const { first, earlier, level, error, gain, late, unit } = look;
  const fallen = earlier - level;
  const scale = scaleOf(look);
  const still = Math.abs(fallen) < 0.01 * scale && 2 * error < 0.005 * scale;
  if (still && isNowhere(look)) return look.trend() < -3 ? 'creeping' : 'stuck';
  if (still && late < 0.01 && gain < (1 - SOLVED) * Math.abs(first)) return 'stuck';
  return within(minDelta * unit, look) || isLevel(look) ? 'converged' : null;
}

/** The latest window is flat to so much, and that can be told. */
function within(limit: number, { earlier, level, error }: Look): boolean {
  return Math.abs(earlier - level) <= limit && 2 * error <= limit;
}

/**
 * It came down at once, so that next to nothing was gained later, and has been level since: by a hundredth of the
 * whole gain, and without a trend. A loss that has fallen by nine tenths may still fall by much of what it is.
 */
function isLevel(look: Look): boolean {
  const { first, gain, since } = look;
  const high = gain > 0.01 * scaleOf(look) && gain < (1 - SOLVED) * Math.abs(first);
  return high && since >= LEVEL && within(FLAT * gain, look) && Math.abs(look.trend()) < 2;
}

/** It came down step by step, but by no more than a third: steps that are too small halt at the first flat stretch. */
export function stopsHigh({ slope, gain, first }: Look): boolean {
  return slope >= 3 && gain < Math.abs(first) / 3;
}

export function isNowhere(look: Look): boolean {
  return look.gain < 0.01 * scaleOf(look);
}
