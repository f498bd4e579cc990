import type { PointDetector, Points, Said, Step } from '../detector.ts';
import type { Facts } from '../facts.ts';
import { isAccuracy, type Binding } from '../roles.ts';
import { type Curve, EMPTY_CURVE, extend, pointsIn } from '../windows/curve.ts';
import { median } from '../windows/median.ts';
import { noise } from '../windows/noise.ts';
import { trend } from '../windows/trend.ts';
import { notMoving, unmoved } from './baseline-unmoved.ts';
import { followRate, NO_RATE, warmingUp, type Raised } from './rate.ts';
import { resolved } from './resolved.ts';
import { signOf } from './sign.ts';
import { atEpoch, nameOf, number } from './words.ts';

/**
 * Says when the run is no better than guessing: an accuracy no higher than that of always predicting the most frequent
 * class, or, where no accuracy is logged, a cross-entropy that never was lower than that of always predicting the
 * classes' shares.
 *
 * An accuracy: the level, the median of the latest fifth of the run and at least 5 means, is no more than the tolerance
 * above max n_k / N, or 1/K where only the classes are known. The tolerance is the largest of `margin` (but no more than
 * a fifth of what guessing gets right, nor of what it gets wrong), `errors` · √(p(1 − p)/n) where the number n of samples
 * is declared, and `errors` standard errors of the level, no more than twice the margin. A cross-entropy: the level is within 1 %, and `errors`
 * standard errors, of −Σ π ln π, or ln K, does not fall by a
 * Mann–Kendall trend (z < −2.5), and never was 2 % below. Nothing declared: an accuracy that has been at
 * 1/K for a K of 2 to 20 since the start is taken for guessing; of a training loss without classes see baseline-unmoved.ts.
 *
 * Warm-up: `warmup` validations, ten times as many training points, twice as many where nothing is declared. Resolved at
 * twice the tolerance; then it may be said again. Non-finite values are left out.
 * Known false alarm: a hard problem whose accuracy leaves the baseline late.
 */
export function baseline(options: Partial<BaselineParameters> = {}): PointDetector<BaselineState> {
  const parameters = { ...DEFAULTS, ...options };
  return {
    name: 'baseline',
    parameters: { ...parameters },
    input: 'points',
    subject: 'run',
    watches: ({ goal }, standing) => standing.baseline && goal !== null,
    start: () => START,
    update: (state, points, facts) => update(state, points, facts, parameters),
  };
}

export interface BaselineParameters {
  /** Share of all predictions by which an accuracy must be better. */
  readonly margin: number;
  /** Standard errors by which it must be better. */
  readonly errors: number;
  /** Validations before anything is said. */
  readonly warmup: number;
}

const DEFAULTS: BaselineParameters = { margin: 0.02, errors: 2, warmup: 5 };

interface BaselineState {
  readonly curve: Curve;
  /** Highest value so far: above 1.5 an accuracy is in per cent. */
  readonly high: number;
  /** Lowest level so far. */
  readonly low: number;
  readonly raised: Raised;
  readonly said: boolean;
}

const START: BaselineState = {
  curve: EMPTY_CURVE,
  high: -Infinity,
  low: Infinity,
  raised: NO_RATE,
  said: false,
};

function update(
  before: BaselineState,
  points: Points,
  facts: Facts,
  parameters: BaselineParameters,
): Step<BaselineState> {
  const { binding, values, steps, epochs, rates } = points;
  const says: Said[] = [];
  const accuracy = isAccuracy(binding);
  const guessable = accuracy || guessOf(facts) !== null;
  const judge = accuracy ? judgeAccuracy : judgeLoss;
  const patience = parameters.warmup * (binding.split === 'train' ? 10 : 1);
  let { high, low, raised, said } = before;
  let seen = 0;
  const follow = (to: number): void => {
    raised = followRate(raised, rates, steps, seen, to);
    for (; seen < to; seen++) if (values[seen] > high && values[seen] < Infinity) high = values[seen];
  };
  const sign = accuracy ? 1 : signOf(binding);
  const curve = extend(before.curve, values, steps, epochs, sign, (so, at) => {
    follow(at + 1);
    if (!guessable) {
      if (pointsIn(so) < patience) return;
      const found = unmoved(so, pointsIn(so) >= 4 * patience && !warmingUp(so.steps, raised));
      if (said && found.better) {
        says.push(left(found.level, points, at, false));
        said = false;
      } else if (!said && found.stuck) {
        says.push(notMoving(found, points, at));
        said = true;
      }
      return;
    }
    const look = lookAt(so, accuracy ? Math.max : Math.min, accuracy && high > 1.5 ? 100 : 1);
    low = Math.min(low, look.level);
    if (pointsIn(so) < patience) return;
    const verdict = judge({ ...look, low }, binding, facts, parameters, pointsIn(so) >= 2 * patience);
    if (said && verdict.better) {
      says.push(left(look.level, points, at, accuracy));
      said = false;
    } else if (!said && verdict.stuck) {
      says.push(stuck(verdict, look, so, points, at));
      said = true;
    }
  });
  follow(values.length);
  return { state: { curve, high, low, raised, said }, says };
}

/** Cross-entropy of always predicting the classes' shares; null where they are not known. */
function guessOf({ classes, entropy }: Facts): number | null {
  return entropy ?? (classes === undefined ? null : Math.log(classes));
}

interface Look {
  /** By which the curve's values are divided. */
  readonly scale: number;
  readonly level: number;
  /** Level of the first values. */
  readonly first: number;
  /** The latest means, at least 40 where there are as many, oldest first; dear, as is `error`. */
  readonly latest: () => readonly number[];
  /** Standard error of the level; 0 where there are too few values to tell. */
  readonly error: () => number;
}

function lookAt({ means }: Curve, better: typeof Math.max, scale: number): Look {
  const length = Math.max(5, Math.round(means.length / 5));
  const latest = () => means.slice(-Math.max(40, length));
  // A curve that is just leaving is judged by its end.
  const level = better(median(means, means.length - length), median(means, means.length - 3));
  return {
    scale,
    level: level / scale,
    first: median(means, 0, length) / scale,
    latest,
    error: () => {
      const sigma = noise(latest());
      return Number.isFinite(sigma) ? (1.25 * sigma) / Math.sqrt(length) / scale : 0;
    },
  };
}

interface Verdict {
  /** What guessing gets. */
  readonly guess: number;
  readonly tolerance: number;
  readonly stuck: boolean;
  readonly better: boolean;
  /** Classes that were taken from the level itself; null where they were declared. */
  readonly supposed: number | null;
}

function judgeAccuracy(
  look: Look,
  { split }: Binding,
  facts: Facts,
  { margin, errors }: BaselineParameters,
  long: boolean,
): Verdict {
  const { level, first } = look;
  const { classes, majority } = facts;
  const declared = majority ?? (classes === undefined ? null : 1 / classes);
  const supposed = Math.round(1 / level);
  const guess = declared ?? 1 / supposed;
  if (declared === null) {
    const near = long && Math.abs(level - guess) <= 0.03 * guess;
    // The standard error is only asked for where it can decide.
    const error = near || level > first + 0.08 * guess ? look.error() : 0;
    const tolerance = Math.min(Math.max(0.02 * guess, errors * error), 0.03 * guess);
    const here = Math.abs(level - guess) <= tolerance && Math.abs(first - guess) <= 2 * tolerance;
    const stuck = long && supposed >= 2 && supposed <= 20 && here;
    return { guess, tolerance, stuck, better: level > first + 4 * tolerance, supposed };
  }
  const samples = split === 'train' ? facts.trainSamples : facts.validationSamples;
  const sampling = samples === undefined ? 0 : Math.sqrt((guess * (1 - guess)) / samples);
  const least = Math.min(margin, 0.2 * guess, 0.2 * (1 - guess));
  const surely = level > guess + 2 * Math.max(2 * least, errors * sampling);
  const error = surely ? 0 : look.error();
  const tolerance = Math.max(least, errors * sampling, Math.min(errors * error, 2 * least));
  return {
    guess,
    tolerance,
    stuck: level <= guess + tolerance,
    better: level > guess + 2 * tolerance,
    supposed: null,
  };
}

function judgeLoss(
  { level, latest, error, low }: Look & { readonly low: number },
  _binding: Binding,
  facts: Facts,
  { errors }: BaselineParameters,
): Verdict {
  const guess = guessOf(facts) ?? NaN;
  const tolerance = Math.max(0.01 * guess, errors * error());
  // A loss that falls from a poor start passes the level of guessing without staying there.
  const stays = (): boolean => trend(latest()) > -2.5;
  return {
    guess,
    tolerance,
    stuck:
      Math.abs(level - guess) <= tolerance && low >= guess - Math.max(0.02 * guess, tolerance) && stays(),
    better: level < guess - 2 * tolerance || level > guess + 5 * tolerance,
    supposed: null,
  };
}

function stuck(
  { guess, tolerance, supposed }: Verdict,
  { level, scale }: Look,
  { means, steps, epochs }: Curve,
  { binding }: Points,
  at: number,
): Said {
  const accuracy = isAccuracy(binding);
  const away = means.findLastIndex((mean) => Math.abs(mean / scale - guess) > 3 * tolerance);
  const start = Math.min(away + 1, means.length - 1);
  const epoch = Number.isNaN(epochs[start]) ? null : epochs[start];
  const name = nameOf(binding);
  const spoken = (value: number): string => (accuracy ? `${number(100 * value)} %` : number(value));
  const guessing =
    supposed !== null
      ? `guessing among ${supposed} classes gives ${spoken(guess)}`
      : accuracy
        ? `always predicting the most frequent class gives ${spoken(guess)}`
        : `always predicting the classes’ shares gives ${spoken(guess)}`;
  return {
    status: 'open',
    severity: 'warning',
    from: steps[start],
    epoch,
    at,
    title: `${name} is no better than guessing since ${atEpoch(steps[start], epoch)}: ${spoken(level)}, and ${guessing}`,
    verdict:
      supposed === null
        ? 'Stuck at the majority-class baseline: check the learning rate and the labels'
        : `Stuck at ${spoken(guess)}, as of guessing among ${supposed} classes: check the learning rate and the labels`,
    evidence: accuracy
      ? {
          'level, per cent': 100 * level,
          'guessing, per cent': 100 * guess,
          'tolerance, per cent': 100 * tolerance,
        }
      : { 'level, nats': level, 'guessing, nats': guess, 'tolerance, nats': tolerance },
    advice: [
      'Lower the learning rate by 10 times if training does not improve either: steps that are too large leave a network that predicts one class whatever it sees',
      'If the training loss does fall, check that labels belong to their inputs, in training and in validation: what is learnt then is noise',
      'Check for dead units and missing normalisation of the inputs, and that the optimizer is stepped: a network whose gradients are zero stays where it is',
      'If classes are very unequal, weight the loss or sample them equally: the most frequent class alone may be the nearest minimum',
    ],
  };
}

function left(level: number, { binding }: Points, at: number, accuracy: boolean): Said {
  const now = accuracy ? `${number(100 * level)} %` : number(level);
  return resolved(`${nameOf(binding)} has left the level of guessing: ${now}`, { at });
}
