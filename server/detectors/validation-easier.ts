import type { Said, Step, Window, WindowDetector } from '../detector.ts';
import type { Facts } from '../facts.ts';
import { isAccuracy } from '../roles.ts';
import { median } from '../windows/median.ts';
import { spread } from '../windows/noise.ts';
import { keep } from '../windows/recent.ts';
import { resolved } from './resolved.ts';
import { atEpoch, nameOf, number, percent } from './words.ts';

/**
 * Says when validation is steadily better than training, by more than dropout, augmentation and averaging over the
 * epoch explain.
 *
 * A training value averaged over an epoch is half an epoch old at its end: each validation is compared with the mean of
 * the windows before and after it. Over the latter half of the run (5 to 40 validations, the first three left out) the
 * median difference of an accuracy is above `margin`, or the median quotient of a loss below `ratio`, by two standard
 * errors, and at least four in five of them have the same sign. Three times the margin, or half the ratio, is a
 * warning; less is a remark, for strong regularisation does the same. Where dropout is declared, a remark wants three
 * times the margin or half the ratio, and a warning six times or a third. After UMLAUT (Schoop et al. 2021), which says so
 * at 0.05 after the third epoch.
 *
 * Warm-up: `warmup` validations. Resolved at half of the margin, or half-way from the ratio to 1. Non-finite values and
 * losses that are not positive are left out. Known false alarm: much dropout, or mixed and relabelled training images.
 */
export function validationEasier(
  options: Partial<ValidationEasierParameters> = {},
): WindowDetector<ValidationEasierState> {
  const parameters = { ...DEFAULTS, ...options };
  return {
    name: 'validation-easier',
    parameters: { ...parameters },
    input: 'windows',
    subject: 'run',
    watches: (binding) => (binding.role === 'loss' && binding.goal === 'min') || isAccuracy(binding),
    start: () => START,
    update: (state, windows, facts) => update(state, windows, facts, parameters),
  };
}

export interface ValidationEasierParameters {
  /** Difference of accuracies, as a share of all predictions, 0 to 1. */
  readonly margin: number;
  /** Quotient of the losses, validation by training, 0 to 1. */
  readonly ratio: number;
  /** Validations before anything is said. */
  readonly warmup: number;
}

const DEFAULTS: ValidationEasierParameters = { margin: 0.05, ratio: 0.7, warmup: 8 };

interface ValidationEasierState {
  /** Validations with training so far, and the latest of them, whose next window is still to come. */
  readonly count: number;
  readonly last: Pair | null;
  /** The latest validations, each beside the training about it. */
  readonly pairs: readonly Pair[];
  /** Highest accuracy so far: above 1.5 it is in per cent. */
  readonly high: number;
  /** Highest and lowest training value so far. */
  readonly trainHigh: number;
  readonly trainLow: number;
  readonly said: Said['severity'] | null;
}

interface Pair {
  readonly value: number;
  readonly train: number;
  readonly step: number;
  readonly epoch: number | null;
}

const START: ValidationEasierState = {
  count: 0,
  last: null,
  pairs: [],
  high: -Infinity,
  trainHigh: -Infinity,
  trainLow: Infinity,
  said: null,
};

/** Validations that are left out at the start, and the most that are looked at. */
const FIRST = 3;
const MOST = 40;

function update(
  before: ValidationEasierState,
  windows: readonly Window[],
  facts: Facts,
  parameters: ValidationEasierParameters,
): Step<ValidationEasierState> {
  const says: Said[] = [];
  let state = before;
  for (const [at, window] of windows.entries()) {
    if (!Number.isFinite(window.value) || window.train === null) continue;
    state = take(state, window);
    if (state.count < parameters.warmup) continue;
    const look = isAccuracy(window.validation)
      ? lookAtAccuracy(state, facts, parameters)
      : lookAtLoss(state, facts, parameters);
    if (look === null) continue;
    if (state.said !== null && look.over) {
      says.push(over(window, at));
      state = { ...state, said: null };
    } else if (look.severity !== null && (state.said === null || graver(look.severity, state.said))) {
      says.push(easier(look, look.severity, window, at));
      state = { ...state, said: look.severity };
    }
  }
  return { state, says };
}

function graver(now: Said['severity'], before: Said['severity']): boolean {
  return now === 'warning' && before === 'info';
}

function take(state: ValidationEasierState, { value, train, step, epoch }: Window): ValidationEasierState {
  const { last, count, pairs } = state;
  const { mean } = train!;
  const settled = last && { ...last, train: (last.train + mean) / 2 };
  return {
    ...state,
    count: count + 1,
    last: { value, train: mean, step, epoch },
    pairs: settled && count > FIRST ? keep(pairs, settled, MOST) : pairs,
    high: Math.max(state.high, value),
    trainHigh: Math.max(state.trainHigh, mean),
    trainLow: Math.min(state.trainLow, mean),
  };
}

interface Look {
  /** Medians of the pairs looked at. */
  readonly value: number;
  readonly train: number;
  /** How much better, in words. */
  readonly by: string;
  readonly evidence: Readonly<Record<string, number>>;
  readonly first: Pair;
  readonly severity: Said['severity'] | null;
  readonly over: boolean;
}

function recent({ pairs, count }: ValidationEasierState): readonly Pair[] {
  return pairs.slice(-Math.max(5, Math.min(MOST, count >> 1)));
}

function lookAtAccuracy(
  state: ValidationEasierState,
  { validationSamples, dropout }: Facts,
  { margin }: ValidationEasierParameters,
): Look | null {
  const [remark, warning] = dropout === undefined ? [margin, 3 * margin] : [3 * margin, 6 * margin];
  const pairs = recent(state);
  if (pairs.length < 4) return null;
  const scale = state.high > 1.5 ? 100 : 1;
  const differences = pairs.map(({ value, train }) => (value - train) / scale);
  const by = median(differences);
  const value = median(pairs.map((pair) => pair.value)) / scale;
  const sampling = validationSamples === undefined ? 0 : (value * (1 - value)) / validationSamples;
  const error = Math.hypot(standardError(differences), Math.sqrt(Math.max(0, sampling)));
  const steady = differences.filter((one) => one > 0).length >= 0.8 * differences.length;
  const sure = (wanted: number): boolean => steady && by - 2 * error > wanted;
  return {
    value: value * scale,
    train: median(pairs.map((pair) => pair.train)),
    by: `${number(100 * by)} points`,
    evidence: { 'better, points of accuracy': 100 * by, 'standard error, points': 100 * error },
    first: pairs[0],
    severity: sure(warning) ? 'warning' : sure(remark) ? 'info' : null,
    over: by < remark / 2,
  };
}

function lookAtLoss(
  state: ValidationEasierState,
  { dropout }: Facts,
  { ratio }: ValidationEasierParameters,
): Look | null {
  const [remark, warning] = dropout === undefined ? [ratio, ratio / 2] : [ratio / 2, ratio / 3];
  const pairs = recent(state).filter(({ value, train }) => value > 0 && train > 0);
  if (pairs.length < 4) return null;
  const quotients = pairs.map(({ value, train }) => Math.log(value / train));
  const by = median(quotients);
  const error = standardError(quotients);
  const value = median(pairs.map((pair) => pair.value));
  const train = median(pairs.map((pair) => pair.train));
  // Next to nothing, of two losses that are both about zero, is no difference.
  const counts = train - value > 0.02 * (state.trainHigh - state.trainLow);
  const steady = quotients.filter((one) => one < 0).length >= 0.8 * quotients.length;
  const sure = (wanted: number): boolean => counts && steady && by + 2 * error < Math.log(wanted);
  return {
    value,
    train,
    by: percent(1 - Math.exp(by)),
    evidence: { 'lower, per cent': 100 * (1 - Math.exp(by)), 'standard error, per cent': 100 * error },
    first: pairs[0],
    severity: sure(warning) ? 'warning' : sure(remark) ? 'info' : null,
    over: by > Math.log((1 + remark) / 2),
  };
}

/** Of a median. */
function standardError(values: readonly number[]): number {
  return (1.25 * spread(values)) / Math.sqrt(values.length);
}

function easier(
  { value, train, by, evidence, first }: Look,
  severity: Said['severity'],
  { validation, training }: Window,
  at: number,
): Said {
  return {
    status: 'open',
    severity,
    ...(training !== null && { series: [training] }),
    from: first.step,
    epoch: first.epoch,
    at,
    title: `${nameOf(validation)} has been ${by} better than training since ${atEpoch(first.step, first.epoch)}: ${number(value)} against ${number(train)}`,
    verdict: 'Validation is easier than training: check the split for leaks and duplicates',
    evidence: { 'validation, median': value, 'training, median': train, ...evidence },
    advice: [
      'Check how the data were split: samples of one source (patient, speaker, video, near duplicates) must not be on both sides',
      'Check that validation is as hard as training: the same classes in the same shares, the same preprocessing, no filtering',
      'If dropout, augmentation or label smoothing are strong, measure training without them: they alone may explain it',
    ],
  };
}

function over({ validation, value }: Window, at: number): Said {
  return resolved(`${nameOf(validation)} is no longer better than training`, {
    at,
    evidence: { 'validation now': value },
  });
}
