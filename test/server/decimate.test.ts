import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decimate } from '../../server/decimate.ts';
import type { PointColumns } from '../../shared/points.ts';

const points = (values: readonly number[], steps: readonly number[] = values.map((_, i) => i)) => ({
  steps: Float64Array.from(steps),
  times: Float64Array.from(steps),
  values: Float64Array.from(values),
});

describe('decimate', () => {
  it('leaves few points alone', () => {
    const few = points([1, 2, 3]);
    expect(decimate(few, 16)).toBe(few);
  });

  it('keeps a spike of one point among a million', () => {
    const values = Array.from({ length: 1_000_000 }, (_, i) => Math.sin(i / 1e5));
    values[654_321] = 50;
    const shown = decimate(points(values), 500);
    expect(shown.steps.length).toBeLessThanOrEqual(2_500);
    expect(Math.max(...shown.values)).toBe(50);
    expect(shown.steps[shown.values.indexOf(50)]).toBe(654_321);
  });

  it('keeps a lone NaN', () => {
    const values = new Array<number>(10_000).fill(1);
    values[777] = NaN;
    const shown = decimate(points(values), 100);
    expect(shown.steps[shown.values.findIndex(Number.isNaN)]).toBe(777);
  });

  it('keeps first, last, lowest and highest of every column, in order', () => {
    const value = fc.oneof(
      fc.double({ noNaN: true, noDefaultInfinity: true }).map((v) => v + 0),
      fc.constantFrom(NaN, Infinity),
    );
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 0, max: 3 }), value), { minLength: 100, maxLength: 400 }),
        (rows) => {
          const width = 10;
          let step = 0;
          const steps = rows.map(([ahead]) => (step += ahead));
          const all = points(
            rows.map(([, v]) => v),
            steps,
          );
          const shown = decimate(all, width);
          expect([...shown.steps]).toEqual([...shown.steps].sort((a, b) => a - b));
          const span = steps[steps.length - 1] - steps[0] || 1;
          const columnOf = (at: number) => Math.min(width - 1, Math.floor((at - steps[0]) * (width / span)));
          for (let column = 0; column < width; column++) {
            const finite = (of: PointColumns) =>
              [...of.values].filter((v, i) => columnOf(of.steps[i]) === column && Number.isFinite(v));
            expect(Math.max(...finite(shown))).toBe(Math.max(...finite(all)));
            expect(Math.min(...finite(shown))).toBe(Math.min(...finite(all)));
          }
          expect(shown.values[0]).toBe(all.values[0]);
          expect(shown.values.at(-1)).toBe(all.values.at(-1));
        },
      ),
    );
  });
});
