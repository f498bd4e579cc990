import { describe, expect, test } from 'vitest';
import { baseline } from '../../../server/detectors/baseline.ts';
import { factsOf } from '../../../server/facts.ts';
import { expectMarbles, rowsOf } from './marbles.ts';
import { healthy, normal } from './streams.ts';
import { lives, told } from './told.ts';

/** An accuracy about a level. */
function about(level: number, length: number, { seed = 1, noise = 0.003 } = {}): number[] {
  const next = normal(seed);
  return Array.from({ length }, () => level + noise * next());
}

describe('baseline', () => {
  test('speaks in the frame of the fifth validation, and resolves when the accuracy has left', () => {
    const rows = {
      a: rowsOf('val_acc', about(0.1, 4)),
      b: rowsOf('val_acc', [0.1]),
      c: rowsOf('val_acc', [0.3, 0.5, 0.6]),
    };
    expectMarbles(baseline(), 'a-b-b-c|', rows, 'n-o-n-r|', { classes: 10 });
  });

  test('says what guessing gives, by the most frequent class', async () => {
    const facts = factsOf({ class_counts: [900, 100] })!;
    const { findings, last } = await told(baseline(), { val_acc: about(0.9, 30) }, facts);
    expect(lives(findings)).toEqual(['open@4 from 0 warning']);
    expect(findings[0].title).toMatch(
      /^Validation accuracy is no better than guessing since step 0: 90(\.\d)? %, and always predicting the most frequent class gives 90 %$/,
    );
    expect(last.verdict).toMatch(/^Stuck at the majority-class baseline/);
    expect((await told(baseline(), { val_acc: about(0.94, 30) }, facts)).findings).toEqual([]);
  });

  test('says when an accuracy falls back', async () => {
    const val_acc = [...about(0.6, 30), ...about(0.1, 30)];
    const { findings } = await told(baseline(), { val_acc }, { classes: 10 });
    expect(lives(findings)).toEqual(['open@33 from 30 warning']);
  });

  test('allows for the samples of the validation set', async () => {
    const run = { val_acc: about(0.14, 30, { noise: 0.001 }) };
    expect((await told(baseline(), run, { classes: 10 })).findings).toEqual([]);
    const few = await told(baseline(), run, { classes: 10, validationSamples: 100 });
    expect(few.findings).toHaveLength(1);
  });

  test('reads per cent', async () => {
    const run = { 'val/accuracy': about(10, 30, { noise: 0.3 }) };
    const { findings } = await told(baseline(), run, { classes: 10 });
    expect(findings[0].evidence['guessing, per cent']).toBe(10);
    const better = { 'val/accuracy': about(20, 30) };
    expect((await told(baseline(), better, { classes: 10 })).findings).toEqual([]);
  });

  test('judges a cross-entropy where no accuracy is logged', async () => {
    const stuck = about(Math.log(10), 200, { noise: 0.02 });
    const { findings, last } = await told(baseline(), { train_loss: stuck }, { classes: 10 });
    expect(lives(findings)).toEqual(['open@49 from 0 warning']);
    expect(last.verdict).toMatch(/^Stuck at the majority-class baseline/);
    const beside = { train_loss: stuck, val_acc: about(0.3, 200) };
    expect((await told(baseline(), beside, { classes: 10 })).findings).toEqual([]);
    const passing = healthy(2000, { floor: 2 });
    expect((await told(baseline(), { train_loss: passing }, { classes: 10 })).findings).toEqual([]);
  });

  test('goes by facts that come late', async () => {
    const run = { val_acc: about(0.46, 30) };
    const skewed = factsOf({ class_counts: [50, 30, 20] })!;
    const { findings } = await told(baseline(), run, skewed, 20);
    expect(lives(findings)).toEqual(['open@20 from 0 warning']);
  });

  test('supposes the classes of an accuracy that has been at 1/K since the start, after ten validations', async () => {
    const { findings, last } = await told(baseline(), { val_acc: about(0.1, 30, { noise: 0.0005 }) });
    expect(lives(findings)).toEqual(['open@9 from 0 warning']);
    expect(last.verdict).toMatch(/^Stuck at 10 %, as of guessing among 10 classes/);
    expect((await told(baseline(), { val_acc: about(0.155, 30) })).findings).toEqual([]);
    expect((await told(baseline(), { train_loss: about(Math.log(10), 200) })).findings).toEqual([]);
  });

  test('is silent on a run that learns, also late', async () => {
    for (const seed of [1, 2, 3]) {
      const val_acc = about(0, 60, { seed }).map((noise, i) => 0.9 - 0.8 * Math.exp(-i / 8) + noise);
      const train_loss = healthy(60, { seed });
      expect((await told(baseline(), { val_acc, train_loss }, { classes: 10 })).findings).toEqual([]);
      expect((await told(baseline(), { val_acc, train_loss })).findings).toEqual([]);
    }
  });

  describe('of a loss of which it is not known what guessing gets', () => {
    const noisy = (at: (i: number) => number, { length = 400, seed = 1, noise = 0.15 } = {}): number[] => {
      const next = normal(seed);
      return Array.from({ length }, (_, i) => Math.max(0.01, at(i) * (1 + noise * next())));
    };

    test('says that it has not moved, as soon as the noise of its batches allows', async () => {
      const { findings, last } = await told(baseline(), { loss: noisy(() => 1) });
      expect(lives(findings)).toEqual(['open@199 from 10 warning']);
      expect(findings[0].title).toMatch(/steps: 0.973 since step 10, within 7 %$/);
      expect(last.verdict).toMatch(/^Not learning since step 10/);
      // What it fell by within the first steps is the mean of the targets.
      const fell = await told(baseline(), { loss: noisy((i) => (i < 8 ? 2 - i / 8 : 1)) });
      expect(fell.findings).toHaveLength(1);
    });

    test('resolves when it learns after all', async () => {
      const late = noisy((i) => (i < 250 ? 1 : Math.max(0.2, 1 - (i - 250) / 100)), { length: 600 });
      const { findings } = await told(baseline(), { loss: late });
      expect(findings.map(({ status }) => status)).toEqual(['open', 'resolved']);
    });

    test('is silent where it falls slowly, was solved at once, or noise hides everything', async () => {
      for (const seed of [1, 2, 3, 4, 5]) {
        const slow = noisy((i) => 1 - i / 2000, { length: 1000, seed });
        const solved = noisy((i) => (i < 12 ? 1 : 0.2), { seed });
        const wild = noisy(() => 1, { seed, noise: 0.9 });
        for (const loss of [slow, solved, wild]) {
          expect((await told(baseline(), { loss })).findings).toEqual([]);
        }
      }
    });

    test('waits while the learning rate is warmed up', async () => {
      const loss = noisy(() => 1);
      const lr = loss.map((_, i) => 1e-5 * i);
      expect((await told(baseline(), { loss, lr })).findings).toEqual([]);
    });
  });
});
