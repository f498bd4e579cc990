import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BINS, EMPTY_CURVE, extend, pointsIn, type Curve } from '../../../server/windows/curve.ts';
import { median } from '../../../server/windows/median.ts';
import { leastNoise, noise, noiseAboutBend } from '../../../server/windows/noise.ts';
import { keep, latestFinite, latestInto } from '../../../server/windows/recent.ts';
import { trend } from '../../../server/windows/trend.ts';
import { normal } from '../detectors/streams.ts';

describe('median', () => {
  test.each([
    [[], 0],
    [[3], 3],
    [[4, 1], 2.5],
    [[9, 1, 5], 5],
    [[1, 2, 3, 100], 2.5],
  ])('of %j is %d', (values, expected) => {
    expect(median(values)).toBe(expected);
  });

  test('is that of the sorted values, whatever they are', () => {
    const value = fc.oneof(fc.double(), fc.integer({ min: -3, max: 3 }));
    fc.assert(
      fc.property(fc.array(value, { minLength: 1, maxLength: 60 }), (values) => {
        const sorted = Float64Array.from(values).sort();
        const half = values.length >>> 1;
        const middle = values.length % 2 === 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
        expect(median(values) + 0).toBe(middle + 0); // −0 is as good as 0
      }),
      { seed: 1, numRuns: 1_000 },
    );
  });

  test('leaves its input in order', () => {
    const values = [3, 1, 2];
    median(values);
    expect(values).toEqual([3, 1, 2]);
  });
});

describe('trend', () => {
  test('is 4.02 for ten rising values, the largest there can be, and its negative for falling ones', () => {
    const rising = Array.from({ length: 10 }, (_, i) => i ** 3);
    expect(trend(rising)).toBeCloseTo(45 / Math.sqrt(125), 10);
    expect(trend(rising.toReversed())).toBeCloseTo(-45 / Math.sqrt(125), 10);
  });

  test('is 0 of equal values and of fewer than four', () => {
    expect(trend([1, 1, 1, 1, 1])).toBe(0);
    expect(trend([1, 2, 3])).toBe(0);
  });

  test('is about standard normal without a trend', () => {
    const next = normal(1);
    const zs = Array.from({ length: 2000 }, () => trend(Array.from({ length: 20 }, next)));
    const mean = zs.reduce((sum, z) => sum + z) / zs.length;
    const variance = zs.reduce((sum, z) => sum + (z - mean) ** 2, 0) / zs.length;
    expect(Math.abs(mean)).toBeLessThan(0.1);
    expect(variance).toBeGreaterThan(0.9);
    expect(variance).toBeLessThan(1.1);
  });
});

describe('noise', () => {
  test('finds the standard deviation of white noise on a slope', () => {
    const next = normal(2);
    const values = Array.from({ length: 2000 }, (_, i) => 5 - 0.01 * i + 0.2 * next());
    expect(noise(values)).toBeGreaterThan(0.18);
    expect(noise(values)).toBeLessThan(0.22);
  });

  test('is not moved by a few spikes, and unknown below six values', () => {
    const next = normal(3);
    const values = Array.from({ length: 200 }, (_, i) => next() + (i % 40 === 0 ? 1000 : 0));
    expect(noise(values)).toBeLessThan(1.3);
    expect(noise([1, 2, 3, 4, 5])).toBe(Infinity);
  });
});

describe('noiseAboutBend', () => {
  test('finds the standard deviation of white noise where a curve turns, which widens its increments', () => {
    const next = normal(2);
    const turning = Array.from({ length: 50 }, (_, i) => Math.exp(-i / 6) + 0.02 * i + 0.01 * next());
    expect(noiseAboutBend(turning)).toBeGreaterThan(0.007);
    expect(noiseAboutBend(turning)).toBeLessThan(0.014);
    expect(noise(turning)).toBeGreaterThan(0.02);
  });

  test('sees noise that is correlated from one value to the next', () => {
    const next = normal(4);
    let wander = 0;
    const values = Array.from({ length: 2000 }, () => (wander = 0.9 * wander + Math.sqrt(0.19) * next()));
    expect(noiseAboutBend(values)).toBeGreaterThan(0.4);
    expect(noiseAboutBend(values.slice(0, 6))).toBe(Infinity);
    expect(noiseAboutBend([0, 1, 0, 2, 0, 1, 1])).toBeGreaterThan(0);
  });
});

describe('recent', () => {
  test('keeps the latest values, and the latest finite ones over a border of batches', () => {
    expect(keep([1, 2, 3], 4, 3)).toEqual([2, 3, 4]);
    expect(keep([], 4, 3)).toEqual([4]);
    const values = Float64Array.from([NaN, 5, Infinity, 6, 7]);
    expect(latestFinite([1, 2, 3], values, 4, 4)).toEqual([2, 3, 5, 6]);
    expect(latestFinite([1, 2, 3], values, 1, 4)).toEqual([1, 2, 3]);
    expect(latestFinite([1], values, 5, 2)).toEqual([6, 7]);
    const room = new Float64Array(4);
    expect([...latestInto(room, [1, 2, 3], values, 4)]).toEqual([2, 3, 5, 6]);
    expect([...latestInto(room, [1], values, 2)]).toEqual([1, 5]);
    expect([...latestInto(room, [1, 2, 3, 4], values, 0)]).toEqual([1, 2, 3, 4]);
  });
});

describe('curve', () => {
  const grown = (values: readonly number[], sign: 1 | -1 = 1): { curve: Curve; closed: number[] } => {
    const closed: number[] = [];
    const steps = Float64Array.from(values, (_, i) => i);
    const curve = extend(EMPTY_CURVE, Float64Array.from(values), steps, steps, sign, (_, at) =>
      closed.push(at),
    );
    return { curve, closed };
  };

  test('is the points themselves while they are few', () => {
    const { curve, closed } = grown([3, NaN, 1]);
    expect(curve.means).toEqual([3, 1]);
    expect(curve.steps).toEqual([0, 2]);
    expect(closed).toEqual([0, 2]);
  });

  test('becomes means of more and more points, and never more than its size', () => {
    const values = Array.from({ length: 1000 }, (_, i) => i);
    const { curve } = grown(values, -1);
    expect(curve.width).toBe(4);
    expect(curve.means.length).toBeLessThan(BINS);
    expect(curve.means.slice(0, 2)).toEqual([-1.5, -5.5]);
    expect(curve.steps.slice(0, 2)).toEqual([0, 4]);
    expect(pointsIn(curve)).toBe(1000);
  });
});

describe('leastNoise', () => {
  const WINDOW = 32;

  test('is no more than the noise of the window after each of so many further values, whatever they are', () => {
    const value = fc.oneof(fc.double({ noNaN: true }), fc.integer({ min: -3, max: 3 }), fc.constant(1e308));
    const finite = value.filter(Number.isFinite);
    const input = fc.tuple(
      fc.array(finite, { minLength: 10, maxLength: WINDOW }),
      fc.array(finite, { maxLength: 4 }),
    );
    fc.assert(
      fc.property(input, ([known, further]) => {
        const least = leastNoise(known, 4);
        for (let more = 0; more <= further.length; more++) {
          const window = [...known, ...further.slice(0, more)].slice(-WINDOW);
          expect(least).toBeLessThanOrEqual(noise(window));
        }
      }),
      { seed: 1, numRuns: 2_000 },
    );
  });

  test('is a good part of it for normal noise, or it would spare nothing', () => {
    const next = normal(1);
    const shares = Array.from({ length: 200 }, () => {
      const values = Array.from({ length: WINDOW }, next);
      return leastNoise(values, 4) / noise(values);
    });
    expect(shares.reduce((sum, share) => sum + share) / shares.length).toBeGreaterThan(0.25);
  });
});
