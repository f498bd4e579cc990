import { describe, expect, test } from 'vitest';
import { nonFinite } from '../../../server/detectors/non-finite.ts';
import { expectMarbles, rowsOf } from './marbles.ts';
import { healthy } from './streams.ts';
import { lives, told } from './told.ts';

const fine = healthy(20);

describe('non-finite', () => {
  test('speaks in the frame of the NaN and resolves in the frame of the fifth finite point', () => {
    const rows = {
      a: rowsOf('loss', [1, 0.9]),
      x: rowsOf('loss', [NaN]),
      b: rowsOf('loss', [0.8, 0.7]),
    };
    expectMarbles(nonFinite(), 'a-x-x-b-b-b-b|', rows, 'n-o-n-n-n-r-n|');
    expectMarbles(nonFinite(), '|', rows, '|');
    expectMarbles(nonFinite(), '-', rows, '-');
    expectMarbles(nonFinite(), 'x-#', rows, 'o-#');
  });

  test('names the first step and the last finite value', async () => {
    const { findings } = await told(nonFinite(), { loss: [...fine, NaN, NaN] });
    expect(lives(findings)).toEqual(['open@20 from 20 critical']);
    expect(findings[0].title).toBe('Training loss became NaN at step 20');
    expect(findings[0].evidence).toMatchObject({ value: 'NaN', 'last finite value': fine[19] });
  });

  test('tells a growth that preceded', async () => {
    const { findings, last } = await told(nonFinite(), { loss: [1, 1, 1, 1, 1, 100, Infinity] });
    expect(findings[0].evidence).toMatchObject({ value: 'Infinity', 'growth just before, ratio': 100 });
    expect(findings[0].advice[0]).toContain('grew 100-fold');
    expect(last.verdict).toBe('Training loss is infinite since step 6: lower the learning rate');
  });

  test('makes one finding of all series that are NaN, led by the training loss', async () => {
    const gone = [...fine, NaN, NaN, NaN];
    const { findings } = await told(nonFinite(), { acc: gone, val_loss: gone, loss: gone });
    expect(findings[0].series).toEqual(['loss']);
    expect(findings.at(-1)!.series).toEqual(['loss', 'val_loss', 'acc']);
    expect(new Set(findings.map(({ id }) => id)).size).toBe(1);
  });

  test('leaves single infinite gradient norms to the loss scaler, and speaks of three in a row', async () => {
    const single = fine.map((value, i) => (i % 4 === 0 ? Infinity : value));
    expect((await told(nonFinite(), { grad_norm: single })).findings).toEqual([]);
    const row = [...fine, Infinity, Infinity, Infinity];
    expect(lives((await told(nonFinite(), { grad_norm: row })).findings)).toEqual([
      'open@22 from 20 critical',
    ]);
  });

  test('does not flap: each return takes twice as long to resolve', async () => {
    const values = Array.from({ length: 1000 }, (_, i) => (i % 8 === 0 ? NaN : 1));
    const { findings } = await told(nonFinite(), { loss: values });
    expect(lives(findings)).toEqual([
      'open@0 from 0 critical',
      'resolved@5 from 0 critical',
      'open@8 from 8 critical',
    ]);
  });

  test('is silent on a clean run', async () => {
    expect((await told(nonFinite(), { loss: healthy(500) })).findings).toEqual([]);
  });
});
