import { describe, expect, it } from 'vitest';
import { Queue } from '../../../server/tail/queue.ts';
import { points, range } from './points.ts';

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

  it('gives lines up to a time, or below it, but one in any case', () => {
    const queue = new Queue();
    for (const [i, time] of [10, 11, 12, 12, 13].entries()) queue.line(i + 1, time, `${i}`);
    expect(queue.take(9, Infinity, 11)).toMatchObject({ first: 1, last: 1 });
    expect(queue.take(9, 12, Infinity)).toMatchObject({ first: 2, last: 4, texts: ['1', '2', '3'] });
    expect(queue.take(9, 1, 1)).toMatchObject({ first: 5, last: 5 });
    expect(queue.empty).toBe(true);
  });

  it('gives no more lines than asked for, and no more than a frame may have characters', () => {
    const queue = new Queue();
    for (const i of range(9)) queue.line(i + 1, i, 'x'.repeat(200 * 1024));
    expect(queue.take(2, Infinity, Infinity)).toMatchObject({ first: 1, last: 2, characters: 400 * 1024 });
    expect(queue.take(9, Infinity, Infinity)).toMatchObject({ first: 3, last: 5, characters: 600 * 1024 });
  });

  it('gives lines and points in the order in which they came, never together', () => {
    const queue = new Queue();
    queue.line(1, 1, 'one');
    queue.points(2, points([1, 1]), 0);
    queue.points(4, points([1]), 0);
    queue.line(5, 1, 'five');
    queue.line(6, 1, 'six');
    const pieces = range(4).map(() => queue.take(99, Infinity, Infinity));
    expect(pieces.map(({ kind, first, last }) => [kind, first, last])).toEqual([
      ['lines', 1, 1],
      ['points', 2, 3],
      ['points', 4, 4],
      ['lines', 5, 6],
    ]);
    expect(queue.empty).toBe(true);
  });
});
