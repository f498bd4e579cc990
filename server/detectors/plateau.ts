import type { PointDetector, Points, Said, Step } from '../detector.ts';
import { EMPTY_CURVE, extend, pointsIn, type Curve } from '../windows/curve.ts';
import { enough, type Kind, kindOf, Look, stopsHigh } from './plateau-look.ts';
import { flat, moves } from './plateau-words.ts';
import { followRate, NO_RATE, warmingUp, type Raised } from './rate.ts';
import { signOf } from './sign.ts';

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
 * fiftieth of the whole gain, where that is more), and two standard errors are no more than that either. Also when it fell
 * at once to a high level and is level since. The monitored validation loss, which has no noise of batches, is looked at
 * as well, with half of `minDelta`, but is never called stuck: it may have been solved within the first epoch. A power law,
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
    watches: ({ goal, role, split }, { primary, monitored }) =>
      goal !== null &&
      ((primary && split === 'train') || (monitored && role === 'loss' && split !== 'train')),
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
  readonly raised: Raised;
  readonly said: SaidBefore | null;
}

interface SaidBefore {
  readonly kind: Kind;
  readonly severity: Severity;
  /** Level below which it is over. */
  readonly over: number;
}

type Severity = Said['severity'];

/** Warm-ups that a loss may creep for before that is worth a warning. */
const PATIENT = 5;
/** Validations, each of many samples, before anything is said of them. */
const VALIDATIONS = 15;

const START: PlateauState = { curve: EMPTY_CURVE, first: null, raised: NO_RATE, said: null };

function update(before: PlateauState, points: Points, parameters: PlateauParameters): Step<PlateauState> {
  const { values, steps, epochs, rates, binding } = points;
  const sign = signOf(binding);
  const says: Said[] = [];
  let { first, raised, said } = before;
  for (let i = 0; i < values.length && first === null; i++) {
    if (Number.isFinite(values[i])) first = sign * values[i];
  }
  const validates = binding.split !== 'train';
  // A validation has no noise of batches: of it more can be asked.
  const minDelta = validates ? parameters.minDelta / 2 : parameters.minDelta;
  const warmup = validates ? Math.min(parameters.warmup, VALIDATIONS) : parameters.warmup;
  let seen = 0;
  const curve = extend(before.curve, values, steps, epochs, sign, (so, at) => {
    raised = followRate(raised, rates, steps, seen, at + 1);
    seen = at + 1;
    if (pointsIn(so) < warmup) return;
    const look = new Look(so, first!, parameters.window);
    if (said !== null && look.level < said.over) {
      says.push(moves(look, points, at));
      said = null;
    }
    const kind = warmingUp(so.steps, raised) ? null : kindOf(look, minDelta);
    // A validation loss that is where it was after the first epoch may have been solved within it.
    if (kind === null || (validates && kind !== 'converged')) return;
    const early = !validates && pointsIn(so) < 2 * warmup;
    if (kind === 'converged' && early && !stopsHigh(look)) return;
    // Stuck stays stuck: what fell at once and never again does not become converged by waiting.
    if (said !== null && said.kind !== 'converged' && said.kind !== kind) return;
    const severity = severityOf(kind, pointsIn(so), parameters);
    if (said?.kind === kind && said.severity === severity) return;
    says.push(flat(kind, severity, look, points, at, rates[at] < raised.rate));
    said = {
      kind,
      severity,
      over: said?.kind === kind ? said.over : look.level - enough(kind, look, minDelta),
    };
  });
  raised = followRate(raised, rates, steps, seen, values.length);
  return { state: { curve, first, raised, said }, says };
}

function severityOf(kind: Kind, count: number, { warmup }: PlateauParameters): Severity {
  return kind === 'stuck' || (kind === 'creeping' && count >= PATIENT * warmup) ? 'warning' : 'info';
}
