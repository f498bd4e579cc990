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

  it('keeps those of one step in the order in which they came, in blocks of any length', () => {
    const step = fc.integer({ min: 0, max: 12 });
    const appends = fc.array(fc.array(step, { maxLength: 20 }), { maxLength: 20 });
    fc.assert(
      fc.property(appends, fc.integer({ min: 2, max: 9 }), fc.nat(200), (all, most, from) => {
        const columns = new Columns(most);
        let order = 0;
        const points = all.map((steps) => steps.map((each) => ({ step: each, value: order++ })));
        for (const some of points) {
          const steps = Float64Array.from(some, (point) => point.step);
          columns.append(
            steps,
            steps,
            Float64Array.from(some, ({ value }) => value),
          );
        }
        const sorted = points.flat().sort((a, b) => a.step - b.step || a.value - b.value);
        expect(columns.length).toBe(sorted.length);
        const rest = columns.read(from);
        expect([...rest.steps]).toEqual(sorted.slice(from).map((point) => point.step));
        expect([...rest.times]).toEqual([...rest.steps]);
        expect([...rest.values]).toEqual(sorted.slice(from).map(({ value }) => value));
        expect(columns.parts(from).every(({ steps }) => steps.length <= most)).toBe(true);
      }),
    );
  });

  it('does not change what a view of it shows when more comes behind', () => {
    const columns = new Columns(4);
    append(columns, [1, 2, 3]);
    const [before] = columns.parts();
    append(columns, [4, 5, 6, 7, 8, 9]);
    expect([...before.steps]).toEqual([1, 2, 3]);
  });

  it('keeps arrays that nobody changes, and changes none of them itself', () => {
    const few = fc.array(fc.integer({ min: 0, max: 300 }), { maxLength: 80 });
    fc.assert(
      fc.property(
        fc.array(fc.tuple(few, fc.boolean()), { maxLength: 12 }),
        fc.integer({ min: 2, max: 70 }),
        (all, most) => {
          const [kept, copied] = [new Columns(most), new Columns(most)];
          const given = all.map(([steps, sorted]) => ({
            steps: Float64Array.from(sorted ? steps.sort((a, b) => a - b) : steps),
            ascending: sorted,
          }));
          const before = given.map(({ steps }) => steps.slice());
          for (const { steps, ascending } of given) {
            kept.append(steps, steps, steps, { ascending, lasting: true });
            copied.append(steps, steps, steps);
          }
          expect(kept.read()).toEqual(copied.read());
          expect(kept.rewrites).toBe(copied.rewrites);
          expect(given.map(({ steps }) => steps)).toEqual(before);
        },
      ),
    );
  });
});
