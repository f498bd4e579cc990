import type { PointDetector, Points, Said, Step } from '../detector.ts';
import type { Binding } from '../roles.ts';
import { EMPTY_CURVE, extend, pointsIn, type Curve } from '../windows/curve.ts';
import { median } from '../windows/median.ts';
import { noise } from '../windows/noise.ts';
import { resolved } from './resolved.ts';
import { signOf } from './sign.ts';
import { atEpoch, nameOf, number, percent } from './words.ts';

/**
 * Says, when a run ends, that the training loss was still falling, and what twice as many points would have brought.
 *
 * The levels around 22, 45 and 90 % of the run are a factor of two apart. A loss that falls by a power law loses in each
 * doubling a constant share r of what it lost in the one before; so the next doubling is expected to bring r times the
 * latest, r being taken as no more than 1. It is said when that is more than `minDelta` of the level and the latest
 * fall is more than 3 standard errors; the level is taken as no less than a tenth and no more than ten times what was
 * gained since the start, so that an offset does not matter.
 *
 * A remark, for most healthy runs could go on. A warning that the learning rate may be too low when the loss came down
 * slowly from the start: `share` of all the gain was made in the latter half, or half of that where half of the gain took an eighth of the run.
 * A rate that ended below a tenth of its highest speaks against that: it is the schedule that is short.
 *
 * The monitored validation loss is looked at as well, where the noise of batches hides the fall; of it a remark at most.
 *
 * Warm-up: `warmup` points. Resolved when the run is resumed. Known false alarm: a warning for a run that was stopped
 * while it was still new. Non-finite values are left out.
 *
 * @param minDelta expected gain that counts, as a share of the level, 0 to 1
 * @param share share of the gain made in the latter half from which the rate seems too low, 0 to 1
 * @param warmup points before anything is said, at least 20
 */
export function notConverged(
  options: Partial<NotConvergedParameters> = {},
): PointDetector<NotConvergedState> {
  const parameters = { ...DEFAULTS, ...options };
  return {
    name: 'not-converged',
    parameters: { ...parameters },
    input: 'points',
    subject: 'run',
    watches: ({ goal, role, split }, { primary, monitored }) =>
      goal !== null &&
      ((primary && split === 'train') || (monitored && role === 'loss' && split !== 'train')),
    start: (binding) => ({ binding, curve: EMPTY_CURVE, first: null, rate: NaN, highest: NaN, said: false }),
    update,
    end: (state) => judge(state, parameters),
  };
}

export interface NotConvergedParameters {
  readonly minDelta: number;
  readonly share: number;
  readonly warmup: number;
}

const DEFAULTS: NotConvergedParameters = { minDelta: 0.02, share: 0.2, warmup: 20 };

/** Values are turned so that lower is better. */
interface NotConvergedState {
  readonly binding: Binding;
  readonly curve: Curve;
  /** The first value: means over many points hide it. */
  readonly first: number | null;
  /** Learning rates: the latest and the highest; NaN where none is logged. */
  readonly rate: number;
  readonly highest: number;
  readonly said: boolean;
}

/** Share of the run by which half of the gain is made, unless the learning rate is low. */
const HALF = 1 / 8;
/** Below this share of its highest, the learning rate is used up. */
const SPENT = 0.1;

function update(before: NotConvergedState, points: Points): Step<NotConvergedState> {
  const { values, steps, epochs, rates } = points;
  const sign = signOf(before.binding);
  let { first, rate, highest } = before;
  for (let i = 0; i < values.length && first === null; i++) {
    if (Number.isFinite(values[i])) first = sign * values[i];
  }
  const latest = rates.findLast((found) => !Number.isNaN(found));
  if (latest !== undefined) {
    rate = latest;
    const most = highestOf(rates);
    if (!(most <= highest)) highest = most;
  }
  const curve = extend(before.curve, values, steps, epochs, sign, () => undefined);
  const says = before.said ? [goesOn(before)] : [];
  return { state: { ...before, curve, first, rate, highest, said: false }, says };
}

/** @param rates one at least that is a number; those that are none do not count */
function highestOf(rates: Float64Array): number {
  let highest = -Infinity;
  for (let i = 0; i < rates.length; i++) if (rates[i] > highest) highest = rates[i];
  return highest;
}

function judge(state: NotConvergedState, parameters: NotConvergedParameters): Step<NotConvergedState> {
  const outlook = outlookOf(state, parameters);
  if (outlook === null || state.said) return { state, says: [] };
  return { state: { ...state, said: true }, says: [falling(state, outlook, parameters)] };
}

interface Outlook {
  /** Around nine tenths of the run, and what twice as many points would lower it by, with its standard error. */
  readonly level: number;
  readonly expected: number;
  readonly error: number;
  readonly gain: number;
  /** Share of the gain made in the latest doubling, and share of the run in which half of the gain was made. */
  readonly late: number;
  readonly half: number;
  /** It fell from each of these levels to the next, and from the first value: it is not coming back from above. */
  readonly steady: boolean;
}

function outlookOf(
  { binding, curve, first }: NotConvergedState,
  { minDelta, share, warmup }: NotConvergedParameters,
): Outlook | null {
  const { means } = curve;
  if (first === null || pointsIn(curve) < warmup || means.length < 20) return null;
  const [early, middle, last] = [levelAt(means, 0.2, 0.25), levelAt(means, 0.4, 0.5), levelAt(means, 0.8, 1)];
  const sigma = noise(means.slice(Math.floor(0.4 * means.length)));
  const before = early.level - middle.level;
  const latest = middle.level - last.level;
  const latestError = 1.25 * sigma * Math.sqrt(1 / middle.count + 1 / last.count);
  const gain = first - last.level;
  if (!(gain > 0 && latest > 3 * latestError)) return null;
  const ratio = before > latest ? latest / before : 1;
  // A loss that has never been below zero will not be: by a power law towards zero every doubling brings the same share.
  const positive = signOf(binding) > 0 && means.every((mean) => mean >= 0) && middle.level > 0;
  const most = positive ? (latest * last.level) / middle.level : Infinity;
  const beforeError = 1.25 * sigma * Math.sqrt(1 / early.count + 1 / middle.count);
  const outlook = {
    level: last.level,
    expected: Math.min(ratio * latest, most),
    // Of latest² / before, where the ratio is below 1.
    error: ratio < 1 ? Math.hypot(2 * ratio * latestError, ratio * ratio * beforeError) : latestError,
    gain,
    late: latest / gain,
    steady: early.level <= first && middle.level <= early.level,
    half: means.findIndex((mean) => mean <= first - gain / 2) / means.length,
  };
  const scale = Math.min(Math.max(Math.abs(last.level), 0.1 * gain), 10 * gain);
  // What has not moved by a hundredth is not "still falling": whether it is stuck is asked elsewhere.
  const moved = gain > 0.01 * Math.abs(first);
  return moved && (outlook.expected > minDelta * scale || isSlow(outlook, share)) ? outlook : null;
}

function levelAt(means: readonly number[], from: number, to: number): { level: number; count: number } {
  const part = means.slice(Math.floor(from * means.length), Math.ceil(to * means.length));
  return { level: median(part), count: part.length };
}

function isSlow({ late, half, steady }: Outlook, wanted: number): boolean {
  return steady && (late > wanted || (half > HALF && late > wanted / 2));
}

function falling(
  { binding, curve, rate, highest, first }: NotConvergedState,
  outlook: Outlook,
  parameters: NotConvergedParameters,
): Said {
  const { level, expected, error, gain, late, half } = outlook;
  const spent = rate < SPENT * highest;
  const slow = isSlow(outlook, parameters.share);
  const sign = signOf(binding);
  const name = nameOf(binding);
  const from = Math.floor(0.4 * curve.means.length);
  const more = `train longer: twice as many steps would bring it to about ${number(sign * (level - expected))} (± ${number(2 * error)})`;
  // The first fall is before the first validation: how much of the whole came late cannot be told by it.
  const tooLow = slow && !spent && binding.split === 'train';
  const longer = spent
    ? 'Train longer, with the schedule stretched over the whole of it: at its present end the learning rate is too low to gain more'
    : `Train longer while validation improves too: by the power law of its latest falls, twice as many steps bring ${name.toLowerCase()} from ${number(sign * level)} to about ${number(sign * (level - expected))}`;
  return {
    status: 'open',
    // Where the latter half brought little, the run is only slower than it could be.
    severity: tooLow && late > parameters.share ? 'warning' : 'info',
    from: curve.steps[from],
    epoch: Number.isNaN(curve.epochs[from]) ? null : curve.epochs[from],
    title: tooLow
      ? `${name} came down slowly and was still ${sign > 0 ? 'falling' : 'rising'} at the end: the latter half of the run brought ${percent(late)} of all that was gained`
      : `${name} was still ${sign > 0 ? 'falling' : 'rising'} at the end: ${more}`,
    // A run that could go on is healthy: its verdict is another.
    verdict: tooLow ? 'Not converged: the learning rate may be too low, raise it by 3 to 10 times' : '',
    evidence: {
      'first value': sign * first!,
      'level at the end': sign * level,
      'expected after twice as many steps': sign * (level - expected),
      'expected, standard error': error,
      'gained in the latter half, per cent of all gained': 100 * late,
      'half of the gain made within, per cent of the run': 100 * half,
      'gained, per cent of the first value': first === 0 ? null : (100 * gain) / Math.abs(first!),
    },
    advice: tooLow
      ? [
          `Raise the learning rate by 3 to 10 times: it may be too low, for half of the gain took ${percent(half)} of the run, where a good rate makes most of it at once`,
          longer,
          'Check that the learning rate’s warm-up is short against the run and that weights are initialised at a usual scale',
        ]
      : [
          longer,
          spent
            ? 'If the time is given, a higher peak of the learning rate gains more within it'
            : 'Let the learning rate fall towards the end: the last of the gain comes sooner at a lower rate',
        ],
  };
}

function goesOn({ binding, curve }: NotConvergedState): Said {
  const last = curve.steps.length - 1;
  const epoch = Number.isNaN(curve.epochs[last]) ? null : curve.epochs[last];
  return resolved(`${nameOf(binding)} is trained on after ${atEpoch(curve.steps[last], epoch)}`, {
    at: 0,
    from: curve.steps[last],
    epoch,
  });
}
