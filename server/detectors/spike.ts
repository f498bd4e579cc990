import type { PointDetector, Points, Said, Step } from '../detector.ts';
import { leastNoise, noise } from '../windows/noise.ts';
import { latestFinite, latestInto } from '../windows/recent.ts';
import { resolved } from './resolved.ts';
import { signOf } from './sign.ts';
import { atEpoch, nameOf, number, percent } from './words.ts';

/**
 * Says when the training loss has shot up and come back.
 *
 *     calm ──above the threshold──▶ row ──3 points in a row half-way back──▶ calm, and a spike if it was one
 *                                   row ──as long as `divergence` waits────▶ calm, at the level where it is now
 *
 * The threshold lies 10 standard deviations of the noise, and a tenth of all that was gained, above the level (an
 * exponential mean over about 10 points, which stands still during a row). It was a spike if `patience` points in a
 * row were above, or if one was by ten times more than any point before: single hard batches are neither.
 * What lasts longer is not a spike; the detector of divergence speaks of it, and of one event only one of the two does.
 *
 * All spikes are one finding: a remark, from the third on, or when they have taken a twentieth of the run, a warning.
 *
 * Warm-up: 30 points. Resolved when a quarter of the run, and 100 points, have passed without one. Known false alarm: a
 * few very hard batches next to each other. Non-finite values are left out.
 *
 * @param patience points in a row above the threshold
 * @param errors standard deviations of the noise by which they stand out
 * @param minDelta height that counts, as a share of all that was gained
 */
export function spike({ patience = 3, errors = 10, minDelta = 0.1 } = {}): PointDetector<SpikeState> {
  return {
    name: 'spike',
    parameters: { patience, errors, minDelta },
    input: 'points',
    subject: 'run',
    watches: ({ goal, split }, { primary }) => primary && goal !== null && split === 'train',
    start: () => START,
    update: (state, points) => update(state, points, { patience, errors, minDelta }),
  };
}

interface SpikeParameters {
  readonly patience: number;
  readonly errors: number;
  readonly minDelta: number;
}

/** Values are turned so that lower is better. */
interface SpikeState {
  /** Finite points so far. */
  readonly count: number;
  readonly first: number;
  /** Exponential mean outside of rows, and its lowest so far. */
  readonly level: number;
  readonly low: number;
  /** The largest excess of a point over the level that was no spike. */
  readonly tail: number;
  /** The latest finite values, as they were logged, oldest first. */
  readonly latest: readonly number[];
  readonly row: Row | null;
  readonly spikes: Spikes | null;
}

interface Row {
  readonly step: number;
  readonly epoch: number;
  readonly sigma: number;
  readonly threshold: number;
  /** Points since it began; of these the most in a row, and the latest in a row, above the threshold. */
  readonly count: number;
  readonly longest: number;
  readonly above: number;
  /** Points that count towards a divergence, as that detector counts them by default. */
  readonly high: number;
  readonly far: number;
  /** Points in a row that are half-way back. */
  readonly calm: number;
  readonly peak: number;
}

/** The spikes of the open finding. */
interface Spikes {
  readonly count: number;
  readonly step: number;
  readonly epoch: number | null;
  /** Points they took in all, and the longest. */
  readonly cost: number;
  readonly longest: number;
  /** Highest, and that in standard deviations of the noise before. */
  readonly height: number;
  readonly sigmas: number;
  /** Count of points when the latest was over, and count of spikes when it was last spoken of. */
  readonly at: number;
  readonly told: number;
}

const START: SpikeState = {
  count: 0,
  first: NaN,
  level: NaN,
  low: Infinity,
  tail: 0,
  latest: [],
  row: null,
  spikes: null,
};

/** Weight of the newest point in the level. */
const WEIGHT = 0.1;
/** Points before a row from which the noise is estimated, and before which nothing is a spike. */
const NOISE = 32;
const WARMUP = 30;
/** Points for which the least that the noise can be is worked out at once. */
const AHEAD = 4;
/** Points half-way back that end a row. */
const CALM = 3;
/** Excess of a single point, in the largest one before. */
const ALONE = 10;
/** Spikes, or share of the run they took, that are worth a warning. */
const OFTEN = 3;
const COSTLY = 0.05;

/** The values before a point, made once: they are looked at every few points. */
const window = new Float64Array(NOISE);

function update(before: SpikeState, points: Points, parameters: SpikeParameters): Step<SpikeState> {
  const { values, steps, epochs, binding } = points;
  const sign = signOf(binding);
  const says: Said[] = [];
  let { count, first, level, low, tail, row, spikes } = before;
  /** What the noise is at least, up to a count of points. */
  let least = 0;
  let until = 0;
  for (let at = 0; at < values.length; at++) {
    const value = sign * values[at];
    if (value - value !== 0) continue;
    if (count++ === 0) first = level = low = value;
    if (row === null) {
      const excess = value - level;
      const enough = parameters.minDelta * Math.max(first - low, 0.1 * Math.abs(first));
      if (excess > enough && count > WARMUP) {
        if (count > until) {
          least = leastNoise(latestInto(window, before.latest, values, at), AHEAD);
          until = count + AHEAD;
        }
        // Most points stand out by more than was gained, but by no more than the noise: that is cheap to tell.
        if (parameters.errors * least < (1 + 1e-9) * excess) {
          const sigma = noise(latestInto(window, before.latest, values, at));
          const threshold = level + Math.max(enough, parameters.errors * sigma);
          if (value > threshold) row = begin(steps[at], epochs[at], sigma, threshold);
        }
      }
      if (row === null) {
        if (excess > tail) tail = excess;
        level += WEIGHT * excess;
        if (level < low) low = level;
      }
    }
    if (row !== null) {
      row = extended(row, value, level, first, low);
      if (isDivergence(row, count)) {
        level = value;
        row = null;
      } else if (row.calm === CALM) {
        const height = row.peak - level;
        if (row.longest >= parameters.patience || height > ALONE * tail) {
          spikes = added(spikes, row, height, count);
          if (spikes.count === 1 || spikes.count >= 2 * spikes.told || becomesGrave(spikes, row, count)) {
            says.push(shot(spikes, row, sign * level, count, points, at));
            spikes = { ...spikes, told: spikes.count };
          }
        } else {
          tail = Math.max(tail, height);
        }
        row = null;
      }
    }
    if (spikes !== null && count - spikes.at > Math.max(100, count / 4)) {
      says.push(calm(spikes, points, at));
      spikes = null;
    }
  }
  const latest = latestFinite(before.latest, values, values.length, NOISE);
  return { state: { count, first, level, low, tail, latest, row, spikes }, says };
}

function begin(step: number, epoch: number, sigma: number, threshold: number): Row {
  return {
    step,
    epoch,
    sigma,
    threshold,
    count: 0,
    longest: 0,
    above: 0,
    high: 0,
    far: 0,
    calm: 0,
    peak: -Infinity,
  };
}

function extended(row: Row, value: number, level: number, first: number, low: number): Row {
  const above = value > row.threshold ? row.above + 1 : 0;
  const gain = first - low;
  const margin = 0.02 * Math.abs(first);
  const ceiling = gain / 4 > margin ? low + gain / 4 : first + margin;
  const farAway = first + Math.max(Math.abs(first), gain);
  return {
    ...row,
    count: row.count + 1,
    above,
    longest: Math.max(row.longest, above),
    high: row.high + (value > ceiling ? 1 : 0),
    far: value > farAway ? row.far + 1 : 0,
    calm: value < (level + row.threshold) / 2 ? row.calm + 1 : 0,
    peak: Math.max(row.peak, value),
  };
}

/** As much as makes it a divergence, whose finding it then is. */
function isDivergence({ high, far }: Row, count: number): boolean {
  return far >= 5 || high >= Math.max(10, 0.02 * count);
}

function added(before: Spikes | null, row: Row, height: number, at: number): Spikes {
  const took = row.count - CALM;
  const sigmas = height / row.sigma;
  const epoch = Number.isNaN(row.epoch) ? null : row.epoch;
  if (before === null) {
    return { count: 1, step: row.step, epoch, cost: took, longest: took, height, sigmas, at, told: 0 };
  }
  return {
    ...before,
    count: before.count + 1,
    cost: before.cost + took,
    longest: Math.max(before.longest, took),
    height: Math.max(before.height, height),
    sigmas: Math.max(before.sigmas, sigmas),
    at,
  };
}

function isGrave({ count, cost }: Spikes, points: number): boolean {
  return count >= OFTEN || cost > COSTLY * points;
}

/** This spike makes a warning of a remark. */
function becomesGrave(spikes: Spikes, row: Row, points: number): boolean {
  const without = { ...spikes, count: spikes.count - 1, cost: spikes.cost - (row.count - CALM) };
  return isGrave(spikes, points) && !isGrave(without, points);
}

function shot(spikes: Spikes, row: Row, level: number, count: number, points: Points, at: number): Said {
  const { binding, values } = points;
  const { step, epoch, cost, longest, height, sigmas } = spikes;
  const sign = signOf(binding);
  const when = atEpoch(step, epoch);
  const name = nameOf(binding);
  const grave = isGrave(spikes, count);
  const [shotUp, word] = sign > 0 ? ['shot up', 'above'] : ['broken in', 'below'];
  const pointsLong = longest === 1 ? '1 point' : `${longest} points`;
  return {
    status: 'open',
    severity: grave ? 'warning' : 'info',
    from: step,
    epoch,
    at,
    title:
      spikes.count === 1
        ? `${name} has ${shotUp} to ${number(sign * row.peak)} at ${when} and come back after ${pointsLong}`
        : `${name} has ${shotUp} ${spikes.count} times since ${when}, for up to ${pointsLong}, and come back each time`,
    // A run whose spikes are a remark is healthy: its verdict is another.
    verdict: grave
      ? `${spikes.count} spikes since ${when}: lower the learning rate or clip the gradient norm`
      : '',
    evidence: {
      'value now': values[at],
      [`highest ${word} the level`]: height,
      'highest, standard deviations of the noise': Number.isFinite(sigmas) ? sigmas : null,
      'level before': level,
      spikes: spikes.count,
      'longest recovery, points': longest,
      'all recoveries, per cent of the run': (100 * cost) / count,
    },
    advice: grave
      ? [
          `Lower the learning rate by 2 to 3 times, or warm it up for longer: spikes that come again (${percent(cost / count)} of the run is spent on them) mean steps at the edge of what is stable`,
          'Clip the gradient norm at a few times its usual value: one bad batch is then bounded',
          'With Adam, lower beta2 (to 0.95) or raise epsilon: a second moment that lags behind makes steps too large',
        ]
      : [
          'Nothing to do while it stays the only one: it has recovered by itself',
          'Clip the gradient norm at a few times its usual value: one bad batch is then bounded',
          `Look at the batches just before ${when}: a single broken or very long sample is enough`,
        ],
  };
}

function calm({ count, step, epoch }: Spikes, { binding, values }: Points, at: number): Said {
  return resolved(`${nameOf(binding)} has been calm for a quarter of the run`, {
    at,
    from: step,
    epoch,
    evidence: { 'value now': values[at], spikes: count },
  });
}
