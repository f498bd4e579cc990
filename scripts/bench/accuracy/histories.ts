import { seeded, type Random } from '../../demo/random.ts';
import type { Between, Family, Shape } from './families.ts';

/** A training history, one value an epoch, with what is true of it. */
export interface History {
  readonly family: string;
  readonly overfit: boolean;
  readonly train: Float64Array;
  readonly val: Float64Array;
}

/** Standard deviations of the validation noise, as shares of its level at the full learning rate. */
export const NOISES = [0.003, 0.01, 0.03, 0.08] as const;

/** Made histories of a family at one size of noise, of 50 to 400 epochs, short ones as often as long ones. */
export function made(
  families: Readonly<Record<string, Family>>,
  family: string,
  noise: number,
  count: number,
  seed: number,
): History[] {
  const { overfit, draw } = families[family];
  const kind = Object.keys(families).indexOf(family);
  return Array.from({ length: count }, (_, i) => {
    const random = seeded(seed + 7919 * i + 104_729 * kind + Math.round(1e6 * noise));
    const between: Between = (low, high) => low + (high - low) * random.uniform();
    const length = Math.round(50 * 8 ** random.uniform());
    return { family, overfit, ...noisy(draw(between, length), length, noise, random) };
  });
}

function noisy(
  shape: Shape,
  length: number,
  noise: number,
  random: Random,
): { train: Float64Array; val: Float64Array } {
  const memory = shape.memory ?? (random.uniform() < 0.5 ? 0 : 0.3);
  const trainNoise = shape.trainNoise ?? 0.2 + 0.8 * random.uniform();
  const { calm, spike } = shape;
  const train = new Float64Array(length);
  const val = new Float64Array(length);
  let wander = 0;
  for (let t = 0; t < length; t++) {
    const size = noise * (calm?.(t) ?? 1);
    wander = memory * wander + Math.sqrt(1 - memory * memory) * heavy(random);
    const spiked = spike && random.uniform() < spike.share ? 1 + spike.height * random.uniform() : 1;
    val[t] = shape.val(t) * Math.max(0.2, 1 + size * wander) * spiked;
    train[t] = shape.train(t) * (1 + trainNoise * size * random.normal());
  }
  return { train, val };
}

/** A history cut to 50 to 300 of its epochs, evenly, with noise on top. */
export function cut(history: History, noise: number, seed: number): History {
  const random = seeded(seed);
  const length = Math.round(50 * 6 ** random.uniform());
  const pick = (values: Float64Array): Float64Array =>
    Float64Array.from({ length }, (_, i) => values[Math.floor((i * values.length) / length)]);
  return {
    ...history,
    train: pick(history.train).map((value) => value * (1 + 0.3 * noise * random.normal())),
    val: pick(history.val).map((value) => value * Math.max(0.2, 1 + noise * heavy(random))),
  };
}

/** A twelfth of the values is three times as far off as normal: validation noise has heavy tails. */
function heavy(random: Random): number {
  return random.normal() * (random.uniform() < 1 / 12 ? 3 : 1);
}
