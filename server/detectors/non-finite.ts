import type { PointDetector, Points, Said, Step } from '../detector.ts';
import type { Binding } from '../roles.ts';
import { median } from '../windows/median.ts';
import { latestFinite } from '../windows/recent.ts';
import { resolved } from './resolved.ts';
import { atEpoch, nameOf } from './words.ts';

/**
 * Says when a loss, a gradient norm, a metric or the learning rate is NaN or infinite, where it began, and what
 * preceded it. A loss or learning rate is critical at once; a gradient norm when it stays so (mixed precision skips
 * single steps on purpose), a metric is a warning when it stays so.
 *
 * Warm-up: none. Resolved after `recovery` finite points in a row; each time it comes back takes twice as many.
 * Known false alarm: a metric that is undefined at first, as an AUC of one class.
 *
 * @param patience non-finite points in a row until a gradient norm or metric is taken seriously
 * @param recovery finite points in a row after which it is over
 */
export function nonFinite({ patience = 3, recovery = 5 } = {}): PointDetector<NonFiniteState> {
  return {
    name: 'non-finite',
    parameters: { patience, recovery },
    input: 'points',
    subject: 'run',
    ranks: 'all',
    watches: ({ role }) => role === 'loss' || role === 'metric' || role === 'grad_norm' || role === 'lr',
    start: (): NonFiniteState => ({
      recovery,
      open: false,
      bad: 0,
      good: 0,
      total: 0,
      from: 0,
      epoch: null,
      before: [],
    }),
    update: (state, points) => update(state, points, patience),
  };
}

interface NonFiniteState {
  /** Finite points in a row that resolve the present or next finding. */
  readonly recovery: number;
  readonly open: boolean;
  /** Non-finite points in a row. */
  readonly bad: number;
  /** Finite points in a row since the latest non-finite one, while one is open. */
  readonly good: number;
  /** Non-finite points of the open finding. */
  readonly total: number;
  /** Step and epoch of its first one. */
  readonly from: number;
  readonly epoch: number | null;
  /** The latest finite values, oldest first. */
  readonly before: readonly number[];
}

/** Finite values remembered, to tell what preceded. */
const MEMORY = 16;

function update(before: NonFiniteState, points: Points, patience: number): Step<NonFiniteState> {
  const { values } = points;
  if (!before.open && before.bad === 0 && allFinite(values)) {
    return {
      state: { ...before, before: latestFinite(before.before, values, values.length, MEMORY) },
      says: [],
    };
  }
  const says: Said[] = [];
  let state = before;
  for (let at = 0; at < values.length; at++) {
    if (Number.isFinite(values[at])) {
      const good = state.good + 1;
      state = { ...state, bad: 0, good };
      if (state.open && good >= state.recovery) {
        says.push(recovered(state, points, at));
        state = { ...state, open: false, total: 0, recovery: 2 * state.recovery };
      }
      continue;
    }
    const bad = state.bad + 1;
    if (bad === 1 && !state.open) {
      const epoch = Number.isNaN(points.epochs[at]) ? null : points.epochs[at];
      state = { ...state, total: 0, from: points.steps[at], epoch };
    }
    state = { ...state, bad, good: 0, total: state.total + 1 };
    const severity = severityOf(points.binding, bad >= patience);
    if (severity === null) continue;
    if (!state.open || bad === patience) {
      const previous = latestFinite(before.before, values, at, MEMORY);
      says.push(found({ ...state, before: previous }, points, at, severity));
    }
    state = { ...state, open: true };
  }
  return { state: { ...state, before: latestFinite(before.before, values, values.length, MEMORY) }, says };
}

function allFinite(values: Float64Array): boolean {
  let zero = 0;
  for (let i = 0; i < values.length; i++) zero += values[i] - values[i];
  return zero === 0;
}

/** null: not worth a word yet. */
function severityOf({ role }: Binding, stays: boolean): Said['severity'] | null {
  if (role === 'loss' || role === 'lr') return 'critical';
  if (!stays) return null;
  return role === 'grad_norm' ? 'critical' : 'warning';
}

function found(state: NonFiniteState, points: Points, at: number, severity: Said['severity']): Said {
  const { from, epoch, before } = state;
  const value = points.values[at];
  const spelled = Number.isNaN(value) ? 'NaN' : value > 0 ? 'infinite' : 'minus infinity';
  const last = before.length > 0 ? before[before.length - 1] : null;
  const usual = before.length >= 4 ? median(before.slice(0, -1).map(Math.abs)) : null;
  const growth = last !== null && usual !== null && usual > 0 ? Math.abs(last) / usual : null;
  const where = atEpoch(from, epoch);
  return {
    status: 'open',
    severity,
    from,
    epoch,
    at,
    title: `${nameOf(points.binding)} became ${spelled} at ${where}`,
    verdict: `${nameOf(points.binding)} is ${spelled} since ${where}: lower the learning rate${growing(growth) ? '' : ', look for a division by zero or overflow'}`,
    evidence: { value, 'last finite value': last, 'growth just before, ratio': growth },
    advice: [
      growing(growth)
        ? `Lower the learning rate or warm it up: the value grew ${growth!.toFixed(0)}-fold just before`
        : 'Lower the learning rate or warm it up: steps that are too large overflow within a few steps, often between two logged ones',
      'Clip the gradient norm: a single bad batch is then bounded',
      'Check logarithms, square roots and divisions in the loss, and the latest batch: zero or a negative number gives the same picture',
      'With float16, scale the loss or use bfloat16: values above 65504 overflow',
      'Restore the last checkpoint before this step: weights that became NaN do not come back',
    ],
  };
}

function growing(growth: number | null): boolean {
  return growth !== null && growth > 3;
}

function recovered(state: NonFiniteState, points: Points, at: number): Said {
  return resolved(
    `${nameOf(points.binding)} is finite again after ${state.total} non-finite ${state.total === 1 ? 'value' : 'values'}`,
    {
      at,
      from: state.from,
      epoch: state.epoch,
      evidence: { value: points.values[at], 'non-finite values': state.total },
    },
  );
}
