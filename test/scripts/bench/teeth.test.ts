import { describe, expect, it } from 'vitest';
import { teeth } from '../../../scripts/bench/page/memory.ts';
import { judge } from '../../../scripts/bench/soak/verdict.ts';

const MIB = 2 ** 20;
const TOOTH = 3.5;
/** 30 minutes, a sample each sixth of one: a saw of 20 MiB on 40, and `growth` MiB an hour. */
const saw = (growth: number) =>
  Array.from({ length: 180 }, (_, i) => {
    const minutes = (i + 1) / 6;
    return { minutes, memory: (40 + 20 * ((minutes / TOOTH) % 1) + (growth * minutes) / 60) * MIB };
  });

describe('the memory of the page', () => {
  it('is flat where it goes up and down by half of itself and comes back', () => {
    expect(judge(teeth(saw(0), TOOTH)).flat).toBe(true);
  });

  it('is not flat where it grows below the teeth', () => {
    const { flat, slope } = judge(teeth(saw(10), TOOTH));
    expect(flat).toBe(false);
    expect(slope / MIB).toBeCloseTo(10, 0);
  });

  it('has a mean for each tooth that is whole, and none for the rest', () => {
    const means = teeth(saw(0), TOOTH);
    expect(means.map(({ minutes }) => minutes)).toEqual([
      1.75, 5.25, 8.75, 12.25, 15.75, 19.25, 22.75, 26.25,
    ]);
    expect(teeth([], TOOTH)).toEqual([]);
  });
});
