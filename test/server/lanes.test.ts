import { describe, expect, it } from 'vitest';
import { Lanes } from '../../server/lanes.ts';
import { randomFrom } from '../support/random.ts';

interface Item {
  readonly lane: string;
  readonly number: number;
  readonly size: number;
}

const lanesOf = (...items: readonly Item[]) => {
  const lanes = new Lanes<Item>({ lane: ({ lane }) => lane, size: ({ size }) => size });
  for (const item of items) lanes.add(item);
  return lanes;
};
const many = (lane: string, count: number, size: number): Item[] =>
  Array.from({ length: count }, (_, number) => ({ lane, number, size }));
const names = (items: readonly Item[]) => items.map(({ lane, number }) => `${lane}${number}`).join(' ');

describe('lanes', () => {
  it('give nothing when they are empty, or there is no room', () => {
    expect(lanesOf().take(10)).toEqual([]);
    const lanes = lanesOf(...many('a', 1, 1));
    expect(lanes.take(0)).toEqual([]);
    expect(names(lanes.take(1))).toBe('a0');
    expect(lanes.take(1)).toEqual([]);
  });

  it('let a quiet one go whole, and the busy ones share what it leaves', () => {
    const lanes = lanesOf(...many('a', 20, 1), ...many('b', 20, 1), ...many('quiet', 2, 1));
    expect(names(lanes.take(8))).toBe('quiet0 quiet1 a0 a1 a2 b0 b1 b2');
    expect(names(lanes.take(4))).toBe('a3 a4 b3 b4');
  });

  it('give a large item its turn, alone in its share', () => {
    const lanes = lanesOf(...many('a', 2, 100), ...many('b', 3, 1));
    expect(names(lanes.take(10))).toBe('b0 b1 b2 a0');
    expect(names(lanes.take(10))).toBe('a1');
  });

  it('begin with whoever found no room', () => {
    const busy = Array.from({ length: 10 }, (_, i) => many(String.fromCharCode(97 + i), 3, 10)).flat();
    const lanes = lanesOf(...busy);
    expect(names(lanes.take(40))).toBe('a0 b0 c0 d0');
    expect(names(lanes.take(40))).toBe('e0 f0 g0 h0');
    expect(names(lanes.take(40))).toBe('i0 j0 a1 b1');
  });

  it('take longer pieces of fewer, where many are busy', () => {
    const busy = Array.from({ length: 100 }, (_, i) => many(`lane ${i} item `, 20, 1)).flat();
    const lanes = lanesOf(...busy);
    const group = lanes.take(64 * 4).map(({ lane }) => lane);
    expect(new Set(group).size).toBe(32);
  });

  it('keep every item and the order of each lane, and let nobody wait for ever', () => {
    const random = randomFrom(4);
    const lanes = lanesOf();
    const taken = new Map<string, number[]>();
    const added = new Map<string, number>();
    /** Groups since anything of a lane that waits was taken. */
    const waits = new Map<string, number>();
    for (let round = 0; round < 3000; round++) {
      for (let i = 0; i < 12 && round < 1800; i++) {
        const lane = `lane ${Math.floor(random() ** 2 * 30)}`;
        const number = added.get(lane) ?? 0;
        lanes.add({ lane, number, size: 1 + Math.floor(random() * 9) });
        added.set(lane, number + 1);
        if (!waits.has(lane)) waits.set(lane, 0);
      }
      const group = lanes.take(40);
      for (const [lane, groups] of waits) waits.set(lane, groups + 1);
      for (const { lane, number } of group) {
        taken.set(lane, [...(taken.get(lane) ?? []), number]);
        if (taken.get(lane)!.length === added.get(lane)) waits.delete(lane);
        else waits.set(lane, 0);
      }
      expect(Math.max(0, ...waits.values())).toBeLessThan(30);
    }
    expect(waits.size).toBe(0);
    for (const [lane, numbers] of taken)
      expect(numbers).toEqual(Array.from({ length: added.get(lane)! }, (_, i) => i));
  });
});
