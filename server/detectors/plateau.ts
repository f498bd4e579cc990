import type { PointDetector, Points, Said, Step } from '../detector.ts';
import { EMPTY_CURVE, extend, pointsIn, type Curve } from '../windows/curve.ts';
import { median } from '../windows/median.ts';
import { noise } from '../windows/noise.ts';
import { trend } from '../windows/trend.ts';
import { signOf } from './sign.ts';
import { atEpoch, nameOf, number, percent } from './words.ts';

/**
 * Says when the training loss has stopped improving, and which stop it is: stuck (it never got anywhere, or fell at
 * once and never again), creeping (it falls steadily, but next to nothing) or converged (it fell for a long time, then
 * less and less).
 *
 * The series is seen as at most 256 means of equally many points. Of the latest `window` of them, at least 10, the
 * medians of the earlier half and of the later half are compared.
 *
 * Stuck: the later is no lower by 1 % of the first value and 2 standard errors, those are below half of that, and either
 * the whole gain since the start is below 1 % of the first value, or the share of it that was made after the first
 * twentieth of the run is, and the gain is below nine tenths of the first value. Creeping: the same without a gain, but
 * with a Mann–Kendall trend downwards (z < −3): so small are steps of a rate that is too low.
 *
 * Converged: the later is lower by no more than `minDelta` of what was gained after the first tenth of the run (or of a
 * fiftieth of the whole gain, where that is more), and two standard errors are no more than that either. A power law,
 * which is how losses fall, loses 4 to 8 % of it there however long it has run, and so is not called converged before
 * its later gain has become next to nothing.
 *
 * Warm-up: `warmup` points, for converged twice as many, unless it came down slowly and by no more than a
 * third of the first value (as it does at a rate that is too low); also while the learning rate still rises. Resolved when the
 * level has fallen by 2 % of the first value (creeping: 1 %), or by five times `minDelta` of that gain (converged). Known
 * false alarm: a problem that is solved within the first steps. Non-finite values are left out.
 *
 * @param window share of the run that must be flat, 0 to 1
 * @param minDelta share of the later gain that counts as an improvement, 0 to 1
 * @param warmup points before anything is said
 */
export function plateau({ window = 0.3, minDelta = 0.02, warmup = 30 } = {}): PointDetector<PlateauState> {
  return {
    name: 'plateau',
    parameters: { window, minDelta, warmup },
    input: 'points',
    subject: 'run',
    watches: ({ goal, split }, { primary }) => primary && goal !== null && split === 'train',
    start: () => START,
    update: (state, points) => update(state, points, { window, minDelta, warmup }),
  };
}

interface PlateauParameters {
  readonly window: number;
  readonly minDelta: number;
  readonly warmup: number;
}

/** Values are turned so that lower is better. */
interface PlateauState {
  readonly curve: Curve;
  /** The first value: means over many points hide it. */
  readonly first: number | null;
  /** Learning rates: the highest so far, and the step where it was last raised; NaN where none is logged. */
  readonly rate: number;
  readonly raised: number;
  readonly said: SaidBefore | null;
}

interface SaidBefore {
  readonly kind: Kind;
  readonly severity: Severity;
  /** Level below which it is over. */
  readonly over: number;
}

type Kind = 'stuck' | 'creeping' | 'converged';
type Severity = Said['severity'];

/** Warm-ups that a loss may creep for before that is worth a warning. */
const PATIENT = 5;
/** Share of the first value below which no loss is stuck. */
const SOLVED = 0.1;

const START: PlateauState = { curve: EMPTY_CURVE, first: null, rate: NaN, raised: NaN, said: null };

function update(before: PlateauState, points: Points, parameters: PlateauParameters): Step<PlateauState> {
  const { values, steps, epochs, rates, binding } = points;
  const sign = signOf(binding);
  const says: Said[] = [];
  let { first, rate, raised, said } = before;
  for (let i = 0; i < values.length && first === null; i++) {
    if (Number.isFinite(values[i])) first = sign * values[i];
  }
  let seen = 0;
  const curve = extend(before.curve, values, steps, epochs, sign, (so, at) => {
    for (; seen <= at; seen++) {
      // The first rate counts as raised too: nothing is known of what was before it.
      if (rates[seen] > rate || (Number.isNaN(rate) && !Number.isNaN(rates[seen]))) {
        rate = rates[seen];
        raised = steps[seen];
      }
    }
    if (pointsIn(so) < parameters.warmup) return;
    const look = compare(so, first!, parameters);
    if (said !== null && look.level < said.over) {
      says.push(moves(look, points, at));
      said = null;
    }
    const kind = warmingUp(so, raised) ? null : kindOf(look, parameters);
    if (kind === null) return;
    const early = pointsIn(so) < 2 * parameters.warmup;
    if (kind === 'converged' && early && !stopsHigh(look)) return;
    // Stuck stays stuck: what fell at once and never again does not become converged by waiting.
    if (said !== null && said.kind !== 'converged' && said.kind !== kind) return;
    const severity = severityOf(kind, pointsIn(so), parameters);
    if (said?.kind === kind && said.severity === severity) return;
    says.push(flat(kind, severity, look, points, at, rates[at] < rate));
    said = {
      kind,
      severity,
      over: said?.kind === kind ? said.over : look.level - enough(kind, look, parameters),
    };
  });
  for (; seen < rates.length; seen++) {
    if (rates[seen] > rate || (Number.isNaN(rate) && !Number.isNaN(rates[seen]))) {
      rate = rates[seen];
      raised = steps[seen];
    }
  }
  return { state: { curve, first, rate, raised, said }, says };
}

/** The learning rate was raised to its highest within the latter half of the run: it is still being warmed up. */
function warmingUp({ steps }: Curve, raised: number): boolean {
  return raised > steps[0] && raised > steps[steps.length >> 1];
}

interface Look {
  readonly first: number;
  /** Medians of the earlier and of the later half of the latest window, and the standard error of their difference. */
  readonly earlier: number;
  readonly level: number;
  readonly error: number;
  /** What was gained since the start, and the share of it that was gained after the first twentieth of the run. */
  readonly gain: number;
  readonly late: number;
  /** Trend of the latest window, Mann–Kendall z. */
  readonly trend: () => number;
  /** Means until half of the gain was made, where each is lower than the one before; else 0. */
  readonly slope: number;
  /** What was gained after the first tenth of the run, or a fiftieth of the whole gain where that is more. */
  readonly unit: number;
  /** Step and epoch since when nothing was gained. */
  readonly step: number;
  readonly epoch: number | null;
}

function compare({ means, steps, epochs }: Curve, first: number, { window }: PlateauParameters): Look {
  const length = Math.min(means.length, Math.max(10, Math.round(window * means.length)));
  const latest = means.slice(-length);
  const half = length >> 1;
  const earlier = median(latest.slice(0, half));
  const level = median(latest.slice(half));
  const error = 1.25 * noise(latest) * Math.sqrt(2 / half);
  const gain = Math.max(first, means[0]) - Math.min(level, earlier);
  const early = levelAfter(means, 0.05);
  const step = stillSince(means, level, Math.max(3 * error, 0.01 * gain));
  return {
    first,
    earlier,
    level,
    error,
    gain,
    late: gain > 0 ? (early - level) / gain : 0,
    trend: () => trend(latest),
    slope: slopeOf(means, first - gain / 2),
    unit: Math.max(levelAfter(means, 0.1) - level, 0.02 * gain),
    step: steps[step],
    epoch: Number.isNaN(epochs[step]) ? null : epochs[step],
  };
}

function slopeOf(means: readonly number[], half: number): number {
  const end = means.findIndex((mean) => mean <= half);
  for (let i = 1; i <= end; i++) {
    if (means[i] >= means[i - 1]) return 0;
  }
  return Math.max(end, 0);
}

/** Level just after the first `share` of the run. */
function levelAfter(means: readonly number[], share: number): number {
  const start = Math.max(1, Math.ceil(share * means.length));
  return median(means.slice(start, start + Math.max(3, start >> 1)));
}

/** Index of the first mean that is no further above the present level than the tolerance. */
function stillSince(means: readonly number[], level: number, tolerance: number): number {
  return means.findIndex((mean) => mean <= level + tolerance);
}

/** What the loss is measured by where its gain may be nothing. */
function scaleOf({ first, gain }: Look): number {
  return Math.max(Math.abs(first), gain);
}

/** A fall that says that the loss improves again. */
function enough(kind: Kind, look: Look, { minDelta }: PlateauParameters): number {
  if (kind === 'converged') return Math.max(5 * minDelta * look.unit, 3 * look.error);
  return (kind === 'stuck' ? 0.02 : 0.01) * scaleOf(look);
}

function severityOf(kind: Kind, count: number, { warmup }: PlateauParameters): Severity {
  return kind === 'stuck' || (kind === 'creeping' && count >= PATIENT * warmup) ? 'warning' : 'info';
}

function kindOf(look: Look, { minDelta }: PlateauParameters): Kind | null {
  const { first, earlier, level, error, gain, late, unit } = look;
  const fallen = earlier - level;
  const scale = scaleOf(look);
  const still = Math.abs(fallen) < 0.01 * scale && 2 * error < 0.005 * scale;
  if (still && isNowhere(look)) return look.trend() < -3 ? 'creeping' : 'stuck';
  if (still && late < 0.01 && gain < (1 - SOLVED) * Math.abs(first)) return 'stuck';
  const counts = minDelta * unit;
  return Math.abs(fallen) <= counts && 2 * error <= counts ? 'converged' : null;
}

/** It came down step by step, but by no more than a third: steps that are too small halt at the first flat stretch. */
function stopsHigh({ slope, gain, first }: Look): boolean {
  return slope >= 3 && gain < Math.abs(first) / 3;
}

function isNowhere(look: Look): boolean {
  return look.gain < 0.01 * scaleOf(look);
}

function flat(
  kind: Kind,
  severity: Severity,
  look: Look,
  { binding }: Points,
  at: number,
  dropped: boolean,
): Said {
  const { step, epoch, level, gain, first } = look;
  const sign = signOf(binding);
  const when = atEpoch(step, epoch);
  const name = nameOf(binding);
  const nowhere = isNowhere(look);
  const evidence = {
    level: sign * level,
    'first value': sign * first,
    'gained in the latest window, per cent of all gained':
      gain > 0 ? (100 * (look.earlier - level)) / gain : 0,
    'gained after the first twentieth of the run, per cent of all gained': 100 * look.late,
  };
  if (kind === 'creeping') {
    return {
      status: 'open',
      severity,
      from: 0,
      epoch: null,
      at,
      title: `${name} hardly moves: it ${sign > 0 ? 'falls' : 'rises'} steadily, but by ${percent(gain / scaleOf(look))} of the first value in the whole run`,
      verdict: 'Hardly learning: raise the learning rate by 10 times',
      evidence,
      advice: [
        'Raise the learning rate by 10 times: it may be too low, for the loss moves the right way at every step and gets nowhere',
        'Check that the learning rate’s warm-up is short against the run, and that the loss is not divided twice (by batch and by accumulation)',
        'Look at the gradient norms: if they are tiny, the initialisation or a saturated layer is the cause',
      ],
    };
  }
  if (kind === 'converged') {
    const high = stopsHigh(look);
    return {
      status: 'open',
      severity,
      from: step,
      epoch,
      at,
      title: `${name} has stopped improving since ${when}, at ${number(sign * level)}`,
      verdict: `Converged since ${when}: ${dropped ? 'stop, or lower the learning rate once more' : 'lower the learning rate, or stop'}`,
      evidence,
      advice: [
        ...(high
          ? [
              `Raise the learning rate by 3 to 10 times: it may be too low, for the loss came down slowly and stopped at ${percent(level / first)} of the first value; small steps halt at the first flat stretch`,
            ]
          : []),
        dropped
          ? 'Stop if the level is good enough: the learning rate has been lowered and the loss is flat since'
          : 'Lower the learning rate by 3 to 10 times: a loss that is flat at a constant rate often falls once more',
        'If the level is too high, use a larger model or train with less regularisation: this one has learnt what it can',
      ],
    };
  }
  return {
    status: 'open',
    severity,
    from: step,
    epoch,
    at,
    title: nowhere
      ? `${name} has not moved since the start: ${number(sign * level)} against ${number(sign * first)}`
      : `${name} fell at once and is stuck at ${number(sign * level)} since ${when}`,
    verdict: nowhere
      ? `Not learning: ${name.toLowerCase()} has not moved since the start`
      : `Stuck since ${when}: try a lower learning rate`,
    evidence,
    advice: [
      'Lower the learning rate by 10 times: steps that are too large throw the weights into a dead or saturated region at once',
      nowhere
        ? 'If it is already low, raise it by 10 times, and check that the optimizer is stepped and that gradients are not zero'
        : 'Check for dead units (initialisation, normalisation) if a lower rate stops at the same level',
      `Compare the level with that of always predicting the mean or the most frequent class: at that level, look at labels and inputs`,
    ],
  };
}

function moves({ level }: Look, { binding }: Points, at: number): Said {
  return {
    status: 'resolved',
    severity: 'info',
    from: 0,
    epoch: null,
    at,
    title: `${nameOf(binding)} improves again: ${number(signOf(binding) * level)}`,
    verdict: '',
    evidence: {},
    advice: [],
  };
}
