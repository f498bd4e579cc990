import { describe, expect, it } from 'vitest';
import type { PointsEntry } from '../../../server/tail/entry.ts';
import { packPoints, partsOf, seriesIn } from '../../../server/tail/pack-points.ts';
import { Queue } from '../../../server/tail/queue.ts';
import { decodeLogFrame } from '../../../shared/log-frame.ts';

/** Points of two series in turn. */
function points(times: readonly number[], steps = times.map((_, i) => i)): PointsEntry {
  return {
    kind: 'points',
    names: ['a', 'b'],
    series: Uint32Array.from(times, (_, i) => i % 2),
    steps: Float64Array.from(steps),
    times: Float64Array.from(times),
    values: Float64Array.from(times, (_, i) => i / 2),
  };
}

const range = (count: number) => Array.from({ length: count }, (_, i) => i);

describe('the queue of a file', () => {
  it('gives points up to a time, or below it, but one in any case', () => {
    const queue = new Queue();
    queue.points(1, points([10, 11, 12, 12, 13]), 0);
    expect(queue.take(9, 12, Infinity)).toMatchObject({ first: 1, last: 4, from: 0, to: 4 });
    expect(queue.take(9, 1, 1)).toMatchObject({ first: 5, last: 5 });
    expect(queue.empty).toBe(true);
    queue.points(6, points([10, 11, 12]), 0);
    expect(queue.take(9, Infinity, 11)).toMatchObject({ first: 6, last: 6 });
    expect(queue.take(1, Infinity, Infinity)).toMatchObject({ first: 7, last: 7 });
    expect(queue.time).toBe(12);
  });

  it('gives what has no time with what is before it', () => {
    const queue = new Queue();
    queue.points(1, points([10, NaN, NaN, 11]), 0);
    expect(queue.take(9, 10, Infinity)).toMatchObject({ first: 1, last: 3 });
    queue.clear();
    for (const [i, time] of [10, NaN, 11].entries()) queue.line(i + 1, time, 'x');
    expect(queue.take(9, 10, Infinity)).toMatchObject({ first: 1, last: 2, texts: ['x', 'x'] });
  });

  it('drops what has a number that the server has, over lines and points', () => {
    const queue = new Queue();
    queue.line(1, 1, 'one');
    queue.points(2, points([2, 3, 4]), 0);
    queue.points(5, points([5, 6, 7]), 1);
    queue.skip(3);
    expect(queue.take(9, Infinity, Infinity)).toMatchObject({ first: 4, last: 4, from: 2, to: 3 });
    queue.skip(5);
    expect(queue.take(9, Infinity, Infinity)).toMatchObject({ first: 6, last: 6, from: 2, to: 3 });
    expect(queue.empty).toBe(true);
  });
});

describe('points on the wire', () => {
  const piece = (given: PointsEntry) =>
    ({
      kind: 'points',
      first: 1,
      last: given.steps.length,
      points: given,
      from: 0,
      to: given.steps.length,
    }) as const;
  const times = range(200).map((i) => 1e9 + i);

  it('go as one frame where they are many, with the number of the first', () => {
    const given = points(times);
    const [part] = partsOf(piece(given));
    expect(part).toEqual({ from: 0, to: 200, packed: true });
    const frame = decodeLogFrame(
      packPoints(given, part, 7, seriesIn(given, part), (name) => 'ba'.indexOf(name)),
      2,
    );
    if (!frame.ok) throw new Error(JSON.stringify(frame.fault));
    expect(frame.frame).toMatchObject({ seq: 7, numbered: true });
    expect(
      frame.frame.columns.map(({ id, values }) => [id, values[3], values instanceof Float32Array]),
    ).toEqual([
      [1, 3, true],
      [0, 3.5, true],
    ]);
  });

  it('go as text where they are few, and around what no frame can carry', () => {
    expect(partsOf(piece(points(times.slice(0, 20))))).toEqual([{ from: 0, to: 20, packed: false }]);
    const odd = points([...times.slice(0, 100), NaN, ...times.slice(101)]);
    expect(partsOf(piece(odd))).toEqual([
      { from: 0, to: 100, packed: true },
      { from: 100, to: 101, packed: false },
      { from: 101, to: 200, packed: true },
    ]);
  });

  it('begin a new frame where steps go back', () => {
    const given = points(times, [...range(100), ...range(100)]);
    expect(partsOf(piece(given)).map(({ from, to }) => [from, to])).toEqual([
      [0, 100],
      [100, 200],
    ]);
  });
});
