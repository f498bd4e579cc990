import type { Said, Step, Window, WindowDetector } from '../detector.ts';
import type { Facts } from '../facts.ts';
import { isAccuracy, type Binding } from '../roles.ts';
import { median } from '../windows/median.ts';
import { noise } from '../windows/noise.ts';
import { addValidation, NO_VALIDATIONS, type Validations } from '../windows/validations.ts';
import { resolved } from './resolved.ts';
import { signOf } from './sign.ts';
import { atEpoch, nameOf, number } from './words.ts';

/**
 * Says when validation is so uncertain that its noise hides the differences between validations.
 *
 * A declared number n of samples below `samples`: whatever the curve looks like, after 3 validations, a warning. A loss
 * that is a mean over n squares of normal errors is uncertain by the share √(2/n) of itself, a quarter at n = 32, and a
 * cross-entropy by more. A validation set that is the same each time hides that: its curve is smooth, and off by as much.
 *
 * An accuracy p on a declared number n of samples: its standard error √(p(1 − p)/n) is above half of `error`, and what
 * was gained lately is less than two of them. Above `error` it is a warning. Else by the residual noise about the trend:
 * it is more than `share` of all that was gained, more than half of what was gained lately, and more than three times
 * training's, so that an unsteady training is not taken for it. Above 2.5 · `share` it is a warning. Lately: from the
 * third to the last quarter of the latest 100 validations. Where a loss is said to be of enough samples, its noise is not theirs.
 *
 * Warm-up: `warmup` validations, twice as many where n is not declared. Resolved when the noise is below half of what
 * made it be said, or what was gained lately twice what could be hidden. Non-finite values are left out.
 * Known false alarm: a validation on another sample each time, or whose batch statistics are noisy.
 */
export function validationNoise(
  options: Partial<ValidationNoiseParameters> = {},
): WindowDetector<ValidationNoiseState> {
  const parameters = { ...DEFAULTS, ...options };
  return {
    name: 'validation-noise',
    parameters: { ...parameters },
    input: 'windows',
    subject: 'series',
    watches: ({ goal }, { monitored }) => monitored && goal !== null,
    start: () => START,
    update: (state, windows, facts) => update(state, windows, facts, parameters),
  };
}

export interface ValidationNoiseParameters {
  /** Standard error of an accuracy, as a share of all predictions, 0 to 1. */
  readonly error: number;
  /** Noise as a share of all that validation has gained, 0 to 1. */
  readonly share: number;
  /** Samples, where declared, below which nothing can be compared. */
  readonly samples: number;
  /** Validations before anything is said. */
  readonly warmup: number;
}

const DEFAULTS: ValidationNoiseParameters = { error: 0.02, share: 0.1, samples: 32, warmup: 10 };

/** Values are turned so that lower is better. */
interface ValidationNoiseState {
  readonly validations: Validations;
  /** Highest accuracy so far: above 1.5 it is in per cent. */
  readonly high: number;
  /** Where validation began; null before. */
  readonly first: { readonly step: number; readonly epoch: number | null } | null;
  readonly said: Said['severity'] | null;
}

const START: ValidationNoiseState = {
  validations: NO_VALIDATIONS,
  high: -Infinity,
  first: null,
  said: null,
};

/** Validations after which a run that has declared too few samples is no mere trial. */
const TRIAL = 3;

/** The latest validations from which the residual noise is taken. */
const NOISE = 50;

function update(
  before: ValidationNoiseState,
  windows: readonly Window[],
  facts: Facts,
  parameters: ValidationNoiseParameters,
): Step<ValidationNoiseState> {
  const says: Said[] = [];
  let { validations, high, first, said } = before;
  for (const [at, window] of windows.entries()) {
    const { validation, value, train, step, epoch } = window;
    if (!Number.isFinite(value)) continue;
    const sign = signOf(validation);
    high = Math.max(high, value);
    first ??= { step, epoch };
    validations = addValidation(validations, sign * value, train && sign * train.mean, step, epoch);
    if (validations.bin.count > 0) continue;
    const found = judge(validations, validation, high > 1.5 ? 100 : 1, facts, parameters);
    if (found === null) continue;
    if (said !== null && found.clear) {
      says.push(clear(window, at));
      said = null;
    } else if (found.severity !== null && (said === null || (said === 'info' && found.severity !== 'info'))) {
      says.push(hides(found, found.severity, found.few ? first : validations.best, window, at));
      said = found.severity;
    }
  }
  return { state: { validations, high, first, said }, says };
}

interface Found {
  /** Standard error of one validation, in its own unit, and what was gained lately. */
  readonly error: number;
  readonly gain: number;
  /** null where the noise was taken from the curve. */
  readonly samples: number | null;
  /** There are so few samples that it is not a matter of what was gained. */
  readonly few: boolean;
  readonly severity: Said['severity'] | null;
  readonly clear: boolean;
}

/** null where there is too little to tell. */
function judge(
  { values, trains, seen, before, low }: Validations,
  binding: Binding,
  scale: number,
  { validationSamples: samples, overfitSamples }: Facts,
  { error: limit, share, samples: least, warmup }: ValidationNoiseParameters,
): Found | null {
  // A run that is to learn a few samples by heart is validated by them.
  const few = samples !== undefined && samples < least && overfitSamples === undefined;
  if (seen < (few ? TRIAL : warmup)) return null;
  const quarter = Math.max(1, values.length >> 2);
  const gain = median(values.slice(-2 * quarter, -quarter)) - median(values.slice(-quarter));
  const level = median(values.slice(-10));
  // Of a set without a single error the standard error is not 0: as if two more were right and two wrong.
  const p = samples === undefined ? NaN : ((-level / scale) * samples + 2) / (samples + 4);
  if (few) {
    const error = isAccuracy(binding)
      ? Math.sqrt(Math.max(0, p * (1 - p)) / samples) * scale
      : Math.abs(level) * Math.sqrt(2 / samples);
    return { error, gain, samples, few, severity: 'warning', clear: false };
  }
  if (samples !== undefined && isAccuracy(binding)) {
    const error = Math.sqrt(Math.max(0, p * (1 - p)) / samples);
    const hidden = Math.abs(gain) < 2 * error * scale;
    const severity = hidden && error > limit / 2 ? (error > limit ? 'warning' : 'info') : null;
    const cleared = error < limit / 4 || Math.abs(gain) > 4 * error * scale;
    return { error: error * scale, gain, samples, few, severity, clear: cleared };
  }
  if (samples !== undefined) return { error: 0, gain, samples, few, severity: null, clear: true };
  const trained = trains.slice(-NOISE).filter((value) => !Number.isNaN(value));
  if (seen < 2 * warmup || trained.length < warmup) return null;
  const error = noise(values.slice(-NOISE));
  const all = before - low;
  const hidden = Math.abs(gain) < 2 * error && all > 0 && error > 3 * noise(trained);
  const severity = hidden && error > share * all ? (error > 2.5 * share * all ? 'warning' : 'info') : null;
  const cleared = error < (share / 2) * all || Math.abs(gain) > 4 * error;
  return { error, gain, samples: null, few, severity, clear: cleared };
}

function hides(
  { error, gain, samples, few }: Found,
  severity: Said['severity'],
  since: { readonly step: number; readonly epoch: number | null } | null,
  { validation, step, epoch, value }: Window,
  at: number,
): Said {
  const name = nameOf(validation);
  const from = since?.step ?? step;
  const when = since ? since.epoch : epoch;
  const of = samples === null ? '' : ` of ${samples} samples`;
  return {
    status: 'open',
    severity,
    from,
    epoch: when,
    at,
    title: few
      ? `${name} is of ${samples} samples only, and uncertain by about ±${number(2 * error)} at ${number(Math.abs(value))}`
      : `${name}${of} is uncertain by ±${number(2 * error)}, more than it has changed lately: ${number(Math.abs(gain))}`,
    verdict: few
      ? `Validation is of ${samples} samples: too few to judge by, validate on more`
      : 'Validation is too noisy to compare epochs: validate on more samples',
    evidence: {
      'standard error of one validation': error,
      'gained lately': gain,
      'validation now': value,
      'samples of the validation set': samples,
    },
    advice: [
      samples === null
        ? 'Validate on more samples: four times as many halve the noise'
        : `Validate on more samples: with ${4 * samples} the uncertainty is ±${number(error)}`,
      'Smooth before comparing, as by a median of 5 validations: the best single value is the luckiest one',
      `Do not choose between ${atEpoch(from, when)} and its neighbours by this value alone: cross-validate where it matters`,
    ],
  };
}

function clear({ validation, value }: Window, at: number): Said {
  return resolved(`${nameOf(validation)} changes by more than its noise again`, {
    at,
    evidence: { 'validation now': value },
  });
}
