import type { Said, Step, Window, WindowDetector } from '../detector.ts';
import { BINS } from '../windows/curve.ts';
import { median } from '../windows/median.ts';
import { noise } from '../windows/noise.ts';
import { trend } from '../windows/trend.ts';
import { resolved } from './resolved.ts';
import { signOf } from './sign.ts';
import { apartness, farApart, TOGETHER, type Apart } from './gap-apart.ts';
import { atEpoch, nameOf, number, percent } from './words.ts';

/**
 * Says when validation falls behind training: training goes on improving, validation gets next to nothing of it, and
 * the gap between the two has become large and still grows.
 *
 * Over the latter half of the validations so far, as at most 256 means: training gained at least `minDelta` of all it
 * has gained and 4 standard errors, validation at most `share` of that; the gap grows by a Mann–Kendall trend (z > 3
 * over the latest 40) and is more than `level` of the validation's level. Above twice that it is a warning, else a
 * remark. A gap that does not grow is a finding where the quotient of two losses says so: see gap-apart.ts.
 *
 * Warm-up: `warmup` validations. Resolved when the gap has shrunk to half of what it was when it was said.
 * Known false alarm: a cross-entropy whose accuracy still improves (growing certainty). Non-finite values are left out.
 */
export function gap(options: Partial<GapParameters> = {}): WindowDetector<GapState> {
  const parameters = { ...DEFAULTS, ...options };
  return {
    name: 'gap',
    parameters: { ...parameters },
    input: 'windows',
    subject: 'series',
    watches: ({ goal }) => goal !== null,
    start: () => START,
    update: (state, windows) => update(state, windows, parameters),
  };
}

export interface GapParameters {
  /** Share of all that training gained which it must have gained in the latter half, 0 to 1. */
  readonly minDelta: number;
  /** Share of training's gain that validation may have had and still fall behind, 0 to 1. */
  readonly share: number;
  /** Size of the gap as a share of the validation's level. */
  readonly level: number;
  /** Validations before anything is said. */
  readonly warmup: number;
}

const DEFAULTS: GapParameters = { minDelta: 0.05, share: 0.2, level: 0.25, warmup: 12 };

/** Values are turned so that lower is better. */
interface GapState {
  /** Validations a bin, a power of 2, and the sums of the bin under way. */
  readonly width: number;
  readonly count: number;
  readonly value: number;
  readonly trained: number;
  /** Means, oldest first, at most 256. */
  readonly values: readonly number[];
  readonly trains: readonly number[];
  readonly steps: readonly number[];
  readonly epochs: readonly (number | null)[];
  /** The gap when it was said; null when nothing is open. */
  readonly said: SaidBefore | null;
}

interface SaidBefore {
  readonly gap: number;
  readonly severity: Said['severity'];
  readonly kind: 'growing' | Apart['kind'];
}

const START: GapState = {
  width: 1,
  count: 0,
  value: 0,
  trained: 0,
  values: [],
  trains: [],
  steps: [],
  epochs: [],
  said: null,
};

function update(before: GapState, windows: readonly Window[], parameters: GapParameters): Step<GapState> {
  const says: Said[] = [];
  let state = before;
  for (const [at, window] of windows.entries()) {
    if (!Number.isFinite(window.value) || window.train === null) continue;
    state = take(state, window);
    const seen = state.values.length * state.width;
    if (state.count > 0 || seen < parameters.warmup / 2) continue;
    const now = gapNow(state);
    if (state.said !== null && isOver(state.said, state, now)) {
      says.push(closed(window, at));
      state = { ...state, said: null };
    }
    const apart = apartOf(state, window);
    if (apart && graver(apart.kind === 'apart' ? 'info' : 'warning', state.said)) {
      const said = farApart(apart, window, at);
      says.push(said);
      state = { ...state, said: { gap: now, severity: said.severity, kind: apart.kind } };
    }
    if (seen < parameters.warmup) continue;
    const behind = fallsBehind(state, now, parameters);
    if (!behind) continue;
    const severity = behind.relative > 2 * parameters.level ? 'warning' : 'info';
    if (!graver(severity, state.said)) continue;
    says.push(growing(behind, window, at, severity));
    state = { ...state, said: { gap: now, severity, kind: 'growing' } };
  }
  return { state, says };
}

function graver(severity: Said['severity'], said: SaidBefore | null): boolean {
  return said === null || (severity === 'warning' && said.severity === 'info');
}

/** A quotient is asked of losses only: an accuracy has no zero to be compared with. */
function apartOf({ values, trains, steps, epochs }: GapState, { validation }: Window): Apart | null {
  return validation.role === 'loss' && validation.goal === 'min' && values.length > 2
    ? apartness(values, trains, steps, epochs)
    : null;
}

function isOver({ kind, gap }: SaidBefore, { values, trains }: GapState, now: number): boolean {
  if (kind === 'growing') return now < gap / 2;
  return median(values.slice(-5)) < TOGETHER * median(trains.slice(-5));
}

function take(state: GapState, { validation, value, train, step, epoch }: Window): GapState {
  const sign = signOf(validation);
  const count = state.count + 1;
  const sums = { value: state.value + sign * value, trained: state.trained + sign * train!.mean };
  if (count < state.width) return { ...state, ...sums, count };
  const values = [...state.values, sums.value / count];
  const trains = [...state.trains, sums.trained / count];
  const steps = [...state.steps, step];
  const epochs = [...state.epochs, epoch];
  const taken = { ...state, count: 0, value: 0, trained: 0, values, trains, steps, epochs };
  if (values.length < BINS) return taken;
  const joined = (means: readonly number[]): number[] =>
    Array.from({ length: means.length >> 1 }, (_, i) => (means[2 * i] + means[2 * i + 1]) / 2);
  return {
    ...taken,
    width: 2 * state.width,
    values: joined(values),
    trains: joined(trains),
    steps: steps.filter((_, i) => i % 2 === 0),
    epochs: epochs.filter((_, i) => i % 2 === 0),
  };
}

function gapNow({ values, trains }: GapState): number {
  return median(values.slice(-5)) - median(trains.slice(-5));
}

interface Behind {
  readonly gap: number;
  /** As a share of the validation's level. */
  readonly relative: number;
  /** Gained since half-way, by training and by validation. */
  readonly trainGain: number;
  readonly gain: number;
  readonly from: number;
  readonly epoch: number | null;
}

function fallsBehind(state: GapState, now: number, wanted: GapParameters): Behind | undefined {
  const { values, trains } = state;
  const half = values.length >> 1;
  const around = (means: readonly number[]): number => median(means.slice(Math.max(0, half - 2), half + 3));
  const trainGain = around(trains) - median(trains.slice(-5));
  const gain = around(values) - median(values.slice(-5));
  const all = median(trains.slice(0, 3)) - median(trains.slice(-5));
  if (now <= 0 || trainGain < wanted.minDelta * all || gain > wanted.share * trainGain) return undefined;
  const scale = Math.max(Math.abs(median(values.slice(-5))), 0.1 * all);
  if (now < wanted.level * scale) return undefined;
  const error = 1.25 * noise(trains.slice(-40)) * Math.sqrt(2 / 5);
  if (trainGain < 4 * error) return undefined;
  const gaps = values.slice(-40).map((value, i) => value - trains.slice(-40)[i]);
  if (trend(gaps) <= 3) return undefined;
  return {
    gap: now,
    relative: now / scale,
    trainGain,
    gain,
    from: state.steps[half],
    epoch: state.epochs[half],
  };
}

function growing(
  found: Behind,
  { validation, training, value, train }: Window,
  at: number,
  severity: Said['severity'],
): Said {
  const when = atEpoch(found.from, found.epoch);
  const name = nameOf(validation);
  const got = Math.max(0, found.gain / found.trainGain);
  return {
    status: 'open',
    severity,
    ...(training !== null && { series: [training] }),
    from: found.from,
    epoch: found.epoch,
    at,
    title: `${name} falls behind: since ${when} it got ${got > 0 ? percent(got) : 'nothing'} of what training gained`,
    verdict: `${name} falls behind training since ${when}: regularise, or add data`,
    evidence: {
      'validation now': value,
      'training now': train?.mean ?? null,
      gap: found.gap,
      'gap, per cent of the validation’s level': 100 * found.relative,
      'gained by training': found.trainGain,
      'gained by validation': found.gain,
    },
    advice: [
      'Regularise more (weight decay, dropout, augmentation): training improves on what validation does not have',
      'Add data, or use a smaller model: there is capacity left to memorise',
      `Check that training and validation come from one distribution: a gap of ${number(found.gap)} may also be a shift`,
    ],
  };
}

function closed({ validation, value }: Window, at: number): Said {
  return resolved(`${nameOf(validation)} has caught up with training again`, {
    at,
    evidence: { 'validation now': value },
  });
}
