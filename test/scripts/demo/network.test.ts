import { expect, test } from 'vitest';
import type { Examples } from '../../../scripts/demo/digits.ts';
import { Momentum } from '../../../scripts/demo/momentum.ts';
import { Network } from '../../../scripts/demo/network.ts';
import { seeded } from '../../../scripts/demo/random.ts';

const random = seeded(5);
const examples: Examples = {
  count: 7,
  images: Float64Array.from({ length: 7 * 64 }, () => random.uniform()),
  labels: Uint8Array.from([0, 1, 2, 3, 4, 9, 9]),
};

test('the gradient is what finite differences say it is', () => {
  const network = Network.initialised(6, random, 0.1);
  const gradient = new Float64Array(network.parameters.length);
  const loss = network.gradient(examples, gradient);
  expect(loss).toBe(network.evaluate(examples).loss);
  const h = 1e-6;
  const difference = (i: number) => {
    const at = (shift: number) => {
      const moved = network.copy();
      moved.parameters[i] += shift;
      return moved.evaluate(examples).loss;
    };
    return (at(h) - at(-h)) / (2 * h);
  };
  const worst = Math.max(...gradient.map((slope, i) => Math.abs(slope - difference(i))));
  expect(worst).toBeLessThan(1e-8);
  expect(Math.max(...gradient.map(Math.abs))).toBeGreaterThan(0.01);
});

test('knows nothing with all parameters 0: ln 10', () => {
  expect(new Network(4).evaluate(examples).loss).toBeCloseTo(Math.LN10, 12);
});

test('tells the share told right', () => {
  const network = new Network(4);
  network.parameters[network.parameters.length - 1] = 1; // always says 9
  expect(network.evaluate(examples).accuracy).toBeCloseTo(2 / 7, 12);
});

test('a loss that is no number stays none', () => {
  const network = Network.initialised(4, random);
  network.parameters[0] = NaN;
  expect(network.evaluate(examples).loss).toBeNaN();
});

test('draws weights with the variance 2 / inputs', () => {
  const { parameters } = Network.initialised(200, random);
  const weights = parameters.subarray(0, 200 * 64);
  const variance = weights.reduce((sum, weight) => sum + weight * weight, 0) / weights.length;
  expect(variance * 64).toBeCloseTo(2, 1);
});

test('momentum adds up the gradients of a slope, and decay pulls towards 0', () => {
  const [rolling, decaying] = [new Float64Array([0]), new Float64Array([1])];
  const momentum = new Momentum(1, { momentum: 0.5, weightDecay: 0 });
  for (let i = 0; i < 3; i++) momentum.step(rolling, new Float64Array([1]), 0.1);
  expect(rolling[0]).toBeCloseTo(-0.1 * (1 + 1.5 + 1.75), 12);
  new Momentum(1, { momentum: 0, weightDecay: 0.2 }).step(decaying, new Float64Array([0]), 0.5);
  expect(decaying[0]).toBeCloseTo(0.9, 12);
});
