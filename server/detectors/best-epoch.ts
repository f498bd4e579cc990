import type { Said, Step, Window, WindowDetector } from '../detector.ts';
import type { Binding } from '../roles.ts';
import { median } from '../windows/median.ts';
import { noise } from '../windows/noise.ts';
import { keep } from '../windows/recent.ts';
import { trend } from '../windows/trend.ts';
import { atEpoch, epochWord, nameOf, number, percent } from './words.ts';

/**
 * Says when the best validation is sure to be past: the monitored series gets worse while training still gets better.
 *
 * Over one of the latest 10, 20, 40 and 80 validations, at once: validation rises by a Mann–Kendall trend (z > `trend`), training
 * falls by one (z < −`trainTrend`), and the median of the window's latter half lies above the lowest such median so far
 * by more than `minDelta` of its level and by more than `errors` standard errors of the difference of the two.
 * The standard error is taken from the noise of the latest 50 validations.
 *
 * Warm-up: 10 validations. Resolved when the median of 5 validations gets lower than ever before, as after a drop of
 * the learning rate; then it may be said again. Known false alarm: a slow rise before such a drop.
 * Non-finite validations are left out; but five in a row, with no finite training point between, say that it is over.
 *
 * @param minDelta rise that counts, as a share of the best level, 0 to 1. The level is taken to be no less than a tenth
 *   and no more than ten times what was gained since the start, so that an offset does not matter
 */
export function bestEpoch(options: Partial<BestEpochParameters> = {}): WindowDetector<BestEpochState> {
  const parameters = { ...DEFAULTS, ...options };
  return {
    name: 'best-epoch',
    parameters: { ...parameters },
    input: 'windows',
    subject: 'series',
    watches: ({ goal }, { monitored }) => monitored && goal !== null,
    start: () => START,
    update: (state, windows) => update(state, windows, parameters),
  };
}

export interface BestEpochParameters {
  /** Share of the best level by which validation must be worse. */
  readonly minDelta: number;
  /** Standard errors by which it must be worse. */
  readonly errors: number;
  /** Mann–Kendall z of validation's trend. */
  readonly trend: number;
  /** Mann–Kendall z of training's trend the other way. */
  readonly trainTrend: number;
}

const DEFAULTS: BestEpochParameters = { minDelta: 0.03, errors: 4, trend: 3, trainTrend: 2 };

/** Validations over which trends are looked for; levels are medians of the latter half of each. */
const WINDOWS = [10, 20, 40, 80] as const;
/** Validations from which the noise is estimated. */
const NOISE = 50;
/** Non-finite validations in a row after which the weights are taken to be lost. */
const LOST = 5;
/** Bins after which two become one, so that a run of any length is seen whole. */
const BINS = 2048;

/** Values are turned so that lower is better. */
interface BestEpochState {
  /** Validations a bin, a power of 2, and what is in the bin under way. */
  readonly width: number;
  readonly bin: Bin;
  /** Bins so far. */
  readonly count: number;
  /** The latest bins: means of validation, and of training (NaN where there was none). */
  readonly values: readonly number[];
  readonly trains: readonly number[];
  /** Lowest median so far, by window; Infinity before the first full one. */
  readonly lows: readonly number[];
  /** Extremes of the running median of 5; `before` is the highest at the time of the lowest. */
  readonly low: number;
  readonly high: number;
  readonly before: number;
  readonly trainLow: number;
  readonly trainHigh: number;
  /** Validations so far, and the best of them. */
  readonly validations: number;
  readonly best: Best | null;
  /** Non-finite validations in a row, with no finite training point between. */
  readonly lost: number;
  /** Rise that was last said, Infinity for a loss of all; null when nothing is open. */
  readonly said: number | null;
}

interface Bin {
  readonly count: number;
  readonly total: number;
  readonly trained: number;
  readonly trainTotal: number;
}

interface Best {
  readonly value: number;
  readonly step: number;
  readonly epoch: number | null;
  readonly index: number;
}

const EMPTY_BIN: Bin = { count: 0, total: 0, trained: 0, trainTotal: 0 };

const START: BestEpochState = {
  width: 1,
  bin: EMPTY_BIN,
  count: 0,
  values: [],
  trains: [],
  lows: WINDOWS.map(() => Infinity),
  low: Infinity,
  high: -Infinity,
  before: -Infinity,
  trainLow: Infinity,
  trainHigh: -Infinity,
  validations: 0,
  best: null,
  lost: 0,
  said: null,
};

function update(
  before: BestEpochState,
  windows: readonly Window[],
  parameters: BestEpochParameters,
): Step<BestEpochState> {
  const says: Said[] = [];
  let state = before;
  for (const [at, window] of windows.entries()) {
    if (!Number.isFinite(window.value)) {
      const lost = window.train === null ? state.lost + 1 : 0;
      state = { ...state, validations: state.validations + 1, lost };
      if (lost === LOST && state.best !== null && state.said === null) {
        says.push(gone(state, window, at));
        state = { ...state, said: Infinity };
      }
      continue;
    }
    if (state.said === Infinity) {
      says.push(over(state, window, at, `${nameOf(window.validation)} is a number again`));
      state = { ...state, said: null };
    }
    state = take(state, window);
    if (state.bin.count > 0) continue;
    state = fold(state);
    const low = state.low;
    state = measure(state);
    if (state.said !== null && state.low < low) {
      const { value, step, epoch } = state.best!;
      const better = `${number(signOf(window.validation) * value)} at ${atEpoch(step, epoch)}`;
      says.push(over(state, window, at, `${nameOf(window.validation)} is better than ever again: ${better}`));
      state = { ...state, said: null };
    }
    const found = rise(state, window, parameters);
    if (found && (state.said === null || found.rise > 1.5 * state.said)) {
      says.push(passed(state, window, at, found));
      state = { ...state, said: found.rise };
    }
  }
  return { state, says };
}

function signOf({ goal }: Binding): 1 | -1 {
  return goal === 'max' ? -1 : 1;
}

/** Adds a validation to the bin under way, and closes the bin when it is full. */
function take(state: BestEpochState, { validation, value, train, step, epoch }: Window): BestEpochState {
  const sign = signOf(validation);
  const bin = {
    count: state.bin.count + 1,
    total: state.bin.total + sign * value,
    trained: state.bin.trained + (train ? 1 : 0),
    trainTotal: state.bin.trainTotal + (train ? sign * train.mean : 0),
  };
  const improved = state.best === null || sign * value < state.best.value;
  const best = improved ? { value: sign * value, step, epoch, index: state.validations } : state.best;
  const taken = { ...state, validations: state.validations + 1, best, lost: 0 };
  if (bin.count < state.width) return { ...taken, bin };
  return {
    ...taken,
    bin: EMPTY_BIN,
    count: state.count + 1,
    values: keep(state.values, bin.total / bin.count, 2 * NOISE),
    trains: keep(state.trains, bin.trained > 0 ? bin.trainTotal / bin.trained : NaN, 2 * NOISE),
  };
}

/** Makes one bin of two when there are too many. */
function fold(state: BestEpochState): BestEpochState {
  if (state.count < BINS) return state;
  const halve = (values: readonly number[]): number[] =>
    Array.from({ length: values.length >> 1 }, (_, i) => (values[2 * i] + values[2 * i + 1]) / 2);
  return {
    ...state,
    width: 2 * state.width,
    count: state.count / 2,
    values: halve(state.values),
    trains: halve(state.trains),
  };
}

/** Follows the extremes after a closed bin. */
function measure(state: BestEpochState): BestEpochState {
  const { values, trains } = state;
  const level = median(values.slice(-5));
  const trained = trains.slice(-5).filter((value) => !Number.isNaN(value));
  const training = trained.length > 0 ? median(trained) : NaN;
  const high = Math.max(state.high, level);
  return {
    ...state,
    lows: state.lows.map((low, i) => Math.min(low, levelOver(values, WINDOWS[i]))),
    low: Math.min(state.low, level),
    high,
    before: level < state.low ? high : state.before,
    trainLow: trained.length > 0 ? Math.min(state.trainLow, training) : state.trainLow,
    trainHigh: trained.length > 0 ? Math.max(state.trainHigh, training) : state.trainHigh,
  };
}

/** Median of the latter half of the latest `window` values; Infinity when there are fewer in that half. */
function levelOver(values: readonly number[], window: number): number {
  return values.length < window / 2 ? Infinity : median(values.slice(-window / 2));
}

interface Rise {
  /** Above the lowest level. */
  readonly rise: number;
  readonly share: number;
  readonly errors: number;
  readonly trend: number;
  readonly trainTrend: number | null;
}

/** The rise that is sure by one of the windows; undefined when none is. */
function rise(state: BestEpochState, { training }: Window, wanted: BestEpochParameters): Rise | undefined {
  const { values, trains, lows } = state;
  const gained = Math.max(state.before - state.low, state.trainHigh - state.trainLow, 0);
  const rises = WINDOWS.map((window, i) => levelOver(values, window) - lows[i]);
  const scales = lows.map((low) => Math.min(Math.max(Math.abs(low), 0.1 * gained), 10 * gained));
  // Most validations are no worse than the best by far: the dearer statistics are for the others.
  if (!rises.some((found, i) => found > wanted.minDelta * scales[i])) return undefined;
  const sigma = noise(values.slice(-NOISE - 1));
  for (const [i, window] of WINDOWS.entries()) {
    if (values.length < window || !(rises[i] > wanted.minDelta * scales[i])) continue;
    // A median of n values is 1.25 times as uncertain as their mean; here are two medians, of window / 2 each.
    const error = 1.25 * sigma * Math.sqrt(4 / window);
    if (!(rises[i] > wanted.errors * error)) continue;
    const rising = trend(values.slice(-window));
    if (rising <= wanted.trend) continue;
    const falling = training === null ? null : trend(trains.slice(-window));
    if (falling !== null && falling >= -wanted.trainTrend) continue;
    return {
      rise: rises[i],
      share: rises[i] / scales[i],
      errors: rises[i] / error,
      trend: rising,
      trainTrend: falling,
    };
  }
  return undefined;
}

function passed(state: BestEpochState, window: Window, at: number, found: Rise): Said {
  const { validation, training } = window;
  const sign = signOf(validation);
  const best = state.best!;
  const [worse, better] = sign > 0 ? ['risen', 'falling'] : ['fallen', 'rising'];
  const when = atEpoch(best.step, best.epoch);
  const while_ = training === null ? '' : ` while training kept ${better}`;
  return {
    status: 'open',
    severity: 'warning',
    ...(training !== null && { series: [training] }),
    from: best.step,
    epoch: best.epoch,
    at,
    title: `${nameOf(validation)} has ${worse} ${percent(found.share)} since ${when}${while_}`,
    verdict: `Best ${epochWord(best.step, best.epoch)}: stop`,
    evidence: {
      'best value': sign * best.value,
      'value now': window.value,
      'worse, per cent': 100 * found.share,
      'worse, standard errors': found.errors,
      'validations since the best': state.validations - 1 - best.index,
      'trend of validation, z': sign * found.trend,
      'trend of training, z': found.trainTrend === null ? null : sign * found.trainTrend,
    },
    advice: [
      `Stop and keep the checkpoint of ${when} (${number(sign * best.value)}): what is learnt since does not carry over to validation`,
      'Regularise more (weight decay, dropout, augmentation) or add data: training still improves, so capacity is not what is missing',
      'If the schedule still has a drop of the learning rate ahead, wait for it: validation often improves once more after one',
    ],
  };
}

function gone(state: BestEpochState, { validation, training, value }: Window, at: number): Said {
  const { value: best, step, epoch, index } = state.best!;
  const when = atEpoch(step, epoch);
  return {
    status: 'open',
    severity: 'warning',
    ...(training !== null && { series: [training] }),
    from: step,
    epoch,
    at,
    title: `${nameOf(validation)} was best at ${when}, and has not been a number for ${LOST} validations`,
    verdict: `Best ${epochWord(step, epoch)}: stop`,
    evidence: {
      'best value': signOf(validation) * best,
      'value now': value,
      'validations since the best': state.validations - 1 - index,
    },
    advice: [
      `Stop and keep the checkpoint of ${when}: weights that have become NaN do not come back`,
      'Lower the learning rate or clip the gradient norm before the next start',
    ],
  };
}

function over({ best }: BestEpochState, { value }: Window, at: number, title: string): Said {
  return {
    status: 'resolved',
    severity: 'info',
    from: best!.step,
    epoch: best!.epoch,
    at,
    title,
    verdict: '',
    evidence: { 'value now': value },
    advice: [],
  };
}
