import type { Points } from '../detector.ts';

/**
 * The course of a series in at most 64 values, each the mean of as many points as every other: when there are 64,
 * each two become one. It follows the order of points, never the borders of tables. Plain data, never mutated.
 */
export interface Trend {
  /** Points that each value is the mean of. */
  readonly stride: number;
  readonly values: readonly number[];
  /** Step and trainer's time of the first point of each value. */
  readonly steps: readonly number[];
  readonly times: readonly number[];
  /** The points since: fewer than `stride`. */
  readonly sum: number;
  readonly count: number;
  readonly last: { readonly step: number; readonly time: number };
}

const MOST = 64;

export const EMPTY_TREND: Trend = {
  stride: 1,
  values: [],
  steps: [],
  times: [],
  sum: 0,
  count: 0,
  last: { step: 0, time: 0 },
};

/** Goes on with points; one that is not finite makes the mean it belongs to NaN. */
export function go(before: Trend, { steps: at, times: when, values: added }: Points): Trend {
  let { stride, sum, count } = before;
  // Copied when they change, which most points of a long run do not.
  let [values, steps, times] = [before.values, before.steps, before.times];
  for (let i = 0; i < added.length;) {
    if (count === 0) {
      steps = [...steps, at[i]];
      times = [...times, when[i]];
    }
    const to = Math.min(added.length, i + stride - count);
    sum = addUp(sum, added, i, to);
    count += to - i;
    i = to;
    if (count < stride) continue;
    values = [...values, sum / count];
    sum = 0;
    count = 0;
    if (values.length < MOST) continue;
    const kept = (_: number, index: number) => index % 2 === 0;
    const all = values;
    values = all.filter(kept).map((value, pair) => (value + all[2 * pair + 1]) / 2);
    [steps, times] = [steps.filter(kept), times.filter(kept)];
    stride *= 2;
  }
  const end = added.length - 1;
  return { stride, values, steps, times, sum, count, last: { step: at[end], time: when[end] } };
}

function addUp(before: number, values: Float64Array, from: number, to: number): number {
  let sum = before;
  for (let i = from; i < to; i++) {
    const value = values[i];
    // Infinities would cancel out.
    sum += value - value === 0 ? value : NaN;
  }
  return sum;
}

/** The values, with the mean of what has come since the last. */
export function courseOf({ values, sum, count }: Trend): number[] {
  return count > 0 ? [...values, sum / count] : [...values];
}

/** Steps in a second over the latest quarter; null when no time has passed, or steps went back. */
export function rateOf({ steps, times, last }: Trend): number | null {
  if (steps.length === 0) return null;
  const from = Math.floor(0.75 * (steps.length - 1));
  const [taken, passed] = [last.step - steps[from], last.time - times[from]];
  return taken > 0 && passed > 0 ? taken / passed : null;
}
