import { describe, expect, it } from 'vitest';
import { judge } from '../../../scripts/bench/soak/verdict.ts';

const MIB = 2 ** 20;
/** 20 minutes, a row each; memory in MiB by the minute. */
const rows = (memory: (minute: number) => number) =>
  Array.from({ length: 20 }, (_, i) => ({ minutes: i + 1, memory: memory(i + 1) * MIB }));

describe('the verdict of a soak', () => {
  it('is flat where memory goes up and down', () => {
    expect(judge(rows((minute) => 300 + (minute % 3)))).toMatchObject({ flat: true });
  });

  it('passes over the growth of the first five minutes', () => {
    expect(judge(rows((minute) => 300 + 50 * Math.min(minute, 5)))).toMatchObject({ flat: true });
  });

  it('is not flat where memory grows by more than a tenth an hour', () => {
    const { flat, words } = judge(rows((minute) => 300 + minute));
    expect(flat).toBe(false);
    expect(words).toContain('not flat, 60 MiB an hour (60 to 60)');
  });

  it('is not flat where it swings too much to tell', () => {
    const { flat, words } = judge(rows((minute) => 300 + 100 * (minute % 2)));
    expect(flat).toBe(false);
    expect(words).toContain('not sure');
  });

  it('says so where there are too few rows', () => {
    expect(judge([])).toMatchObject({ flat: false });
  });
});
