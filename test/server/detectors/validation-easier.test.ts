import { describe, expect, test } from 'vitest';
import { validationEasier } from '../../../server/detectors/validation-easier.ts';
import { NO_FACTS } from '../../../server/facts.ts';
import { expectMarbles } from './marbles.ts';
import { healthy, normal } from './streams.ts';
import { lives, told } from './told.ts';

/** An accuracy that rises by a power law, and one that is better by some. */
function accuracies(length: number, better: number, seed = 1): { train_acc: number[]; val_acc: number[] } {
  const next = normal(seed);
  const at = (i: number): number => 0.75 - 0.5 * (i + 1) ** -0.5;
  return {
    train_acc: Array.from({ length }, (_, i) => at(i) + 0.005 * next()),
    val_acc: Array.from({ length }, (_, i) => at(i) + better + 0.005 * next()),
  };
}

describe('validation-easier', () => {
  test('speaks in the frame of the eighth validation', () => {
    const { train_acc, val_acc } = accuracies(20, 0.1);
    const rows = (from: number, to: number) =>
      train_acc.slice(from, to).map((value, i) => ({ train_acc: value, val_acc: val_acc[from + i] }));
    expectMarbles(validationEasier(), 'a-b-c|', { a: rows(0, 7), b: rows(7, 8), c: rows(8, 20) }, 'n-o-n|');
  });

  test('remarks on some points, and warns of many', async () => {
    const some = await told(validationEasier(), accuracies(60, 0.1));
    expect(lives(some.findings)).toEqual(['open@7 from 3 info']);
    expect(some.findings[0].title).toMatch(
      /^Validation accuracy has been 1?\d\.\d* points better than training since step 3/,
    );
    const many = await told(validationEasier(), accuracies(60, 0.22));
    expect(lives(many.findings)).toEqual(['open@7 from 3 warning']);
    expect(many.last.verdict).toMatch(/^Validation is easier than training/);
  });

  test('does not mind a training value that is half an epoch old', async () => {
    // Ten points of training an epoch, rising by an eighth: their mean is 5.6 points behind at the end.
    const accuracy = Array.from({ length: 80 }, (_, i) => (i + 1) / 80);
    const val_acc = accuracy.filter((_, i) => i % 10 === 9);
    const train_acc = val_acc.map((_, i) => accuracy.slice(10 * i, 10 * i + 10).reduce((a, b) => a + b) / 10);
    expect((await told(validationEasier(), { train_acc, val_acc })).findings).toEqual([]);
  });

  test('compares losses by their quotient, whatever their unit, and makes one finding of all series', async () => {
    for (const unit of [1, 1e-6]) {
      const train_loss = healthy(60, { noise: 0.002 }).map((value) => unit * value);
      const run = { train_loss, val_loss: train_loss.map((value) => 0.3 * value), ...accuracies(60, 0.22) };
      const { findings } = await told(validationEasier(), run);
      expect(new Set(findings.map(({ id }) => id)).size).toBe(1);
      expect(findings.at(-1)!.series).toEqual(['val_acc', 'train_acc', 'val_loss']);
    }
  });

  test('resolves when training has caught up', async () => {
    const before = accuracies(40, 0.1);
    const after = accuracies(60, -0.02, 2);
    const { findings } = await told(validationEasier(), {
      train_acc: [...before.train_acc, ...after.train_acc],
      val_acc: [...before.val_acc, ...after.val_acc],
    });
    expect(findings.at(-1)!.status).toBe('resolved');
  });

  test('is silent on a little dropout, and on an accuracy of few samples', async () => {
    for (const seed of [1, 2, 3]) {
      expect((await told(validationEasier(), accuracies(80, 0.03, seed))).findings).toEqual([]);
      const few = await told(validationEasier(), accuracies(80, 0.09, seed), { validationSamples: 100 });
      expect(few.findings).toEqual([]);
    }
  });

  test('asks for more where dropout is declared', async () => {
    const some = await told(validationEasier(), accuracies(60, 0.12), { dropout: 0.2 });
    expect(some.findings).toEqual([]);
    const many = await told(validationEasier(), accuracies(60, 0.22), { dropout: 0.2 });
    expect(many.findings.map(({ severity }) => severity)).toEqual(['info']);
    const train_loss = healthy(60, { floor: 0.5 });
    const easier = (share: number) => ({ train_loss, val_loss: train_loss.map((value) => share * value) });
    const severities = async (share: number, declared = NO_FACTS): Promise<unknown[]> => {
      const { findings } = await told(validationEasier(), easier(share), declared);
      return findings.map(({ severity }) => severity);
    };
    expect(await severities(0.5)).toEqual(['info']);
    expect(await severities(0.5, { dropout: 0.2 })).toEqual([]);
    expect(await severities(0.3)).toEqual(['warning']);
    expect(await severities(0.3, { dropout: 0.2 })).toEqual(['info']);
    expect(await severities(0.2, { dropout: 0.2 })).toEqual(['warning']);
  });
});
