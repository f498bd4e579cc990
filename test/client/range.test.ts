import { describe, expect, it } from 'vitest';
import { countOutOfView, outOfViewWords } from '../../client/chart/out-of-view.ts';
import { leastPositive, type Placement, xRange, yRange } from '../../client/chart/range.ts';
import { pixelOf, scaleOf } from '../../client/chart/scale.ts';
import { Line } from '../../client/series.ts';

/** A line with a point at every step from 0. */
function lineOf(...values: number[]): Placement {
  const line = new Line('loss', 0, 0);
  const steps = Float64Array.from(values, (_, i) => i);
  line.append({ steps, times: steps, values: Float64Array.from(values) });
  return { line, places: line.steps };
}

const ALL = { zoom: null, follow: null, positive: null, counted: true } as const;
const LINEAR = { log: false, fit: false } as const;
const LOG = { log: true, fit: false } as const;

describe('what is shown of the axis', () => {
  it('is everything when there is no zoom, and never an empty span', () => {
    expect(xRange([3, 4000], ALL)).toEqual([0, 4000]);
    expect(xRange([3000, 4000], ALL)).toEqual([3000, 4000]);
    expect(xRange([7, 7], ALL)).toEqual([6, 8]);
    expect(xRange(null, ALL)).toEqual([0, 1]);
    expect(xRange([0, 4000], { ...ALL, zoom: [10, 20] })).toEqual([10, 20]);
    expect(xRange([1_790_000_000, 1_790_000_100], { ...ALL, counted: false })[0]).toBe(1_790_000_000);
  });

  it('follows the newest steps, lets go of them where something was zoomed to, and begins with the run', () => {
    expect(xRange([0, 4000], { ...ALL, follow: 3000 })).toEqual([3000, 4000]);
    expect(xRange([0, 4000], { ...ALL, follow: 3000, zoom: [10, 20] })).toEqual([10, 20]);
    expect(xRange([100, 400], { ...ALL, follow: -600 })).toEqual([100, 400]);
  });

  it('begins at the least place above zero on a logarithmic axis, and is never empty there either', () => {
    const positive = leastPositive([lineOf(5, 5, 5), lineOf()]);
    expect(positive).toBe(1);
    expect(xRange([0, 4000], { ...ALL, positive })).toEqual([1, 4000]);
    expect(xRange([0, 4000], { ...ALL, positive, zoom: [-3, 20] })).toEqual([1, 20]);
    expect(xRange([4, 4], { ...ALL, positive: 4 })).toEqual([2, 8]);
    expect(leastPositive([lineOf(5)])).toBeNull();
  });
});

describe('the values shown', () => {
  it('cut no outlier off and let nothing non-finite bend the scale', () => {
    const [min, max] = yRange([lineOf(1, NaN, 1000, Infinity), lineOf(-3, -Infinity)], [0, 9], LINEAR);
    expect(min).toBeLessThan(-3);
    expect(max).toBeGreaterThan(1000);
    expect(Number.isFinite(max - min)).toBe(true);
  });

  it('have a height even for a constant and for nothing', () => {
    expect(yRange([lineOf(5, 5)], [0, 9], LINEAR)).toEqual([4.5, 5.5]);
    expect(yRange([], [0, 9], LINEAR)).toEqual([0, 1]);
    const [min, max] = yRange([lineOf(5, 5)], [0, 9], LOG);
    expect(min).toBeLessThan(max);
  });

  it('are those above zero on a logarithmic axis', () => {
    const [min, max] = yRange([lineOf(0, -4, 0.01, 100, Infinity)], [0, 9], LOG);
    expect(min).toBeGreaterThan(0.005);
    expect(min).toBeLessThan(0.01);
    expect(max).toBeGreaterThan(100);
    expect(yRange([lineOf(0, -1)], [0, 9], LOG)).toEqual([0.1, 1]);
  });

  it('leave a spike out where they are fitted to most points, but not where a curve comes from', () => {
    const falling = Array.from({ length: 400 }, (_, i) => 2 * Math.exp(-i / 100) + 0.1);
    const spiked = falling.map((value, i) => (i === 200 ? 500 : value));
    expect(yRange([lineOf(...spiked)], [0, 400], LINEAR)[1]).toBeGreaterThan(500);
    const fitted = yRange([lineOf(...spiked)], [0, 400], { log: false, fit: true });
    expect(fitted[1]).toBeLessThan(4);
    expect(fitted[1]).toBeGreaterThan(2.1);
    expect(yRange([lineOf(...falling)], [0, 400], { log: false, fit: true })).toEqual(
      yRange([lineOf(...falling)], [0, 400], LINEAR),
    );
  });
});

describe('points out of view', () => {
  const shown = { x: [0, 9], y: [0, 10], logX: false, logY: false } as const;

  it('are counted within what is shown of the axis, and told apart', () => {
    const placed = [lineOf(5, 11, 12, -1, NaN, Infinity), lineOf(20)];
    expect(countOutOfView(placed, shown)).toEqual({ above: 3, below: 1, values: 0, places: 0, more: false });
    expect(countOutOfView(placed, { ...shown, x: [2, 9] })).toMatchObject({ above: 1, below: 1 });
    const log = { ...shown, y: [0.1, 10] as const, logX: true, logY: true };
    expect(countOutOfView([lineOf(0, -2, 0.01, 3)], log)).toEqual({
      above: 0,
      below: 1,
      values: 2,
      places: 1,
      more: false,
    });
  });

  it('are said in words, and nothing where all is seen', () => {
    const none = { above: 0, below: 0, values: 0, places: 0, more: false };
    expect(outOfViewWords(none, 'step')).toBe('');
    expect(outOfViewWords({ ...none, above: 3, below: 1 }, 'step')).toBe(
      '3 points above the view · 1 point below the view',
    );
    expect(outOfViewWords({ ...none, values: 2, places: 1, more: true }, 'epoch')).toBe(
      'at least 2 values of zero or less, which a logarithmic axis cannot show · at least 1 point at epoch zero or less, which a logarithmic axis cannot show',
    );
  });

  it('are at least so many where a line is decimated', () => {
    const { line, places } = lineOf(50, 1);
    line.total = 1000;
    expect(countOutOfView([{ line, places }], shown).more).toBe(true);
  });
});

it('maps what is shown to pixels, evenly or by magnitude, and nothing below zero by magnitude', () => {
  const linear = scaleOf(0, 10, false, 100, 300);
  expect([0, 5, 10].map((value) => pixelOf(linear, value))).toEqual([100, 200, 300]);
  const log = scaleOf(0.01, 100, true, 400, 0);
  expect([0.01, 1, 100].map((value) => Math.round(pixelOf(log, value)))).toEqual([400, 200, 0]);
  expect([0, -1, NaN].map((value) => pixelOf(log, value))).toEqual([NaN, NaN, NaN]);
});
