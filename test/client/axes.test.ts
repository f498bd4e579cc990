import type uPlot from 'uplot';
import { describe, expect, it } from 'vitest';
import { axes } from '../../client/chart/axes.ts';

type Called<Result> = (plot: null, ...rest: unknown[]) => Result;
const [below, left] = axes({ axis: 'step', logX: false, logY: false }, () => '');
const labelsOf = (axis: uPlot.Axis, splits: number[], distance: number) =>
  (axis.values as unknown as Called<string[]>)(null, splits, 0, 0, distance);
const sizeOf = (labels: string[]) => (left.size as unknown as Called<number>)(null, labels);
const spaceOf = (min: number, max: number) => (below.space as unknown as Called<number>)(null, 0, min, max);

describe('a chart’s axes', () => {
  it('spell places that are near each other so that they differ', () => {
    expect(labelsOf(left, [2.345, 2.3451, 2.3452], 0.0001)).toEqual(['2.345', '2.3451', '2.3452']);
    expect(labelsOf(below, [5_123_450, 5_123_500], 50)).toEqual(['5,123,450', '5,123,500']);
  });

  it('spell a power of ten by itself where they are logarithmic', () => {
    const [, log] = axes({ axis: 'step', logX: false, logY: true }, () => '');
    expect(labelsOf(log, [1e-6, 0.1, 100], 0.1)).toEqual(['1.00e−6', '0.1', '100']);
  });

  it('give long labels the room they need, and all others the same', () => {
    expect(sizeOf(['0.5', '1'])).toBe(sizeOf(['0.00065']));
    expect(sizeOf(['0.000625'])).toBeGreaterThan(sizeOf(['0.00065']));
    // A digit of the font is 7 pixels wide at the most.
    for (const label of ['0.000625', '123,456.5', '−1.00025e6'])
      expect(sizeOf([label]) - 8).toBeGreaterThanOrEqual(7 * label.length - 4);
    expect(spaceOf(5e6, 5e6 + 1000)).toBeGreaterThan(7 * '5,000,000'.length);
  });
});
