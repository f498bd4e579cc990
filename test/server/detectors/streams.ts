import type { Points, Window } from '../../../server/detector.ts';
import { bind } from '../../../server/roles.ts';
import { randomFrom } from '../../support/random.ts';

export { randomFrom as random } from '../../support/random.ts';

/** About normal numbers of mean 0 and standard deviation 1: twelve uniform ones added up. */
export function normal(seed: number): () => number {
  const next = randomFrom(seed);
  return () => {
    let sum = -6;
    for (let i = 0; i < 12; i++) sum += next();
    return sum;
  };
}

/** Points of one series, a step each. */
export function pointsOf(series: string, values: readonly number[], from = 0): Points {
  const steps = Float64Array.from(values, (_, i) => from + i);
  const none = new Float64Array(values.length).fill(NaN);
  return {
    binding: bind(series),
    steps,
    times: steps,
    values: Float64Array.from(values),
    epochs: none,
    rates: none,
  };
}

/** Validations, a step each, with one training point between. */
export function windowsOf(
  series: string,
  values: readonly number[],
  trains: readonly number[] | null,
): Window[] {
  return values.map((value, index) => {
    const mean = trains?.[index] ?? NaN;
    return {
      validation: bind(series),
      training: trains ? 'train_loss' : null,
      index,
      step: index,
      time: index,
      epoch: null,
      rate: null,
      value,
      train: Number.isFinite(mean) ? { count: 1, mean, min: mean, max: mean, last: mean } : null,
    };
  });
}

/** A loss that falls by a power law with a little noise, as of a healthy run. */
export function healthy(length: number, { seed = 1, noise = 0.01, floor = 0.1 } = {}): number[] {
  const next = normal(seed);
  return Array.from({ length }, (_, i) => floor + 2 * (i + 1) ** -0.5 + noise * next());
}

/** A validation loss that falls until `best` and rises by `slope` of a unit a step from there. */
export function overfitting(
  length: number,
  { seed = 1, noise = 0.005, best = 40, slope = 0.01 } = {},
): number[] {
  const next = normal(seed);
  return Array.from({ length }, (_, i) => {
    const fallen = 0.5 + Math.exp(-Math.min(i, best) / 15);
    return fallen + slope * Math.max(0, i - best) + noise * next();
  });
}
