import type { PointDetector, Points, Said, Step } from '../detector.ts';
import { type Curve, EMPTY_CURVE, extend } from '../windows/curve.ts';
import { median } from '../windows/median.ts';
import { noise } from '../windows/noise.ts';
import { ranks } from './ranks.ts';
import { resolved } from './resolved.ts';
import { atEpoch, number } from './words.ts';

/**
 * Says when steps have become slower than they were in this run, and stay so; of every rank that logs its step times.
 *
 * The step times as at most 256 means: the median of the latest 10 against the median of all before, to which a slow
 * start, of compilation and of filling caches, makes no difference. A warning at `factor` times as long, by 6 standard deviations
 * of the noise; an info where it is half of the way from 1 to that.
 *
 * Warm-up: 30 means. Resolved at a quarter of the way. Values that are not finite, or not above zero, are left out.
 * Known false alarm: a batch size, sequence length or resolution that is raised on the way.
 */
export function slowDown(options: Partial<SlowDownParameters> = {}): PointDetector<SlowDownState> {
  const parameters = { ...DEFAULTS, ...options };
  return {
    name: 'slow-down',
    parameters: { ...parameters },
    input: 'points',
    subject: 'run',
    ranks: 'all',
    watches: ({ role }) => role === 'step_time',
    start: () => START,
    update: (state, points) => update(state, points, parameters),
    together: ranks(parameters.margin),
  };
}

export interface SlowDownParameters {
  /** Times what a step took before. */
  readonly factor: number;
  /** Share by which a rank may take longer than the middle one. */
  readonly margin: number;
}

const DEFAULTS: SlowDownParameters = { factor: 2, margin: 0.25 };

interface SlowDownState {
  readonly curve: Curve;
  /** What a step took before, kept while a finding is open, and how grave that is. */
  readonly said: { readonly usual: number; readonly severity: Said['severity'] } | null;
}

const START: SlowDownState = { curve: EMPTY_CURVE, said: null };

/** Means of which the level is the median, and the fewest there must be. */
const LEVEL = 10;
const WARMUP = 30;

function update(before: SlowDownState, points: Points, { factor }: SlowDownParameters): Step<SlowDownState> {
  const { values, steps, epochs } = points;
  const says: Said[] = [];
  let { said } = before;
  const taken = values.map((value) => (value > 0 ? value : NaN));
  const curve = extend(before.curve, taken, steps, epochs, 1, (so, at) => {
    const { means } = so;
    if (means.length < WARMUP) return;
    const past = means.length - LEVEL;
    const usual = said?.usual ?? median(means, 0, past);
    const level = median(means, past);
    const slower = level / usual - 1;
    if (said !== null && slower < (factor - 1) / 4) {
      says.push(fast(level, points, at));
      said = null;
      return;
    }
    if (slower < (factor - 1) / 2 || level - usual < 6 * noise(means, Math.max(0, past - 50), past)) return;
    const severity = slower >= factor - 1 ? 'warning' : 'info';
    if (said !== null && (severity === 'info' || said.severity === 'warning')) return;
    says.push(slow(level, usual, severity, so, points, at));
    said = { usual, severity };
  });
  return { state: { curve, said }, says };
}

function slow(
  level: number,
  usual: number,
  severity: Said['severity'],
  { means, steps, epochs }: Curve,
  { binding }: Points,
  at: number,
): Said {
  const away = means.findLastIndex((mean) => mean < (level + usual) / 2);
  const start = Math.min(away + 1, means.length - 1);
  const epoch = Number.isNaN(epochs[start]) ? null : epochs[start];
  const when = atEpoch(steps[start], epoch);
  return {
    status: 'open',
    severity,
    from: steps[start],
    epoch,
    at,
    title: `${binding.series} is ${number(level / usual)} times as long since ${when}: ${number(level)} against ${number(usual)}`,
    verdict: `Steps take ${number(level / usual)} times as long since ${when}: look at the data loader`,
    evidence: { 'now, in the unit logged': level, 'before, in the unit logged': usual },
    advice: [
      'Look at the data loader and its disk or network: more workers, or data that is nearer, if the GPU waits',
      'Check the GPU’s clock and temperature, and who else uses the machine: throttling and neighbours slow all steps alike',
      'Look for something that grows with the run: a list of tensors that keeps its graphs, logging of ever larger things, a cache that swaps',
    ],
  };
}

function fast(level: number, { binding }: Points, at: number): Said {
  return resolved(`${binding.series} is as short as it was again: ${number(level)}`, { at });
}
