import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Ranges } from '../../../server/store/ranges.ts';

describe('Ranges', () => {
  it('is empty at first', () => {
    const ranges = new Ranges(10);
    expect(ranges.last).toBe(0);
    expect(ranges.has(1)).toBe(false);
    expect(ranges.missing()).toEqual([]);
  });

  it('tells the holes, and forgets one when it is filled', () => {
    const ranges = new Ranges(10);
    ranges.add(1, 3);
    ranges.add(7, 9);
    expect(ranges.missing()).toEqual([[4, 6]]);
    ranges.add(5, 5);
    expect(ranges.missing()).toEqual([
      [4, 4],
      [6, 6],
    ]);
    ranges.add(4, 6);
    expect(ranges.missing()).toEqual([]);
    expect(ranges.last).toBe(9);
  });

  it('counts a stream that begins late as missing its beginning', () => {
    const ranges = new Ranges(10);
    ranges.add(5, 6);
    expect(ranges.missing()).toEqual([[1, 4]]);
    expect(ranges.missingCount()).toBe(4);
  });

  it('gives up the oldest hole when there are too many', () => {
    const ranges = new Ranges(2);
    for (const seq of [2, 4, 6, 8]) ranges.add(seq, seq);
    expect(ranges.missing().length).toBeLessThanOrEqual(3);
    expect(ranges.has(3)).toBe(true);
    expect(ranges.has(7)).toBe(false);
    expect(ranges.last).toBe(8);
  });

  it('agrees with a plain set', () => {
    const interval = fc.tuple(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 0, max: 8 }));
    fc.assert(
      fc.property(fc.array(interval, { maxLength: 40 }), (intervals) => {
        const ranges = new Ranges(1_000);
        const set = new Set<number>();
        for (const [from, more] of intervals) {
          ranges.add(from, from + more);
          for (let seq = from; seq <= from + more; seq++) set.add(seq);
        }
        const last = Math.max(0, ...set);
        expect(ranges.last).toBe(last);
        for (let seq = 1; seq <= last + 2; seq++) expect(ranges.has(seq)).toBe(set.has(seq));
        expect(ranges.missingCount()).toBe(last - set.size);
      }),
    );
  });
});
