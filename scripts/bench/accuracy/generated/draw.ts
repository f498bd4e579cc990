import type { PipelineInput } from '../../../../server/pipeline/input.ts';
import { seeded, type Random } from '../../../demo/random.ts';
import { KINDS } from './plan.ts';

/** How long a run is and how often it validates. */
export interface Rhythm {
  readonly name: string;
  readonly steps: number;
  readonly validations: number;
  /** Standard deviations of the training loss as shares of its level; validation has `sure` times as much. */
  readonly noises: readonly number[];
  readonly sure: number;
  /** Draws of each kind at each size of noise. */
  readonly draws: number;
  /** Times the losses are multiplied by, 1 first: what is said should not change. */
  readonly scales: readonly number[];
}

const SCALES = [1, 1e-6, 1e6];

export const RHYTHMS: readonly Rhythm[] = [
  {
    name: '10 000 steps',
    steps: 10_000,
    validations: 100,
    noises: [0.02, 0.1, 0.3],
    sure: 0.1,
    draws: 4,
    scales: SCALES,
  },
  {
    name: '100 000 steps',
    steps: 100_000,
    validations: 200,
    noises: [0.02, 0.1, 0.3],
    sure: 0.1,
    draws: 1,
    scales: [1],
  },
  {
    name: '200 epochs',
    steps: 200,
    validations: 200,
    noises: [0.003, 0.01, 0.03],
    sure: 1,
    draws: 10,
    scales: SCALES,
  },
];

export interface Generated {
  /** The step where what is planted begins. */
  readonly onset: number;
  readonly inputs: readonly PipelineInput[];
}

/** One run of a kind; the same for the same seed, at any scale. */
export function generate(
  name: string,
  rhythm: Rhythm,
  noise: number,
  scale: number,
  seed: number,
): Generated {
  const { onset: share, draw } = KINDS[name];
  const random = seeded(seed);
  const between = (low: number, high: number): number => low + (high - low) * random.uniform();
  const { steps, validations, sure } = rhythm;
  const unit = steps / validations;
  const onset = Math.round(steps * between(share[0], share[1]));
  const drawn = draw(between, steps, unit, onset);
  const noisy = wandering(random, noise);
  const train = new Float64Array(steps);
  const norms = new Float64Array(steps);
  const paces = new Float64Array(steps);
  const times = new Float64Array(steps);
  let time = 0;
  for (let t = 0; t < steps; t++) {
    const hard = drawn.hard !== undefined && random.uniform() < drawn.hard ? between(2, 4) : 1;
    train[t] = scale * drawn.train(t) * noisy() * hard;
    norms[t] = (drawn.norm?.(t) ?? 1) * Math.exp(0.3 * random.normal());
    paces[t] = (drawn.pace?.(t) ?? 0.1) * Math.exp(0.05 * random.normal());
    times[t] = time += paces[t];
  }
  const unsure = wandering(random, noise * sure * (drawn.unsure ?? 1));
  const rows = Uint32Array.from({ length: validations }, (_, i) => Math.round((i + 1) * unit) - 1);
  const val = Float64Array.from(rows, (t) => scale * drawn.val(t) * unsure());
  const columns = [
    { series: 'train_loss', rows: null, values: train },
    { series: 'grad_norm', rows: null, values: norms },
    { series: 'step_time', rows: null, values: paces },
    { series: 'val_loss', rows, values: val },
  ];
  const all = Float64Array.from(train, (_, i) => i);
  const table = { run: name, writer: 'bench', rank: 0, attempt: 0, steps: all, times, columns };
  return {
    onset,
    inputs: [
      { kind: 'table', run: name, table },
      { kind: 'end', run: name, status: 'finished' },
    ],
  };
}

/** Factors about 1 that, in half of the runs, are correlated from one to the next. */
function wandering(random: Random, size: number): () => number {
  const memory = random.uniform() < 0.5 ? 0 : 0.3;
  let off = 0;
  return () => {
    off = memory * off + Math.sqrt(1 - memory * memory) * random.normal();
    return Math.max(0.2, 1 + size * off);
  };
}
