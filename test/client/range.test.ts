import { expect, it } from 'vitest';
import { allPositive, xRange, yRange } from '../../client/chart/range.ts';
import { Line } from '../../client/series.ts';

function lineOf(...values: number[]): Line {
  const line = new Line('loss', 0, 0);
  const steps = Float64Array.from(values, (_, i) => i);
  line.append({ steps, times: steps, values: Float64Array.from(values) });
  return line;
}

it('shows everything when there is no zoom, and never an empty span', () => {
  expect(xRange(3, 4000, null)).toEqual([0, 4000]);
  expect(xRange(3000, 4000, null)).toEqual([3000, 4000]);
  expect(xRange(7, 7, null)).toEqual([6, 8]);
  expect(xRange(Infinity, -Infinity, null)).toEqual([0, 1]);
  expect(xRange(0, 4000, [10, 20])).toEqual([10, 20]);
});

it('cuts no outlier off and lets nothing non-finite bend the scale', () => {
  const [min, max] = yRange([lineOf(1, NaN, 1000, Infinity), lineOf(-3, -Infinity)], [0, 9], false);
  expect(min).toBeLessThan(-3);
  expect(max).toBeGreaterThan(1000);
  expect(Number.isFinite(max - min)).toBe(true);
});

it('has a height even for a constant and for nothing', () => {
  expect(yRange([lineOf(5, 5)], [0, 9], false)).toEqual([4.5, 5.5]);
  expect(yRange([], [0, 9], false)).toEqual([0, 1]);
  const [min, max] = yRange([lineOf(5, 5)], [0, 9], true);
  expect(min).toBeLessThan(max);
});

it('allows a logarithmic axis only where every finite value is positive', () => {
  expect([lineOf(1, NaN), lineOf(0, 1), lineOf()].map((line) => allPositive([line]))).toEqual([
    true,
    false,
    true,
  ]);
});
