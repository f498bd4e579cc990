import type { Said, Step, Window, WindowDetector } from '../detector.ts';
import { noiseAboutBend } from '../windows/noise.ts';
import { trend } from '../windows/trend.ts';
import {
  addValidation,
  LEARNT,
  levelOver,
  NO_VALIDATIONS,
  scaleFor,
  SPANS,
  type Validations,
} from '../windows/validations.ts';
import { gain, levelOf, type Gained } from './best-epoch-level.ts';
import { gone, level, over, passed, type Rise } from './best-epoch-words.ts';
import { signOf } from './sign.ts';
import { atEpoch, nameOf, number } from './words.ts';

/**
 * Says when the best validation is sure to be past: the monitored series gets worse while training still gets better.
 *
 * Over one of the latest 10, 20, 40 and 80 validations, at once: validation rises by a Mann–Kendall trend (z > `trend`), training
 * falls by one (z < −`trainTrend`), and the level of the window's latter half (the mean of its middle values) lies above
 * the lowest such level so far by more than counts and by more than `errors` standard errors of the difference of the two.
 * What counts is `minDelta` of the level right after the best, twice that when the best is as long ago as it took, and
 * so on up to `maxDelta`: a quick rise goes on, so little of it is enough; a slow one may come to nothing.
 * The standard error is taken from the noise of the latest 50 validations about their trend, which may bend: it does
 * where validation turns.
 *
 * Warm-up: 10 validations. Resolved when the median of 5 validations gets lower than ever before, as after a drop of
 * the learning rate; then it may be said again. Known false alarm: a slow rise before such a drop.
 * Non-finite validations are left out; but five in a row, with no finite training point between, say that it is over.
 *
 * A run that has not learnt, whose gain since the start is below 1 % of its level, has no best epoch.
 *
 * With `worth` also when validation has been level for as long as it took to get there, at least 20 validations, and as
 * long again is not worth it (`best-epoch-level.ts`): an info, which a rise makes a warning, and which is resolved when
 * validation gains again. Known false alarm: a drop of the learning rate to come, which is why it is not the default.
 *
 * @param patience validations since the best before it may be said
 * @param minDelta rise that counts at once, as a share of the best level, 0 to 1. The level is taken to be no less than
 *   a tenth and no more than ten times what was gained since the start, so that an offset does not matter
 * @param maxDelta rise that counts however slow, likewise; below `minDelta` it is ignored
 * @param worth gain, likewise, below which going on for as long again is not worth it; 0: level is never enough
 */
export function bestEpoch(options: Partial<BestEpochParameters> = {}): WindowDetector<BestEpochState> {
  const parameters = { ...DEFAULTS, ...options };
  return {
    name: 'best-epoch',
    parameters: { ...parameters },
    input: 'windows',
    subject: 'series',
    watches: ({ goal }, { monitored }) => monitored && goal !== null,
    start: () => ({ follows: NO_VALIDATIONS, lost: 0, said: null }),
    update: (state, windows) => update(state, windows, parameters),
  };
}

export interface BestEpochParameters {
  /** Validations since the best. */
  readonly patience: number;
  /** Share of the best level by which validation must be worse, when it gets worse at once. */
  readonly minDelta: number;
  /** The same, however slowly it does. */
  readonly maxDelta: number;
  /** Standard errors by which it must be worse. */
  readonly errors: number;
  /** Mann–Kendall z of validation's trend. */
  readonly trend: number;
  /** Mann–Kendall z of training's trend the other way. */
  readonly trainTrend: number;
  /** Share of the level that as long again must bring; 0: none. */
  readonly worth: number;
}

const DEFAULTS: BestEpochParameters = {
  patience: 5,
  minDelta: 0.018,
  maxDelta: 0.04,
  errors: 3.7,
  trend: 3.7,
  trainTrend: 2,
  worth: 0,
};

/** Validations from which the noise is estimated. */
const NOISE = 50;
/** Non-finite validations in a row after which the weights are taken to be lost. */
const LOST = 5;

interface BestEpochState {
  /** Values are turned so that lower is better. */
  readonly follows: Validations;
  /** Non-finite validations in a row, with no finite training point between. */
  readonly lost: number;
  /** Rise that was last said, 0 for a level and Infinity for a loss of all; null when nothing is open. */
  readonly said: number | null;
  /** Where validation last gained something; absent before, and where it is not asked for. */
  readonly gained?: Gained;
}

function update(
  before: BestEpochState,
  windows: readonly Window[],
  parameters: BestEpochParameters,
): Step<BestEpochState> {
  const says: Said[] = [];
  let { follows, lost, said, gained } = before;
  const { worth } = parameters;
  for (const [at, window] of windows.entries()) {
    const { validation, training, value, train, step, epoch } = window;
    if (!Number.isFinite(value)) {
      follows = { ...follows, seen: follows.seen + 1 };
      lost = train === null ? lost + 1 : 0;
      if (lost !== LOST || follows.best === null || said !== null) continue;
      says.push(gone(follows, window, at, LOST));
      said = Infinity;
      continue;
    }
    lost = 0;
    if (said === Infinity) {
      says.push(over(follows, window, at, `${nameOf(validation)} is a number again`));
      said = null;
    }
    const sign = signOf(validation);
    const { low } = follows;
    follows = addValidation(follows, sign * value, train && sign * train.mean, step, epoch);
    if (follows.bin.count > 0) continue;
    const held = gained;
    if (worth > 0) gained = gain(gained, follows, worth, step, epoch);
    if (said !== null && (said > 0 ? follows.low < low : gained !== held)) {
      const best = follows.best!;
      const now = `${number(sign * best.value)} at ${atEpoch(best.step, best.epoch)}`;
      says.push(over(follows, window, at, `${nameOf(validation)} is better than ever again: ${now}`));
      said = null;
    }
    if (follows.seen - 1 - follows.best!.index < parameters.patience) continue;
    const found = riseOf(follows, training !== null, parameters);
    if (found && (said === null || found.rise > 1.5 * said)) {
      says.push(passed(follows, window, at, found));
      said = found.rise;
      continue;
    }
    const still = said === null && gained !== undefined ? levelOf(gained, follows, worth) : undefined;
    if (!still) continue;
    says.push(level(follows, window, at, gained!, still, worth));
    said = 0;
  }
  return { state: { follows, lost, said, ...(gained !== undefined && { gained }) }, says };
}

/** The rise that is sure by one of the windows; undefined when none is. */
function riseOf(
  { values, trains, lows, before, low, trainHigh, trainLow, seen, best }: Validations,
  trained: boolean,
  wanted: BestEpochParameters,
): Rise | undefined {
  const gained = Math.max(before - low, trainHigh - trainLow, 0);
  if (gained < LEARNT * Math.max(Math.abs(before), trained ? Math.abs(trainHigh) : 0)) return undefined;
  const rises = SPANS.map((span, i) => levelOver(values, span) - lows[i]);
  const scales = lows.map((lowest) => scaleFor(lowest, gained));
  const slowness = (seen - 1) / Math.max(best!.index, 1);
  const counts = Math.max(wanted.minDelta, Math.min(wanted.minDelta * slowness, wanted.maxDelta));
  // Most validations are no worse than the best by far: the dearer statistics are for the others.
  if (!rises.some((found, i) => found > counts * scales[i])) return undefined;
  const sigma = noiseAboutBend(values.slice(-NOISE));
  for (const [i, span] of SPANS.entries()) {
    if (values.length < span || !(rises[i] > counts * scales[i])) continue;
    // A middle mean of n values is 1.1 times as uncertain as their mean; here are two, of span / 2 each.
    const error = 1.1 * sigma * Math.sqrt(4 / span);
    if (!(rises[i] > wanted.errors * error)) continue;
    const rising = trend(values.slice(-span));
    if (rising <= wanted.trend) continue;
    const falling = trained ? trend(trains.slice(-span)) : null;
    if (falling !== null && falling >= -wanted.trainTrend) continue;
    return {
      rise: rises[i],
      share: rises[i] / scales[i],
      errors: rises[i] / error,
      trend: rising,
      trainTrend: falling,
      span,
      sigma,
      low: lows[i],
    };
  }
  return undefined;
}
