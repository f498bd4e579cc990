import { median, middleMean } from './median.ts';
import { keep } from './recent.ts';

/**
 * Follows the validations of a run, each with the training since the one before: the latest of them, the best, and the
 * lowest levels so far over several spans. Lower is better. Plain data, never mutated, of a size that does not grow.
 */
export interface Validations {
  /** Validations a bin, a power of 2, and what is in the bin under way. */
  readonly width: number;
  readonly bin: Bin;
  /** Bins so far. */
  readonly count: number;
  /** The latest bins: means of validation, and of training (NaN where there was none). */
  readonly values: readonly number[];
  readonly trains: readonly number[];
  /** Lowest level so far, by span; Infinity before the first full one. */
  readonly lows: readonly number[];
  /** Extremes of the running median of 5; `before` is the highest at the time of the lowest. */
  readonly low: number;
  readonly high: number;
  readonly before: number;
  readonly trainLow: number;
  readonly trainHigh: number;
  /** Validations so far, and the best of them. */
  readonly seen: number;
  readonly best: BestSeen | null;
}

interface Bin {
  readonly count: number;
  readonly total: number;
  readonly trained: number;
  readonly trainTotal: number;
}

interface BestSeen {
  readonly value: number;
  readonly step: number;
  readonly epoch: number | null;
  readonly index: number;
}

/** Bins over which levels are taken: those of the latter half of each. */
export const SPANS = [10, 20, 40, 80] as const;
/** The latest bins that are kept. */
const KEPT = 100;
/** Bins after which two become one, so that a run of any length is seen whole. */
const BINS = 2048;

const EMPTY_BIN: Bin = { count: 0, total: 0, trained: 0, trainTotal: 0 };

export const NO_VALIDATIONS: Validations = {
  width: 1,
  bin: EMPTY_BIN,
  count: 0,
  values: [],
  trains: [],
  lows: SPANS.map(() => Infinity),
  low: Infinity,
  high: -Infinity,
  before: -Infinity,
  trainLow: Infinity,
  trainHigh: -Infinity,
  seen: 0,
  best: null,
};

/** Adds a validation. It tells something new where it closes a bin: where `bin.count` is 0 afterwards. */
export function addValidation(
  before: Validations,
  value: number,
  train: number | null,
  step: number,
  epoch: number | null,
): Validations {
  const bin = {
    count: before.bin.count + 1,
    total: before.bin.total + value,
    trained: before.bin.trained + (train === null ? 0 : 1),
    trainTotal: before.bin.trainTotal + (train ?? 0),
  };
  const improved = before.best === null || value < before.best.value;
  const best = improved ? { value, step, epoch, index: before.seen } : before.best;
  const taken = { ...before, seen: before.seen + 1, best };
  if (bin.count < before.width) return { ...taken, bin };
  return measure(
    fold({
      ...taken,
      bin: EMPTY_BIN,
      count: before.count + 1,
      values: keep(before.values, bin.total / bin.count, KEPT),
      trains: keep(before.trains, bin.trained > 0 ? bin.trainTotal / bin.trained : NaN, KEPT),
    }),
  );
}

/** Makes one bin of two when there are too many. */
function fold(state: Validations): Validations {
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
function measure(state: Validations): Validations {
  const { values, trains } = state;
  const level = median(values.slice(-5));
  const trained = trains.slice(-5).filter((value) => !Number.isNaN(value));
  const training = median(trained);
  const high = Math.max(state.high, level);
  return {
    ...state,
    lows: state.lows.map((low, i) => Math.min(low, levelOver(values, SPANS[i]))),
    low: Math.min(state.low, level),
    high,
    before: level < state.low ? high : state.before,
    trainLow: trained.length > 0 ? Math.min(state.trainLow, training) : state.trainLow,
    trainHigh: trained.length > 0 ? Math.max(state.trainHigh, training) : state.trainHigh,
  };
}

/** Mean of the middle half of the latter half of the latest `span` values; Infinity when there are fewer in that half. */
export function levelOver(values: readonly number[], span: number): number {
  return values.length < span / 2 ? Infinity : middleMean(values.slice(-span / 2));
}

/** Share of its first level that a run must have gained to have learnt anything. */
export const LEARNT = 0.01;

/**
 * What shares of a level are of: the level itself, taken to be no less than a tenth and no more than ten times what was
 * gained, so that an offset does not matter.
 */
export function scaleFor(level: number, gained: number): number {
  return Math.min(Math.max(Math.abs(level), 0.1 * gained), 10 * gained);
}
