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

/**
 * What a loss looks like in its latest window, the latest `window` of a curve, a share of it. Values are turned so that
 * lower is better. What is dear is worked out when it is asked for, which most looks do not; the curve must be as it was.
 */
export class Look {
  readonly first: number;
  /** Medians of the earlier and of the later half of the latest window. */
  readonly earlier: number;
  readonly level: number;
  /** What was gained since the start. */
  readonly gain: number;
  readonly #curve: Curve;
  /** Index of the first mean of the window. */
  readonly #from: number;
  #error: number | null = null;
  #unit: number | null = null;
  #still: number | null = null;

  constructor(curve: Curve, first: number, window: number) {
    const { means } = curve;
    const length = Math.min(means.length, Math.max(10, Math.round(window * means.length)));
    const from = means.length - length;
    const half = length >> 1;
    this.first = first;
    this.earlier = median(means, from, from + half);
    this.level = median(means, from + half);
    this.gain = Math.max(first, means[0]) - Math.min(this.level, this.earlier);
    this.#curve = curve;
    this.#from = from;
  }

  /** The standard error of the difference of the two medians. */
  get error(): number {
    const { means } = this.#curve;
    const half = (means.length - this.#from) >> 1;
    return (this.#error ??= 1.25 * noise(means, this.#from) * Math.sqrt(2 / half));
  }

  /** The share of the gain that was made after the first twentieth of the run. */
  get late(): number {
    return this.gain > 0 ? (levelAfter(this.#curve.means, 0.05) - this.level) / this.gain : 0;
  }

  /** Trend of the latest window, Mann–Kendall z. */
  get trend(): number {
    return trend(this.#curve.means.slice(this.#from));
  }

  /** Means until half of the gain was made, where each is lower than the one before; else 0. */
  get slope(): number {
    return slopeOf(this.#curve.means, this.first - this.gain / 2);
  }

  /** What was gained after the first tenth of the run, or a fiftieth of the whole gain where that is more. */
  get unit(): number {
    return (this.#unit ??= Math.max(levelAfter(this.#curve.means, 0.1) - this.level, 0.02 * this.gain));
  }

  /** Share of the run since when nothing was gained, and the step and epoch. */
  get since(): number {
    return 1 - this.#stillSince / this.#curve.means.length;
  }

  get step(): number {
    return this.#curve.steps[this.#stillSince];
  }

  get epoch(): number | null {
    const epoch = this.#curve.epochs[this.#stillSince];
    return Number.isNaN(epoch) ? null : epoch;
  }

  /** Index of the first mean that is no further above the present level than the tolerance. */
  get #stillSince(): number {
    const tolerance = Math.max(3 * this.error, 0.01 * this.gain);
    return (this.#still ??= this.#curve.means.findIndex((mean) => mean <= this.level + tolerance));
  }
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
  const { first, earlier, level, gain } = look;
  const fallen = Math.abs(earlier - level);
  const scale = scaleOf(look);
  const still = fallen < 0.01 * scale && 2 * look.error < 0.005 * scale;
  if (still && isNowhere(look)) return look.trend < -3 ? 'creeping' : 'stuck';
  if (still && look.late < 0.01 && gain < (1 - SOLVED) * Math.abs(first)) return 'stuck';
  return within(minDelta * look.unit, look) || isLevel(look) ? 'converged' : null;
}

/** The latest window is flat to so much, and that can be told. */
function within(limit: number, look: Look): boolean {
  return Math.abs(look.earlier - look.level) <= limit && 2 * look.error <= limit;
}

/**
 * It came down at once, so that next to nothing was gained later, and has been level since: by a hundredth of the
 * whole gain, and without a trend. A loss that has fallen by nine tenths may still fall by much of what it is.
 */
function isLevel(look: Look): boolean {
  const { first, gain } = look;
  const high = gain > 0.01 * scaleOf(look) && gain < (1 - SOLVED) * Math.abs(first);
  return high && within(FLAT * gain, look) && look.since >= LEVEL && Math.abs(look.trend) < 2;
}

/** It came down step by step, but by no more than a third: steps that are too small halt at the first flat stretch. */
export function stopsHigh({ slope, gain, first }: Look): boolean {
  return slope >= 3 && gain < Math.abs(first) / 3;
}

export function isNowhere(look: Look): boolean {
  return look.gain < 0.01 * scaleOf(look);
}
