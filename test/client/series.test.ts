import { describe, expect, it } from 'vitest';
import { Line } from '../../client/series.ts';

function lineOf(steps: number[], values: number[]): Line {
  const line = new Line('loss', 0, 0);
  line.append(columns(steps, values));
  return line;
}

function columns(steps: number[], values: number[]): Parameters<Line['append']>[0] {
  const floats = Float64Array.from(steps);
  return { steps: floats, times: floats, values: Float64Array.from(values) };
}

describe('Line', () => {
  it('keeps every point while it outgrows its columns', () => {
    const line = new Line('loss', 0, 0);
    for (let step = 0; step < 1000; step++) line.append(columns([step], [step / 2]));
    expect(line.length).toBe(1000);
    expect([...line.steps.subarray(0, 1000)]).toEqual(Array.from({ length: 1000 }, (_, i) => i));
    expect(line.values[999]).toBe(499.5);
  });

  it('keeps non-finite values out of its extent and names where they are', () => {
    const line = lineOf([0, 1, 2, 3], [3, NaN, Infinity, -2]);
    expect(line.nonFinite).toEqual([1, 2]);
    expect(line.extent(-Infinity, Infinity)).toEqual([-2, 3]);
  });

  it('has the extent of the steps that are shown', () => {
    const line = lineOf([0, 10, 20, 30], [9, 1, 2, -5]);
    expect(line.extent(5, 25)).toEqual([1, 2]);
    expect(line.extent(11, 19)).toBeNull();
  });

  it('finds the nearest point, the newest of those at one step, and none in an empty line', () => {
    const line = lineOf([0, 10, 10, 20], [1, 2, 3, 4]);
    expect([-5, 4, 6, 10, 16, 99].map((step) => line.nearest(step))).toEqual([0, 0, 2, 2, 3, 3]);
    expect(new Line('loss', 0, 0).nearest(5)).toBe(-1);
  });

  it('forgets everything when it is replaced', () => {
    const line = lineOf([0, 1], [NaN, 100]);
    line.clear();
    line.append(columns([7], [1]));
    expect([line.length, line.nonFinite.length, line.max, line.latest]).toEqual([1, 0, 1, 7]);
  });
});
