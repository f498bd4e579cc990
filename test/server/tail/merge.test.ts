import { describe, expect, it } from 'vitest';
import { merge, type Voice } from '../../../server/tail/merge.ts';
import { Queue } from '../../../server/tail/queue.ts';
import { points, range } from './points.ts';

/** A file with lines at some times (NaN: it does not say), or with that many points. */
function voice(
  name: string,
  times: readonly number[],
  { have = 0, hungry = false }: Partial<Pick<Voice, 'have' | 'hungry'>> = {},
) {
  const queue = new Queue();
  for (const [i, time] of times.entries()) queue.line(i + 1, time, `${name}${time}`);
  return of(queue, have, hungry);
}

function of(queue: Queue, have: number | null = 0, hungry = false): Voice {
  return {
    have,
    hungry,
    get time() {
      return Number.isNaN(queue.time) ? -Infinity : queue.time;
    },
    get empty() {
      return queue.empty;
    },
    speaks: () => !queue.empty,
    take: (most, upto, below) => queue.take(most, upto, below),
  };
}

const texts = (voices: readonly Voice[]) =>
  merge(voices).pieces.map(({ piece }) => (piece.kind === 'lines' ? piece.texts.join(' ') : piece.kind));

describe('lines of several files', () => {
  it('go in the order of their times, the first file’s first', () => {
    expect(texts([voice('a', [1, 2, 5, 6, 9]), voice('b', [2, 3, 6, 7]), voice('c', [6, 8])])).toEqual([
      'a1 a2',
      'b2 b3',
      'a5 a6',
      'b6',
      'c6',
      'b7',
      'c8',
      'a9',
    ]);
  });

  it('go first where they have no time', () => {
    expect(texts([voice('a', [1, 2]), voice('b', [NaN, 2])])).toEqual(['bNaN', 'a1 a2', 'b2']);
  });

  it('stay where the server was not asked what it has of the file, and hold up no other', () => {
    expect(texts([voice('a', [1], { have: null }), voice('b', [2, 3])])).toEqual(['b2 b3']);
  });

  it('end where the next line of a file is still to be read', () => {
    expect(texts([voice('a', [1, 2], { hungry: true }), voice('b', [5])])).toEqual(['a1 a2']);
  });

  it('go as points where they were read so, in order with the others', () => {
    const queue = new Queue();
    queue.points(1, points([1, 2, 4, 5]), 0);
    const { pieces, bytes } = merge([of(queue), voice('b', [3])]);
    expect(pieces.map(({ piece: { kind, first, last } }) => [kind, first, last])).toEqual([
      ['points', 1, 2],
      ['lines', 1, 1],
      ['points', 3, 4],
    ]);
    expect(bytes).toBe(4 * 24 + 2);
  });

  it('are no more than a frame may have, and go on with the next', () => {
    const queue = new Queue();
    queue.points(1, points(range(10_000)), 0);
    const voices = [of(queue)];
    expect(merge(voices).pieces.map(({ piece: { first, last } }) => [first, last])).toEqual([[1, 8192]]);
    expect(merge(voices).pieces.map(({ piece: { first, last } }) => [first, last])).toEqual([[8193, 10_000]]);
    expect(merge(voices).pieces).toEqual([]);
  });
});
