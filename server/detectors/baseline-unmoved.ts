import type { Points, Said } from '../detector.ts';
import type { Curve } from '../windows/curve.ts';
import { median } from '../windows/median.ts';
import { noise } from '../windows/noise.ts';
import { trend } from '../windows/trend.ts';
import { signOf } from './sign.ts';
import { atEpoch, nameOf, number, percent } from './words.ts';

/**
 * A training loss of which it is not known what guessing gets: an error in numbers. The first steps bring the output to
 * about the mean of the targets; a network that learns goes on from there. It has not moved when two standard errors
 * rule out that the latest two fifths of the run are lower by `SURE` of the level than the two fifths that followed the
 * first twentieth, nor are higher by as much, when it has no trend since (Mann–Kendall z > −1.28), and when the level is
 * above a third of the first values, so that the problem was not solved within those steps.
 *
 * Noise of mini-batches, which hides a hundredth of the level from `plateau`, hides no twelfth of it over hundreds of
 * points. Where it hides nothing, `plateau` speaks.
 */
export interface Unmoved {
  readonly stuck: boolean;
  /** It has come down since. */
  readonly better: boolean;
  /** Levels after the first steps and now, in the sense that lower is better, and the standard error between them. */
  readonly start: number;
  readonly level: number;
  readonly error: number;
  readonly step: number;
  readonly epoch: number | null;
}

/** Shares of the level: a rise that is none, and the fall that must be ruled out by two standard errors. */
const FLAT = 0.01;
const SURE = 0.08;
/** Mann–Kendall z below which it falls. */
const TREND = -1.28;
/** Standard error, as a share of the level, below which `plateau` can tell by itself, and sooner. */
const CLEAR = 0.0015;
/** Parts of the run that are compared. */
const SHARE = 0.4;
/** A fall that is one, as a share of the level, and in standard errors. */
const FALLEN = 0.05;
const ERRORS = 4;
/** Share of the first values below which a problem may have been solved at once. */
const SOLVED = 1 / 3;

/** Judges a curve of at least 10 means. */
export function unmoved({ means, steps, epochs }: Curve, long: boolean): Unmoved {
  const from = Math.ceil(means.length / 20);
  const length = Math.max(5, Math.round(means.length / 5));
  const part = Math.min(means.length - from, Math.max(length, Math.round(SHARE * means.length)));
  const start = median(means, from, from + part);
  const level = median(means, means.length - part);
  const scale = Math.abs(level);
  const now = median(means, means.length - length);
  // The noise of the whole run is dear: it is only asked for where it can decide.
  const near = long && Math.abs(start - level) < SURE * scale;
  const fallen = start - now > FALLEN * scale;
  const error = near || fallen ? 1.25 * noise(means, from) * Math.sqrt(2 / part) : NaN;
  const told = error > CLEAR * scale && Math.max(start - level, 0) + 2 * error < SURE * scale;
  const here = told && level - start <= Math.max(FLAT * scale, 2 * error);
  const high = level > SOLVED * median(means, 0, 3);
  return {
    stuck: long && here && high && trend(means.slice(from)) > TREND,
    better: fallen && start - now > ERRORS * error,
    start,
    level,
    error,
    step: steps[from],
    epoch: Number.isNaN(epochs[from]) ? null : epochs[from],
  };
}

/** Says that a loss has not moved. */
export function notMoving(
  { start, level, error, step, epoch }: Unmoved,
  { binding }: Points,
  at: number,
): Said {
  const sign = signOf(binding);
  const when = atEpoch(step, epoch);
  return {
    status: 'open',
    severity: 'warning',
    from: step,
    epoch,
    at,
    title: `${nameOf(binding)} is no better than after the first steps: ${number(sign * level)} since ${when}, within ${percent((2 * error) / Math.abs(level))}`,
    verdict: `Not learning since ${when}: the loss is where always predicting the mean leaves it`,
    evidence: {
      'level now': sign * level,
      'level after the first steps': sign * start,
      'standard error of the difference': error,
    },
    advice: [
      'Lower the learning rate by 10 times if it may be high: steps that are too large leave a network that predicts one value whatever it sees',
      'Check that the optimizer is stepped, that it was given the parameters, and that their gradients are not zero: weights that do not move leave the loss where it was',
      'Check for dead units (initialisation, normalisation of the inputs), and that targets belong to their inputs',
      'Compare the level with the variance of the targets, which always predicting their mean gets: use a larger model if it is just that',
    ],
  };
}
