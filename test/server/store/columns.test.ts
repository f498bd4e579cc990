import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Columns } from '../../../server/store/columns.ts';

const append = (columns: Columns, steps: number[]) =>
  columns.append(
    Float64Array.from(steps),
    Float64Array.from(steps),
    Float64Array.from(steps, (step) => step * 10),
  );

describe('Columns', () => {
  it('grows beyond its first capacity', () => {
    const columns = new Columns();
    for (let i = 0; i < 1_000; i++) append(columns, [i]);
    expect(columns.length).toBe(1_000);
    expect(columns.read(998).values).toEqual(Float64Array.of(9_980, 9_990));
  });

  it('puts late points where they belong, and says so', () => {
    const columns = new Columns();
    append(columns, [1, 2, 5]);
    expect(columns.rewrites).toBe(0);
    append(columns, [3]);
    expect(columns.rewrites).toBe(1);
    expect([...columns.read().steps]).toEqual([1, 2, 3, 5]);
    expect([...columns.read().values]).toEqual([10, 20, 30, 50]);
  });

  it('is sorted by step, whatever order points come in', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 30 }), { maxLength: 200 }), (steps) => {
        const columns = new Columns();
        append(columns, steps);
        expect([...columns.read().steps]).toEqual([...steps].sort((a, b) => a - b));
      }),
    );
  });
});
