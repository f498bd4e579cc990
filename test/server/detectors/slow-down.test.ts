import { describe, expect, test } from 'vitest';
import { slowDown } from '../../../server/detectors/slow-down.ts';
import { expectMarbles, rowsOf } from './marbles.ts';
import { random } from './streams.ts';
import { lives, told } from './told.ts';

/** Step times in seconds, with a slow one now and then. */
function times(length: number, usual = 0.1, seed = 1): number[] {
  const next = random(seed);
  return Array.from({ length }, (_, i) => usual * (1 + 0.3 * next()) * (i % 23 === 22 ? 10 : 1));
}

describe('slow-down', () => {
  test('speaks in the frame in which steps have stayed slower, and resolves when they are fast again', () => {
    const rows = {
      a: rowsOf('step_time', times(60)),
      b: rowsOf('step_time', times(5, 0.4)),
      c: rowsOf('step_time', times(20, 0.1)),
    };
    expectMarbles(slowDown(), 'a-b-b-c|', rows, 'n-o-n-r|');
  });

  test('says since when and how many times', async () => {
    const { findings, last } = await told(slowDown(), { step_time: [...times(100), ...times(100, 0.4)] });
    expect(lives(findings)).toEqual(['open@104 from 100 warning']);
    expect(findings[0].title).toMatch(
      /^step_time is \d(\.\d+)? times as long since step 100: 0\.\d+ against/,
    );
    expect(last.verdict).toMatch(/^Steps take \d(\.\d+)? times as long since step 100/);
  });

  test('only remarks on steps that are half as long again', async () => {
    const { findings } = await told(slowDown(), { step_time: [...times(100), ...times(100, 0.17)] });
    expect(findings.map(({ severity }) => severity)).toEqual(['info']);
  });

  test('is silent on slow steps now and then, a slow start, and steps that become faster', async () => {
    for (const seed of [1, 2, 3]) {
      const slowly = [20, 5, 3, 1, ...times(3000, 0.1, seed)];
      expect((await told(slowDown(), { step_time: slowly })).findings).toEqual([]);
      const faster = [...times(100, 0.4, seed), ...times(500, 0.1, seed)];
      expect((await told(slowDown(), { step_time: faster })).findings).toEqual([]);
    }
  });
});
