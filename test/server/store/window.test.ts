import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PointColumns } from '../../../shared/points.ts';
import { sortedBySteps } from '../../../server/store/attempt.ts';
import type { ChunkPlace } from '../../../server/store/block.ts';
import { nodesOf } from '../../../server/store/nodes.ts';
import { indexOf } from '../../../server/store/series-index.ts';
import { readWindow, type Wish } from '../../../server/store/window.ts';
import { expectWindow } from '../../support/windows.ts';

interface Point {
  readonly step: number;
  readonly value: number;
}

const columnsOf = (points: readonly Point[]): PointColumns =>
  sortedBySteps({
    steps: Float64Array.from(points, ({ step }) => step),
    times: Float64Array.from(points, ({ step }) => 1_790_000_000 + step / 8),
    values: Float64Array.from(points, ({ value }) => value),
  });

/** Reads a window of points of which the first `sealed` are in chunks of `chunk`, and the rest in two parts of a tail. */
async function windowOf(points: readonly Point[], sealed: number, chunk: number, wish: Wish) {
  const kept = columnsOf(points.slice(0, sealed));
  const cut = ({ steps, times, values }: PointColumns, from: number, to: number) => ({
    steps: steps.slice(from, to),
    times: times.slice(from, to),
    values: values.slice(from, to),
  });
  const pieces = Array.from({ length: Math.ceil(sealed / chunk) }, (_, i) =>
    cut(kept, i * chunk, (i + 1) * chunk),
  );
  const places = pieces.map((piece): ChunkPlace => ({
    offset: 0,
    length: 0,
    count: piece.steps.length,
    nodes: nodesOf(piece),
    times: 'rising',
    bytes: null,
  }));
  const rest = points.slice(sealed);
  const tail = [rest.slice(0, rest.length >> 1), rest.slice(rest.length >> 1)].map(columnsOf);
  let read = 0;
  const window = await readWindow(
    indexOf(places),
    tail,
    async function* (wanted) {
      for (const which of wanted) {
        read++;
        yield await Promise.resolve({ chunk: which, points: pieces[which] });
      }
    },
    wish,
  );
  return { window, read };
}

const value = fc.oneof(
  { weight: 20, arbitrary: fc.integer({ min: -1000, max: 1000 }).map(Number) },
  { weight: 1, arbitrary: fc.constantFrom(NaN, Infinity, -Infinity, 1e30, -1e30) },
);
/** Runs of points whose steps go on by strides of their own: dense here, sparse there. */
const series = fc
  .array(fc.tuple(fc.integer({ min: 1, max: 50 }), fc.array(value, { minLength: 1, maxLength: 900 })), {
    minLength: 1,
    maxLength: 8,
  })
  .map((runs) => {
    let step = 0;
    return runs.flatMap(([stride, values]) =>
      values.map((each): Point => ({ step: (step += stride), value: each })),
    );
  });

describe('a window', () => {
  it('shows what all its points show, sealed or not, on either axis', async () => {
    await fc.assert(
      fc.asyncProperty(
        series,
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.integer({ min: 100, max: 1500 }),
        fc.integer({ min: 1, max: 60 }),
        fc.constantFrom<Wish['axis']>('step', 'time'),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        async (points, share, chunk, width, axis, a, b) => {
          const last = points.at(-1)!.step;
          const [low, high] = a < b ? [a, b] : [b, a];
          const place = (part: number) => (axis === 'step' ? part * last : 1_790_000_000 + (part * last) / 8);
          const wish = {
            axis,
            width,
            from: low < 0.1 ? -Infinity : place(low),
            to: high > 0.9 ? Infinity : place(high),
          };
          const { window } = await windowOf(points, Math.floor(share * points.length), chunk, wish);
          expectWindow(columnsOf(points), window, wish);
        },
      ),
      { numRuns: 60 },
    );
  }, 60_000);

  it('shows late points among those that are sealed', async () => {
    const points = Array.from({ length: 4_000 }, (_, i): Point => ({ step: 2 * i, value: Math.sin(i) }));
    const late = [101, 3_001, 7_001].map((step, i): Point => ({ step, value: 100 * (i + 1) }));
    const wish = { axis: 'step', from: -Infinity, to: Infinity, width: 50 } as const;
    const all = [...points, ...late];
    const { window } = await windowOf(all, 4_000, 1024, wish);
    expectWindow(columnsOf(all), window, wish);
    for (const { step } of late) expect([...window.steps]).toContain(step);
  });

  it('of many points is made of nodes alone, but for its ends', async () => {
    const points = Array.from({ length: 200_000 }, (_, i): Point => ({ step: i, value: i % 1013 }));
    const whole = { axis: 'step', from: -Infinity, to: Infinity, width: 40 } as const;
    expect((await windowOf(points, 200_000, 1024, whole)).read).toBe(0);
    const part = { ...whole, from: 1_500, to: 180_500 };
    expect((await windowOf(points, 200_000, 1024, part)).read).toBe(2);
  });

  it('by time costs what one by step costs, where times rise', async () => {
    const points = Array.from({ length: 200_000 }, (_, i): Point => ({ step: i, value: i % 1013 }));
    const whole = { axis: 'time', from: -Infinity, to: Infinity, width: 40 } as const;
    expect((await windowOf(points, 200_000, 1024, whole)).read).toBe(0);
    const [from, to] = [1_500, 180_500].map((step) => columnsOf([{ step, value: 0 }]).times[0]);
    expect((await windowOf(points, 200_000, 1024, { ...whole, from, to })).read).toBe(2);
  });

  it('of nothing is empty', async () => {
    const wish = { axis: 'step', from: 10, to: 20, width: 10 } as const;
    expect((await windowOf([], 0, 1024, wish)).window.total).toBe(0);
    expect((await windowOf([{ step: 1, value: 1 }], 1, 1024, wish)).window.total).toBe(0);
  });
});
