import { describe, expect, it } from 'vitest';
import type { Points } from '../../../server/detector.ts';
import { courseOf, EMPTY_TREND, go, rateOf, type Trend } from '../../../server/pipeline/trend.ts';

function pointsOf(values: readonly number[], from = 0): Points {
  const steps = Float64Array.from(values, (_, i) => from + i);
  const none = new Float64Array(values.length);
  return {
    binding: null as never,
    steps,
    times: steps.map((step) => 1000 + step / 10),
    values: Float64Array.from(values),
    epochs: none,
    rates: none,
  };
}

const ramp = (count: number) => Array.from({ length: count }, (_, i) => i);

describe('a trend', () => {
  it('holds every point up to 63, and then means of as many points each', () => {
    expect(courseOf(go(EMPTY_TREND, pointsOf(ramp(63))))).toEqual(ramp(63));
    const { stride, values } = go(EMPTY_TREND, pointsOf(ramp(1000)));
    expect(stride).toBe(16);
    expect(values[3]).toBe(3 * 16 + 7.5);
  });

  it('is the same however the points come', () => {
    const whole = go(EMPTY_TREND, pointsOf(ramp(777)));
    let parts: Trend = EMPTY_TREND;
    for (let at = 0; at < 777; at += 37) parts = go(parts, pointsOf(ramp(777).slice(at, at + 37), at));
    expect(parts).toEqual(whole);
  });

  it('never grows, and changes nothing it was given', () => {
    const before = go(EMPTY_TREND, pointsOf(ramp(100)));
    const copy = structuredClone(before);
    const after = go(before, pointsOf(ramp(1_000_000), 100));
    expect(before).toEqual(copy);
    expect(after.values.length).toBeLessThanOrEqual(64);
    expect(after.steps.length).toBeLessThanOrEqual(65);
  });

  it('has a gap where a value was not finite', () => {
    const values = courseOf(go(EMPTY_TREND, pointsOf([1, Infinity, NaN, 2])));
    expect(values).toEqual([1, NaN, NaN, 2]);
  });

  it('knows the pace of its latest quarter', () => {
    expect(rateOf(EMPTY_TREND)).toBeNull();
    expect(rateOf(go(EMPTY_TREND, pointsOf([1])))).toBeNull();
    expect(rateOf(go(EMPTY_TREND, pointsOf(ramp(5000))))).toBeCloseTo(10, 6);
  });
});
