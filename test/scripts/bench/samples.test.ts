import { describe, expect, it } from 'vitest';
import { fit, median, quantile } from '../../../scripts/bench/samples.ts';

describe('samples', () => {
  it('takes the middle one, or the mean of the two in the middle', () => {
    expect(median([5, 1, 3])).toBe(3);
    expect(median([4, 1, 3, 2])).toBe(2.5);
    expect(median([])).toBeNaN();
  });

  it('takes a quantile among the numbers', () => {
    const numbers = Array.from({ length: 100 }, (_, i) => 99 - i);
    expect([0, 0.5, 0.99, 1].map((q) => quantile(numbers, q))).toEqual([0, 50, 99, 99]);
    expect(quantile([], 0.5)).toBeNaN();
  });

  it('fits a line, and says how sure its slope is', () => {
    expect(fit([1, 2, 3, 4], [3, 5, 7, 9])).toEqual({ slope: 2, error: 0 });
    // By hand: slope 0.6, left over 0.7 ÷ 2 ÷ 5.
    const { slope, error } = fit([1, 2, 3, 4], [1, 2, 2, 3]);
    expect(slope).toBeCloseTo(0.6, 12);
    expect(error).toBeCloseTo(Math.sqrt(0.2 / 2 / 5), 12);
  });
});
