import { describe, expect, it } from 'vitest';
import { spacingOf } from '../../client/chart/averages.ts';
import { stepPlaces } from '../../client/chart/places.ts';
import { Smooth } from '../../client/chart/smooth.ts';
import { Line } from '../../client/series.ts';

function lineOf(places: readonly number[], values: readonly number[]): Line {
  const line = new Line('loss', 0, 0);
  add(line, places, values);
  return line;
}
function add(line: Line, places: readonly number[], values: readonly number[]): void {
  const steps = Float64Array.from(places);
  line.append({ steps, times: steps, values: Float64Array.from(values) });
}
const means = (line: Line, strength: number, spacing = 1) => [
  ...new Smooth().update(line, line.steps, strength, spacing).subarray(0, line.length),
];
const close = (found: readonly number[], wanted: readonly number[]) => {
  expect(found.length).toBe(wanted.length);
  found.forEach((mean, i) => expect(mean).toBeCloseTo(wanted[i], 12));
};

describe('the smoothed curve', () => {
  it('is the usual debiased average where points are regular', () => {
    const values = [4, 2, 6, 1];
    let [sum, weight] = [0, 0];
    const wanted = values.map((value) => {
      [sum, weight] = [0.9 * sum + 0.1 * value, 0.9 * weight + 0.1];
      return sum / weight;
    });
    close(means(lineOf([10, 20, 30, 40], values), 0.9, 10), wanted);
  });

  it('begins at the first value, and a constant stays what it is', () => {
    close(means(lineOf([0, 1, 7, 8], [3, 3, 3, 3]), 0.99), [3, 3, 3, 3]);
    expect(means(lineOf([0, 1], [5, 1]), 0.9)[0]).toBe(5);
  });

  it('weighs by distance and not by number: a stretch that is sampled ten times as often weighs no more', () => {
    // The same staircase, 1 up to place 50 and then 2; the second half of the first stretch is sampled densely.
    const coarse = lineOf([0, 10, 20, 30, 40, 50, 60, 70], [1, 1, 1, 1, 1, 1, 2, 2]);
    const places = [0, 10, 20, 30, 40, ...Array.from({ length: 100 }, (_, i) => 40.1 + i * 0.1), 60, 70];
    const dense = lineOf(
      places,
      places.map((place) => (place > 50.05 ? 2 : 1)),
    );
    const [a, b] = [means(coarse, 0.8, 10), means(dense, 0.8, 10)];
    expect(b[b.length - 1]).toBeCloseTo(a[a.length - 1], 9);
    expect(a[a.length - 1]).toBeGreaterThan(1.3);
    expect(a[a.length - 1]).toBeLessThan(1.7);
  });

  it('forgets by distance: after a long pause the next value counts almost alone', () => {
    const found = means(lineOf([0, 1, 2, 1000], [0, 0, 0, 8]), 0.5);
    expect(found[3]).toBeGreaterThan(6.9);
  });

  it('has no mean where a value is not finite, and goes on behind it', () => {
    const found = means(lineOf([0, 1, 2, 3], [2, NaN, Infinity, 2]), 0.9);
    expect(found.map(Number.isFinite)).toEqual([true, false, false, true]);
    expect(found[3]).toBeCloseTo(2, 12);
  });

  it('is the same however the points came, and averages each point but once', () => {
    const places = Array.from({ length: 1000 }, (_, i) => i + (i % 3) * 0.1);
    const values = places.map((place) => Math.sin(place));
    const line = lineOf(places.slice(0, 600), values.slice(0, 600));
    const smooth = new Smooth();
    smooth.update(line, line.steps, 0.9, 1);
    for (let i = 600; i < 1000; i++) {
      add(line, [places[i]], [values[i]]);
      smooth.update(line, line.steps, 0.9, 1);
    }
    expect(smooth.averaged).toBe(1000);
    const whole = new Smooth().update(lineOf(places, values), line.steps, 0.9, 1);
    expect(smooth.means[999]).toBe(whole[999]);
    line.clear();
    add(line, [5, 6], [1, 1]);
    expect(smooth.update(line, line.steps, 0.9, 1)[1]).toBe(1);
  });

  it('goes on in a stretch that was cut out as it does in the whole line', () => {
    const places = Array.from({ length: 200 }, (_, i) => i * 2);
    const values = places.map((place) => 1 / (place + 1) + (place % 7));
    const whole = lineOf(places, values);
    const smooth = new Smooth();
    smooth.update(whole, whole.steps, 0.95, 2);
    const cut = lineOf(places.slice(12), values.slice(12));
    const found = new Smooth().update(cut, cut.steps, 0.95, 2, smooth.seed(whole.steps, 12));
    close([...found.subarray(0, cut.length)], [...smooth.means.subarray(12, 200)]);
  });
});

it('is over the mean distance of the points of a chart’s densest line, decimated or not', () => {
  const [dense, sparse] = [lineOf([0, 50, 100], [1, 1, 1]), lineOf([0, 40, 80], [1, 1, 1])];
  dense.total = 101;
  expect(spacingOf([sparse, dense, new Line('empty', 0, 0)], stepPlaces({ first: 0, last: 100 }))).toBe(1);
  expect(spacingOf([], stepPlaces({ first: 0, last: 0 }))).toBe(1);
});
