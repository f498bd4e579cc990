import { expect, test } from 'vitest';
import { seeded } from '../../../scripts/demo/random.ts';

test('gives the same numbers for the same seed, and others for another', () => {
  const draw = (seed: number) => {
    const random = seeded(seed);
    return Array.from({ length: 5 }, () => random.uniform());
  };
  expect(draw(1)).toEqual(draw(1));
  expect(draw(1)).not.toEqual(draw(2));
});

test('uniform numbers have mean 1/2 and variance 1/12, normal ones 0 and 1', () => {
  const random = seeded(7);
  const moments = (draw: () => number): [number, number] => {
    const numbers = Array.from({ length: 20_000 }, draw);
    const mean = numbers.reduce((sum, x) => sum + x, 0) / numbers.length;
    return [mean, numbers.reduce((sum, x) => sum + (x - mean) ** 2, 0) / numbers.length];
  };
  const [uniform, normal] = [moments(() => random.uniform()), moments(() => random.normal())];
  expect(uniform[0]).toBeCloseTo(0.5, 1);
  expect(uniform[1]).toBeCloseTo(1 / 12, 2);
  expect(normal[0]).toBeCloseTo(0, 1);
  expect(normal[1]).toBeCloseTo(1, 1);
});

test('a permutation holds every number once', () => {
  expect([...seeded(3).permutation(50)].sort((a, b) => a - b)).toEqual(
    Array.from({ length: 50 }, (_, i) => i),
  );
});
