import { median } from '../windows/median.ts';
import { noiseAboutBend } from '../windows/noise.ts';
import { outlook } from '../windows/outlook.ts';
import { LEARNT, scaleFor, type Validations } from '../windows/validations.ts';

/** Where validation last gained something, in its running median of 5. Lower is better. */
export interface Gained {
  readonly value: number;
  readonly step: number;
  readonly epoch: number | null;
  readonly index: number;
}

/** A validation that has been level for as long as it took to get there, and is not about to gain. */
export interface Level {
  /** Validations since it last gained something. */
  readonly since: number;
  /** What as many validations again may gain at most (95 %), as a share of the level. */
  readonly most: number;
}

/** Validations that it must have been level for, however soon it got there. */
const LEAST = 20;
/** The latest bins that the forecast is made from, and its noise. */
const LOOKED = 80;
const NOISE = 50;

/**
 * Follows where validation last gained something that counts: `worth` of its level, since the last time that it did.
 * @param worth share of the level, above 0
 */
export function gain(
  before: Gained | undefined,
  follows: Validations,
  worth: number,
  step: number,
  epoch: number | null,
): Gained | undefined {
  if (follows.values.length < 5) return before;
  const value = median(follows.values.slice(-5));
  if (before !== undefined && !(value < before.value - worth * scaleOf(follows))) return before;
  return { value, step, epoch, index: follows.seen - 1 };
}

/**
 * Whether validation has been level for so long that going on is not worth it: it has gained nothing that counts for
 * as many validations as it took until then, so that a power law would gain no more from twice as many; and the line
 * through them, with 95 % probability, gains nothing that counts in as many again. Noise that hides that much hides
 * this, too. A drop of the learning rate is not foreseen.
 */
export function levelOf(gained: Gained, follows: Validations, worth: number): Level | undefined {
  const { values, seen, before, low, width } = follows;
  const since = seen - 1 - gained.index;
  if (since < Math.max(LEAST, gained.index)) return undefined;
  if (before - low < LEARNT * Math.abs(before)) return undefined;
  const bins = Math.min(LOOKED, Math.floor(since / width));
  if (bins < LEAST / 2) return undefined;
  const latest = values.slice(-bins);
  const sigma = noiseAboutBend(latest.slice(-NOISE));
  const scale = scaleOf(follows);
  const most = outlook(latest, sigma, low, (1.25 * sigma) / Math.sqrt(5), since / width).most / scale;
  return most < worth ? { since, most } : undefined;
}

/** What shares of the lowest level are of. */
function scaleOf({ before, low }: Validations): number {
  return scaleFor(low, Math.max(before - low, 0));
}
