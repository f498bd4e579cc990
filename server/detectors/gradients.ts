import type { PointDetector, Points, Said, Step } from '../detector.ts';
import { type Curve, EMPTY_CURVE, extend } from '../windows/curve.ts';
import { median } from '../windows/median.ts';
import { noise } from '../windows/noise.ts';
import { layers } from './layers.ts';
import { resolved } from './resolved.ts';
import { atEpoch, number } from './words.ts';

/**
 * Says when a gradient norm explodes or vanishes against the run's own history, for the whole network or a layer.
 *
 * Looked at are the logarithms of the norm, as at most 256 means, and of these the median of the latest 5. Exploding:
 * it is `factor` times above the median of all before, and 6 standard deviations of the noise; a warning, and critical
 * at `factor`². Vanishing: it is 10 · `factor` times below the median of the 10 means before it, an abrupt death, which
 * is a warning; or below the median of all before by `factor`², which is a remark, for a network that has learnt
 * its data by heart does the same. `zeros` norms in a row that are exactly zero are a warning.
 *
 * Warm-up: 20 means. Resolved when the median is within the square root of `factor` of the history. Non-finite values
 * are left out; the detector of those speaks of them. Known false alarm: a loss that is multiplied on the way.
 */
export function gradients(options: Partial<GradientsParameters> = {}): PointDetector<GradientsState> {
  const parameters = { ...DEFAULTS, ...options };
  return {
    name: 'gradients',
    parameters: { ...parameters },
    input: 'points',
    subject: 'run',
    watches: ({ role }) => role === 'grad_norm',
    start: () => START,
    update: (state, points) => update(state, points, parameters),
    together: layers(parameters.depth),
  };
}

export interface GradientsParameters {
  /** Times the norm of the run so far. */
  readonly factor: number;
  /** Norms in a row that are exactly zero. */
  readonly zeros: number;
  /** Times by which the norms of the first and the last layer differ. */
  readonly depth: number;
}

const DEFAULTS: GradientsParameters = { factor: 100, zeros: 10, depth: 1000 };

interface GradientsState {
  /** Logarithms to the base 10 of the norms. */
  readonly curve: Curve;
  /** Exact zeros in a row, and where they began. */
  readonly zeros: number;
  readonly step: number;
  readonly epoch: number;
  readonly said: { readonly kind: Kind; readonly severity: Said['severity'] } | null;
}

type Kind = 'exploding' | 'vanishing' | 'zero';

const START: GradientsState = { curve: EMPTY_CURVE, zeros: 0, step: NaN, epoch: NaN, said: null };

/** Means of which the level is the median, those before it that it is compared with, and the fewest there must be. */
const LEVEL = 5;
const BEFORE = 10;
const WARMUP = 20;

function update(
  before: GradientsState,
  points: Points,
  { factor, zeros: patience }: GradientsParameters,
): Step<GradientsState> {
  const { values, steps, epochs } = points;
  const says: Said[] = [];
  let { zeros, step, epoch, said } = before;
  let seen = 0;
  /** Follows the zeros up to a point. */
  const count = (to: number): void => {
    for (; seen <= to; seen++) {
      if (values[seen] > 0) zeros = 0;
      if (values[seen] !== 0) continue;
      if (zeros++ === 0) [step, epoch] = [steps[seen], epochs[seen]];
      if (zeros !== patience) continue;
      says.push(zero(zeros, step, epoch, points, seen));
      said = { kind: 'zero', severity: 'warning' };
    }
  };
  const curve = extend(before.curve, logarithms(values), steps, epochs, 1, (so, at) => {
    count(at);
    if (so.means.length < WARMUP) return;
    const look = lookAt(so.means);
    if (said !== null && Math.abs(look.level - look.history) < Math.log10(factor) / 2) {
      says.push(back(look, points, at));
      said = null;
    }
    const found = judge(look, factor);
    if (found === null || (said !== null && WEIGHT[found.severity] <= WEIGHT[said.severity])) return;
    if (said?.kind === 'zero') return;
    says.push(away(found, look, so, points, at));
    said = found;
  });
  count(values.length - 1);
  return { state: { curve, zeros, step, epoch, said }, says };
}

function logarithms(values: Float64Array): Float64Array {
  const found = new Float64Array(values.length);
  for (let i = 0; i < values.length; i++) found[i] = Math.log10(values[i]);
  return found;
}

const WEIGHT = { info: 0, warning: 1, critical: 2 } as const;

/** Logarithms to the base 10. */
interface Look {
  readonly level: number;
  /** Medians of all means before the level, and of the ten just before it. */
  readonly history: number;
  readonly before: number;
  /** Standard deviation of the noise of the means before the level: dear, and seldom asked for. */
  readonly sigma: () => number;
}

function lookAt(means: readonly number[]): Look {
  const past = means.length - LEVEL;
  return {
    level: median(means, past),
    history: median(means, 0, past),
    before: median(means, past - BEFORE, past),
    sigma: () => noise(means, Math.max(0, past - 50), past),
  };
}

function judge({ level, history, before, sigma }: Look, factor: number): GradientsState['said'] {
  const far = Math.log10(factor);
  if (level - history > far && level - before > 6 * sigma()) {
    return { kind: 'exploding', severity: level - history > 2 * far ? 'critical' : 'warning' };
  }
  if (before - level > far + 1 && before - level > 6 * sigma())
    return { kind: 'vanishing', severity: 'warning' };
  return history - level > 2 * far ? { kind: 'vanishing', severity: 'info' } : null;
}

function away(
  { kind, severity }: NonNullable<GradientsState['said']>,
  { level, history }: Look,
  { steps, epochs }: Curve,
  { binding }: Points,
  at: number,
): Said {
  const start = Math.max(0, steps.length - LEVEL);
  const epoch = Number.isNaN(epochs[start]) ? null : epochs[start];
  const when = atEpoch(steps[start], epoch);
  const times = number(10 ** Math.abs(level - history));
  const grows = kind === 'exploding';
  return {
    status: 'open',
    severity,
    from: steps[start],
    epoch,
    at,
    title: `${binding.series} is ${times} times ${grows ? 'above' : 'below'} what it was: ${number(10 ** level)} since ${when}, against ${number(10 ** history)}`,
    verdict: grows
      ? `Gradients explode since ${when}: clip them, or lower the learning rate`
      : `Gradients vanish since ${when}: check activations and normalisation`,
    evidence: { 'norm now': 10 ** level, 'norm before': 10 ** history },
    advice: grows
      ? [
          'Clip the gradient norm at a few times what it was before: one bad batch is then bounded',
          'Lower the learning rate, or warm it up: weights that have been thrown far make gradients that are larger still',
          'Check the initialisation, and add normalisation: in deep and recurrent networks norms multiply from layer to layer',
        ]
      : [
          'Check for dead units and saturated activations: a step that was too large may have left the network where nothing changes any more',
          'Use normalisation, residual connections, or an initialisation that fits the activation: norms shrink from layer to layer without',
          'If the training loss is about zero it is learnt by heart, and nothing is wrong with the gradients',
        ],
  };
}

function zero(zeros: number, from: number, epoch: number, { binding }: Points, at: number): Said {
  const known = Number.isNaN(epoch) ? null : epoch;
  const when = atEpoch(from, known);
  return {
    status: 'open',
    severity: 'warning',
    from,
    epoch: known,
    at,
    title: `${binding.series} has been exactly zero since ${when}`,
    verdict: `Gradients are zero since ${when}: look for frozen or dead layers`,
    evidence: { 'zeros in a row': zeros },
    advice: [
      'Check that the loss depends on the parameters: a detached tensor, a frozen layer or requires_grad=False gives exactly zero',
      'Check for dead ReLUs: lower the learning rate, or use leaky ones, if the zeros began on the way',
      'Check the order of zero_grad, backward and the logging: norms read after zero_grad are zero',
    ],
  };
}

function back({ level }: Look, { binding }: Points, at: number): Said {
  return resolved(`${binding.series} is as it was again: ${number(10 ** level)}`, { at });
}
