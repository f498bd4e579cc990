import type { PointDetector, Points, Said, Step } from '../detector.ts';
import { noise } from '../windows/noise.ts';
import { latestFinite } from '../windows/recent.ts';
import { resolved } from './resolved.ts';
import { signOf } from './sign.ts';
import { atEpoch, nameOf, number, percent } from './words.ts';

/**
 * Says when the training loss runs away, or has jumped up and does not come back.
 *
 *     quiet ──`patience` points in a row far above the first──────────────────────▶ open, critical
 *     quiet ──2 · `patience` in a row, or 2 % of all points, above the ceiling────▶ open, warning or critical
 *     open  ──the level is below half-way to the ceiling (10 % below the first)───▶ quiet
 *
 * Far above: further above the first value than that is from zero, or than the loss has ever fallen. The ceiling: where
 * `loss` of what was gained since the start is lost again; for a loss that gained next to nothing, 2 % above the first
 * value. Both also lie 6 standard deviations of the noise above the lowest level; the noise is that of the 32 points
 * before the row, and while there are too few to tell it, only what is far above counts. Having lost more than half of the gain
 * is critical. The level is an exponential mean over about 10.
 *
 * A loss that oscillates hides in its own noise: it is also critical when its level is by half as much above the first
 * value as far above means, and 6 · `patience` more points were above the first than twice as many as were below.
 *
 * Warm-up: `patience` points. Known false alarm: a loss whose definition changes on the way (a new term, a curriculum).
 * Non-finite values are left out; the detector of those speaks of them.
 *
 * @param patience points in a row, at least 1
 * @param loss share of the gain that must be lost, 0 to 1
 */
export function divergence({ patience = 5, loss = 0.25 } = {}): PointDetector<DivergenceState> {
  return {
    name: 'divergence',
    parameters: { patience, loss },
    input: 'points',
    subject: 'run',
    watches: ({ goal, split }, { primary }) => primary && goal !== null && split === 'train',
    start: () => START,
    update: (state, points) => update(state, points, patience, loss),
  };
}

/** Values are turned so that lower is better. */
interface DivergenceState {
  /** Finite points so far. */
  readonly count: number;
  readonly first: number;
  /** Exponential mean, and its lowest so far. */
  readonly level: number;
  readonly low: number;
  /** The latest finite values as they were logged, oldest first. */
  readonly latest: readonly number[];
  /** Standard deviation of the noise, Infinity when not known, and the count of points when it was taken. */
  readonly sigma: number;
  readonly sigmaAt: number;
  /** The row above the ceiling under way. */
  readonly row: Row;
  /** Points above the first value less twice those below, from 0, and where that began. */
  readonly wild: Wild;
  readonly said: 'warning' | 'critical' | null;
}

interface Row {
  /** Points in it, and of these the latest that are far above in a row. */
  readonly count: number;
  readonly far: number;
  readonly step: number;
  readonly epoch: number;
}

interface Wild {
  readonly count: number;
  readonly step: number;
  readonly epoch: number;
}

const NO_ROW: Row = { count: 0, far: 0, step: NaN, epoch: NaN };

const START: DivergenceState = {
  count: 0,
  first: NaN,
  level: NaN,
  low: Infinity,
  latest: [],
  sigma: Infinity,
  sigmaAt: 0,
  row: NO_ROW,
  wild: { count: 0, step: NaN, epoch: NaN },
  said: null,
};

/** Weight of the newest point in the level. */
const WEIGHT = 0.1;
/** Points from which the noise is estimated, and after which it is estimated anew. */
const NOISE = 32;
/** Points from which the noise can be told at all: of fewer it is as often far too small. */
const KNOWN = 16;
/** Standard deviations by which a value must stand out of the noise. */
const SIGMAS = 6;
/** Share of the first value that counts where nothing was gained. */
const MARGIN = 0.02;

function update(
  before: DivergenceState,
  points: Points,
  patience: number,
  loss: number,
): Step<DivergenceState> {
  const { values, steps, epochs, binding } = points;
  const sign = signOf(binding);
  const says: Said[] = [];
  let { count, first, level, low, sigma, sigmaAt, row, said } = before;
  let { count: wild, step: wildStep, epoch: wildEpoch } = before.wild;
  let ceiling = ceilingOf(first, low, loss);
  for (let at = 0; at < values.length; at++) {
    const value = sign * values[at];
    if (value - value !== 0) continue;
    if (count++ === 0) {
      first = level = low = value;
      ceiling = ceilingOf(first, low, loss);
    }
    if (value > ceiling) {
      // The noise is that of the points before the row: those in it may be wild.
      if (row.count === 0 && count > Math.min(1.5 * sigmaAt, sigmaAt + NOISE)) {
        sigma = count > KNOWN ? noise(latestFinite(before.latest, values, at, NOISE)) : Infinity;
        sigmaAt = count;
      }
      const known = Number.isFinite(sigma);
      const far = value > farOf(first, low);
      if (known ? value > low + SIGMAS * sigma : far) {
        row = {
          count: row.count + 1,
          far: far ? row.far + 1 : 0,
          step: row.count === 0 ? steps[at] : row.step,
          epoch: row.count === 0 ? epochs[at] : row.epoch,
        };
      } else {
        row = NO_ROW;
      }
    } else if (row !== NO_ROW) {
      row = NO_ROW;
    }
    level += WEIGHT * (value - level);
    if (value > first + MARGIN * Math.abs(first)) {
      if (wild++ === 0) {
        wildStep = steps[at];
        wildEpoch = epochs[at];
      }
    } else if (wild > 0) {
      wild = Math.max(0, wild - 2);
    }
    if (wild >= 6 * patience && said !== 'critical' && level > (first + farOf(first, low)) / 2) {
      const lost = first > low ? (level - low) / (first - low) : Infinity;
      const from = { count: wild, far: 0, step: wildStep, epoch: wildEpoch };
      says.push(away({ first, low, level, lost, row: from, severity: 'critical' }, points, at));
      said = 'critical';
    }
    if (row.count > 0) {
      const long = row.count >= Math.max(2 * patience, 0.02 * count);
      const far = row.far >= patience;
      if (far || long) {
        const gain = first - low;
        const lost = gain > 0 ? (level - low) / gain : Infinity;
        const severity = far || lost > 0.5 || level > first ? 'critical' : 'warning';
        if (said === null || (said === 'warning' && severity === 'critical')) {
          says.push(away({ first, low, level, lost, row, severity }, points, at));
          said = severity;
        }
      }
    } else if (level < low) {
      low = level;
      ceiling = ceilingOf(first, low, loss);
    }
    if (said !== null && level < backAt(first, low, ceiling)) {
      says.push(returned(level, points, at));
      said = null;
    }
  }
  const latest = latestFinite(before.latest, values, values.length, NOISE);
  return {
    state: {
      count,
      first,
      level,
      low,
      latest,
      sigma,
      sigmaAt,
      row,
      wild: { count: wild, step: wildStep, epoch: wildEpoch },
      said,
    },
    says,
  };
}

function ceilingOf(first: number, low: number, loss: number): number {
  const margin = MARGIN * Math.abs(first);
  const lost = loss * (first - low);
  return lost > margin ? low + lost : first + margin;
}

function farOf(first: number, low: number): number {
  return first + Math.max(Math.abs(first), first - low);
}

/** The level below which it is over: half-way to the ceiling; where nothing had been gained, only a clear gain. */
function backAt(first: number, low: number, ceiling: number): number {
  return ceiling > first ? first - 5 * (ceiling - first) : low + (ceiling - low) / 2;
}

interface Away {
  readonly first: number;
  readonly low: number;
  readonly level: number;
  /** Share of the gain that is lost again; Infinity when there was none. */
  readonly lost: number;
  readonly row: Row;
  readonly severity: 'warning' | 'critical';
}

function away({ first, low, level, lost, row, severity }: Away, points: Points, at: number): Said {
  const { binding, values } = points;
  const epoch = Number.isNaN(row.epoch) ? null : row.epoch;
  const when = atEpoch(row.step, epoch);
  const sign = signOf(binding);
  const name = nameOf(binding);
  const beyond = level > first;
  return {
    status: 'open',
    severity,
    from: row.step,
    epoch,
    at,
    title: beyond
      ? `${name} has been worse than at the start since ${when}: ${number(values[at])} against ${number(sign * first)}`
      : `${name} jumped at ${when} and has not come back: ${percent(lost)} of what was gained is lost`,
    verdict: `Diverged at ${when}: lower the learning rate`,
    evidence: {
      'value now': values[at],
      'first value': sign * first,
      'best level': sign * low,
      'gain lost, per cent': Number.isFinite(lost) ? 100 * lost : null,
      'points in a row': row.count,
    },
    advice: [
      beyond
        ? 'Lower the learning rate by 3 to 10 times: steps that make the loss worse than untrained weights are too large'
        : 'Lower the learning rate, or let it fall by now: a jump that does not come back means a step out of the good region',
      'Clip the gradient norm: one bad batch is then bounded',
      `Restore the last checkpoint before ${when}, and warm the learning rate up if it was near the start`,
    ],
  };
}

function returned(level: number, { binding }: Points, at: number): Said {
  return resolved(`${nameOf(binding)} has come back: ${number(signOf(binding) * level)}`, { at });
}
