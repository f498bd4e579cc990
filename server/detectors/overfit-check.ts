import type { PointDetector, Points, Said, Step } from '../detector.ts';
import type { Facts } from '../facts.ts';
import { median } from '../windows/median.ts';
import { latestFinite } from '../windows/recent.ts';
import { resolved } from './resolved.ts';
import { number, percent } from './words.ts';

/**
 * Says whether a run that is a check of the code, declared as to learn a few samples by heart, does so. A network that
 * can be trained at all brings the loss of a few samples to about zero; one that does not has a bug.
 *
 *     waiting ──level ≤ `share` of the start──────────────────────────────▶ learnt (a remark)
 *     waiting ──`budget` points, and less than a third gained in their latter half, or the end──▶ failing (a warning)
 *     failing ──level ≤ `share` of the start──────────────────────────────▶ learnt
 *
 * The level is the median of the latest 5 losses, the start is the first one. While a third is still gained the budget is doubled. Silent on runs that
 * do not declare it. Warm-up: 5 points. Resolved when the loss gets there after all. Non-finite values are left out.
 * Known false alarm: a loss that cannot reach zero, as with label smoothing or a penalty on the weights in it.
 */
export function overfitCheck(
  options: Partial<OverfitCheckParameters> = {},
): PointDetector<OverfitCheckState> {
  const parameters = { ...DEFAULTS, ...options };
  return {
    name: 'overfit-check',
    parameters: { ...parameters },
    input: 'points',
    subject: 'run',
    watches: ({ goal, role }, { primary }) => primary && role === 'loss' && goal === 'min',
    start: () => START,
    update: (state, points, facts) => update(state, points, facts, parameters),
    end: (state, facts) => end(state, facts, parameters),
  };
}

export interface OverfitCheckParameters {
  /** Share of the start that counts as about zero, 0 to 1. */
  readonly share: number;
  /** Points after which it must be there, or be gaining still. */
  readonly budget: number;
}

const DEFAULTS: OverfitCheckParameters = { share: 0.05, budget: 500 };

interface OverfitCheckState {
  readonly count: number;
  readonly first: number;
  readonly step: number;
  readonly latest: readonly number[];
  /** Points at which it is judged next, as a multiple of the budget, and the level half-way there. */
  readonly budgets: number;
  readonly half: number;
  readonly said: 'failing' | 'learnt' | null;
}

const START: OverfitCheckState = {
  count: 0,
  first: NaN,
  step: 0,
  latest: [],
  budgets: 1,
  half: NaN,
  said: null,
};

/** Losses of which the level is the median. */
const LEVEL = 5;

function update(
  before: OverfitCheckState,
  { values, steps }: Points,
  facts: Facts,
  { share, budget }: OverfitCheckParameters,
): Step<OverfitCheckState> {
  const says: Said[] = [];
  let { count, first, step, budgets, half, said } = before;
  // Nothing is ever said of it again.
  if (said === 'learnt') return { state: before, says };
  let at = 0;
  /** The latest losses up to the point that is looked at. */
  const latest = () => latestFinite(before.latest, values, Math.min(at + 1, values.length), LEVEL);
  for (; at < values.length && said !== 'learnt'; at++) {
    const value = values[at];
    if (value - value !== 0) continue;
    if (count++ === 0) {
      first = value;
      step = steps[at];
    }
    const judged = count >= budget * budgets;
    const samples = facts.overfitSamples;
    if (samples === undefined) {
      // Most runs are no such check: they keep what it takes to begin when they turn out to be one.
      if (2 * count >= budget * budgets && Number.isNaN(half)) half = median(latest());
      if (judged) [budgets, half] = [2 * budgets, median(latest())];
      continue;
    }
    if (count < LEVEL) continue;
    const level = median(latest());
    if (level <= share * first) {
      if (said === 'failing') says.push(learntAfterAll(level, samples, step, at));
      says.push(learnt(level, first, samples, count, step, at));
      said = 'learnt';
      continue;
    }
    if (2 * count >= budget * budgets && Number.isNaN(half)) half = level;
    if (!judged) continue;
    if (said === null && level > (2 / 3) * half) {
      says.push({ ...fails(level, first, samples, count, step), at });
      said = 'failing';
    }
    [budgets, half] = [2 * budgets, level];
  }
  return { state: { count, first, step, latest: latest(), budgets, half, said }, says };
}

function end(
  state: OverfitCheckState,
  facts: Facts,
  { share }: OverfitCheckParameters,
): Step<OverfitCheckState> {
  const { count, first, step, latest, said } = state;
  const samples = facts.overfitSamples;
  if (samples === undefined || said !== null || count < LEVEL) return { state, says: [] };
  const level = median(latest);
  return level <= share * first
    ? { state: { ...state, said: 'learnt' }, says: [learnt(level, first, samples, count, step)] }
    : { state: { ...state, said: 'failing' }, says: [fails(level, first, samples, count, step)] };
}

function evidenceOf(level: number, start: number, samples: number, count: number): Said['evidence'] {
  return { 'loss now': level, 'loss at the start': start, samples, 'points so far': count };
}

function fails(level: number, start: number, samples: number, count: number, from: number): Said {
  return {
    status: 'open',
    severity: 'warning',
    from,
    epoch: null,
    title: `The run cannot learn ${samples} samples by heart: after ${count} points its loss is ${number(level)}, ${percent(level / start)} of the start`,
    verdict: `Cannot overfit ${samples} samples: look for a bug in the code`,
    evidence: evidenceOf(level, start, samples, count),
    advice: [
      'Look for a bug before tuning anything: a network of any use brings the loss of a few samples to about zero',
      'Check that inputs and labels belong together, that the loss gets what it expects (logits or probabilities), and that gradients are zeroed and the optimizer is stepped on all parameters',
      'Switch dropout, augmentation and weight decay off for this check, and try learning rates 10 times higher and lower',
    ],
  };
}

function learnt(
  level: number,
  start: number,
  samples: number,
  count: number,
  from: number,
  at?: number,
): Said {
  return {
    key: 'learnt',
    status: 'open',
    severity: 'info',
    from,
    epoch: null,
    ...(at !== undefined && { at }),
    title: `The run has learnt its ${samples} samples by heart after ${count} points: its loss is ${number(level)}`,
    verdict: `Can overfit ${samples} samples: the code can learn`,
    evidence: evidenceOf(level, start, samples, count),
    advice: ['Go on with all the data: the model, the loss and the optimizer work together'],
  };
}

function learntAfterAll(level: number, samples: number, from: number, at: number): Said {
  return resolved(
    `The run has learnt its ${samples} samples by heart after all: its loss is ${number(level)}`,
    { at, from },
  );
}
