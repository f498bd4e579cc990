import type { PointDetector, Points, Said, Step } from '../detector.ts';
import { EMPTY_CURVE, extend, type Curve } from '../windows/curve.ts';
import { median } from '../windows/median.ts';
import { resolved } from './resolved.ts';
import { signOf } from './sign.ts';
import { atEpoch, nameOf, number } from './words.ts';

/**
 * Says when the loss swings up and down from one validation to the next, instead of settling: steps that are too large.
 *
 * The swing is the mean of the rises, or of the falls where those add up to less, over the latest `patience`
 * validations, counted twice and without the two largest of either: a trend has no swing however steep it is, and
 * neither have two spikes. It is said when the swing is more than `minDelta` of the best level so far. The level is
 * taken as no less than a third of what was gained since the start and no more than ten times that (or three eighths of the
 * first value where next to nothing was gained).
 *
 * A validation is computed from the same samples every time: what changes are the weights. Training values swing for
 * their mini-batches too, so that, unless a point stands for an epoch or more, means of at least 32 points are judged,
 * and their swing must be twice what independent noise as large as from one point to the next would leave of itself.
 *
 * Warm-up: `patience` validations. Resolved when the swing is a third of `minDelta`, as after a drop of the learning
 * rate. Known false alarm: a validation set of a few samples. Non-finite values are left out.
 *
 * @param patience validations, or means, over which the loss must swing
 * @param minDelta swing that counts, as a share of the best level
 */
export function oscillation({ patience = 20, minDelta = 0.08 } = {}): PointDetector<OscillationState> {
  return {
    name: 'oscillation',
    parameters: { patience, minDelta },
    input: 'points',
    subject: 'run',
    watches: ({ goal, split }, { primary, monitored }) =>
      goal !== null && (monitored || (primary && split === 'train')),
    start: () => START,
    update: (state, points) => update(state, points, patience, minDelta),
  };
}

/** Values are turned so that lower is better. */
interface OscillationState {
  readonly curve: Curve;
  readonly first: number | null;
  /** Lowest median of 5 values so far; Infinity before there are as many. */
  readonly best: number;
  /** The latest value, and the variance of the noise from one point to the next: an exponential mean over about 1000. */
  readonly latest: number;
  readonly jitter: number;
  /** null when nothing is open. */
  readonly said: SaidBefore | null;
}

interface SaidBefore {
  /** The swing that was last said, as a share, and where it began. */
  readonly share: number;
  readonly step: number;
  readonly epoch: number | null;
}

const START: OscillationState = {
  curve: EMPTY_CURVE,
  first: null,
  best: Infinity,
  latest: NaN,
  jitter: 0,
  said: null,
};

/** Training points in a mean from which it is no longer a matter of single batches. */
const BATCHES = 32;
/** Weight of the newest point in the noise. */
const JITTER = 0.001;
/** Rises, and falls, that may be spikes. */
const SPIKES = 2;
/** Share of the first value that counts as gained where next to nothing was. */
const NOTHING = 0.0375;
/** A swing of no more than this share of the level is usual at the end of a healthy run. */
const USUAL = 0.025;

function update(
  before: OscillationState,
  points: Points,
  patience: number,
  minDelta: number,
): Step<OscillationState> {
  const { values, steps, epochs, binding } = points;
  const says: Said[] = [];
  let { first, best, latest, jitter, said } = before;
  for (let i = 0; i < values.length && first === null; i++) {
    if (Number.isFinite(values[i])) first = signOf(binding) * values[i];
  }
  let seen = 0;
  const follow = (until: number): void => {
    for (; seen < until; seen++) {
      const value = values[seen];
      if (value - value !== 0) continue;
      // Half of the squared increment: two points are noisy.
      if (!Number.isNaN(latest)) jitter += JITTER * ((value - latest) ** 2 / 2 - jitter);
      latest = value;
    }
  };
  const curve = extend(before.curve, values, steps, epochs, signOf(binding), (so, at) => {
    if (so.means.length >= 5) best = Math.min(best, median(so.means, so.means.length - 5));
    if (so.means.length < Math.max(5, patience)) return;
    const whole = binding.split !== 'train' || spansEpochs(so, patience);
    if (!whole && so.width < BATCHES) return;
    follow(at + 1);
    const size = swing(so.means.slice(-patience));
    const sure = whole || size > 2 * left(jitter, so.width);
    const share = size / scaleOf(first!, best);
    if (sure && share > minDelta && (said === null || share > 2 * said.share)) {
      const from = so.steps.length - patience;
      const epoch = Number.isNaN(so.epochs[from]) ? null : so.epochs[from];
      said = { step: so.steps[from], epoch, ...said, share };
      says.push(swings({ ...said, width: so.width, best, size }, points, at));
    } else if (said !== null && share < minDelta / 3) {
      says.push(settles(so, points, at));
      said = null;
    }
  });
  follow(values.length);
  return { state: { curve, first, best, latest, jitter, said }, says };
}

/** Whether each of the latest means stands for an epoch or more. */
function spansEpochs({ epochs }: Curve, patience: number): boolean {
  const last = epochs.length - 1;
  return epochs[last] - epochs[last + 1 - patience] >= patience - 1;
}

/** Swing that independent noise leaves in means of `width` points: the mean difference of two normal values. */
function left(variance: number, width: number): number {
  return (2 / Math.sqrt(Math.PI)) * Math.sqrt(variance / width);
}

/** Mean size of the ups and downs that lead nowhere. */
function swing(values: readonly number[]): number {
  const rises: number[] = [];
  const falls: number[] = [];
  for (let i = 1; i < values.length; i++) {
    const change = values[i] - values[i - 1];
    (change > 0 ? rises : falls).push(Math.abs(change));
  }
  const less = Math.min(withoutLargest(rises), withoutLargest(falls));
  return (2 * less) / Math.max(1, values.length - 1 - 2 * SPIKES);
}

function withoutLargest(changes: number[]): number {
  changes.sort((a, b) => b - a);
  return changes.slice(SPIKES).reduce((total, change) => total + change, 0);
}

function scaleOf(first: number, best: number): number {
  const gain = Math.max(first - best, 0);
  return Math.max(gain / 3, Math.min(Math.abs(best), 10 * Math.max(gain, NOTHING * Math.abs(first))));
}

interface Swings extends SaidBefore {
  readonly width: number;
  readonly best: number;
  readonly size: number;
}

function swings({ width, best, size, share, step, epoch }: Swings, points: Points, at: number): Said {
  const { binding, values, rates } = points;
  const when = atEpoch(step, epoch);
  const sign = signOf(binding);
  const name = nameOf(binding);
  const one = binding.split === 'train' ? 'mean' : 'validation';
  const factor = factorOf(share);
  return {
    status: 'open',
    severity: 'warning',
    from: step,
    epoch,
    at,
    title: `${name} has swung up and down since ${when}, by about ${number(size)} from one ${one}${width > 1 ? ` of ${width} points` : ''} to the next; its best level is ${number(sign * best)}`,
    verdict: `Unstable since ${when}: lower the learning rate by ${factor} times`,
    evidence: {
      'value now': values[at],
      'best level': sign * best,
      'swing from one to the next': size,
      'swing, per cent of the level': 100 * share,
      'learning rate': Number.isNaN(rates[at]) ? null : rates[at],
      'learning rate, times lower': factor,
    },
    advice: [
      `Lower the learning rate by ${factor} times: swings shrink about in proportion to it, and these are ${(share / USUAL).toFixed(0)} times what is usual at a rate that suits`,
      'Use a larger batch, or accumulate gradients: half of the gradient’s noise takes four times the batch',
      'Let the learning rate fall from here on, or clip the gradient norm if the swings come from single batches',
    ],
  };
}

/** By how much the rate is to be lowered: a round number near the ratio of the swing and a usual one. */
function factorOf(share: number): number {
  const wanted = share / USUAL;
  return [3, 5, 10, 30].find((factor) => wanted < 1.3 * factor) ?? 100;
}

function settles({ steps, epochs }: Curve, { binding, values }: Points, at: number): Said {
  const last = steps.length - 1;
  return resolved(`${nameOf(binding)} has settled`, {
    at,
    from: steps[last],
    epoch: Number.isNaN(epochs[last]) ? null : epochs[last],
    evidence: { 'value now': values[at] },
  });
}
