import { describe, expect, test } from 'vitest';
import { overfitCheck } from '../../../server/detectors/overfit-check.ts';
import { expectMarbles, rowsOf } from './marbles.ts';
import { healthy } from './streams.ts';
import { lives, told } from './told.ts';

const check = { overfitSamples: 8 };
/** A loss that falls to nothing. */
const learns = Array.from({ length: 200 }, (_, i) => 2 * Math.exp(-i / 10));

describe('overfit-check', () => {
  test('speaks in the frame in which the loss is about zero', () => {
    const rows = { a: rowsOf('loss', learns.slice(0, 30)), b: rowsOf('loss', learns.slice(30, 40)) };
    expectMarbles(overfitCheck(), 'a-b-b|', rows, 'n-o-n|', check);
  });

  test('remarks that the code can learn', async () => {
    const { findings, last } = await told(overfitCheck(), { loss: learns }, check);
    expect(lives(findings)).toEqual(['open@32 from 0 info']);
    expect(last.verdict).toBe('Can overfit 8 samples: the code can learn');
  });

  test('warns after the budget, and takes it back when the loss gets there after all', async () => {
    const stuck = Array<number>(600).fill(1.5);
    const { findings } = await told(overfitCheck(), { loss: [2, ...stuck, ...learns] }, check);
    expect(lives(findings)).toEqual([
      'open@499 from 0 warning',
      'resolved@633 from 0 warning',
      'open@633 from 0 info',
    ]);
    expect(findings[0].title).toBe(
      'The run cannot learn 8 samples by heart: after 500 points its loss is 1.5, 75 % of the start',
    );
  });

  test('waits while a third is gained in half of the budget', async () => {
    const slow = Array.from({ length: 1200 }, (_, i) => 2 * Math.exp(-i / 350));
    const { findings } = await told(overfitCheck(), { loss: slow }, check);
    expect(lives(findings)).toEqual(['open@1051 from 0 info']);
  });

  test('warns at the end of a run that is shorter than the budget', async () => {
    const { findings, last } = await told(overfitCheck(), { loss: healthy(100) }, check);
    expect(lives(findings)).toEqual(['open@99 from 0 warning']);
    expect(last.verdict).toBe('Cannot overfit 8 samples: look for a bug in the code');
  });

  test('goes by a declaration that comes late, and is silent without one', async () => {
    const late = await told(overfitCheck(), { loss: learns }, check, 100);
    expect(lives(late.findings)).toEqual(['open@100 from 0 info']);
    expect((await told(overfitCheck(), { loss: healthy(2000) })).findings).toEqual([]);
  });
});
