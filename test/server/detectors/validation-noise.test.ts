import { describe, expect, test } from 'vitest';
import { validationNoise } from '../../../server/detectors/validation-noise.ts';
import { expectMarbles } from './marbles.ts';
import { healthy, normal } from './streams.ts';
import { lives, told } from './told.ts';

/** An accuracy that rises to 0.7 and stays there, by validations that scatter. */
function risen(length: number, { seed = 1, noise = 0.005 } = {}): number[] {
  const next = normal(seed);
  return Array.from({ length }, (_, i) => 0.7 - 0.5 * Math.exp(-i / 3) + noise * next());
}

describe('validation-noise', () => {
  test('speaks in the frame in which an accuracy gains less than its samples can tell, after ten', () => {
    const values = risen(40);
    const rows = (from: number, to: number) => values.slice(from, to).map((val_acc) => ({ val_acc }));
    const frames = { a: rows(0, 9), b: rows(9, 12), c: rows(12, 25), d: rows(25, 40) };
    expectMarbles(validationNoise(), 'a-b-c-d|', frames, 'n-o-n-n|', { validationSamples: 200 });
  });

  test('says how uncertain it is, and how many samples would do', async () => {
    const { findings, last } = await told(
      validationNoise(),
      { val_acc: risen(40) },
      { validationSamples: 200 },
    );
    expect(lives(findings)).toEqual(['open@9 from 9 warning']);
    expect(findings[0].title).toMatch(
      /^Validation accuracy of 200 samples is uncertain by ±0\.0\d+, more than/,
    );
    expect(findings[0].advice[0]).toMatch(/^Validate on more samples: with 800 the uncertainty is ±0\.03/);
    expect(last.verdict).toMatch(/^Validation is too noisy/);
  });

  test('only remarks on some hundreds of samples, and is silent on thousands', async () => {
    const run = { val_acc: risen(40) };
    const some = await told(validationNoise(), run, { validationSamples: 1000 });
    expect(some.findings.map(({ severity }) => severity)).toEqual(['info']);
    expect((await told(validationNoise(), run, { validationSamples: 10_000 })).findings).toEqual([]);
  });

  test('takes a validation that scatters beside a steady training for noisy, and resolves', async () => {
    const next = normal(4);
    const train_loss = healthy(120, { noise: 0.002 });
    const val_loss = train_loss.map((value, i) => value + (i < 80 ? 0.5 * next() : 0.01 * next()));
    const { findings } = await told(validationNoise(), { train_loss, val_loss });
    expect(findings.map(({ status, severity }) => `${status} ${severity}`)).toEqual([
      'open warning',
      'resolved warning',
    ]);
  });

  test('does not blame validation for an unsteady training, nor for a little noise', async () => {
    const next = normal(4);
    const unsteady = healthy(120).map((value) => value + 0.3 * next());
    const both = { train_loss: unsteady, val_loss: unsteady.map((value) => value + 0.3 * next()) };
    expect((await told(validationNoise(), both)).findings).toEqual([]);
    for (const seed of [1, 2, 3]) {
      const fine = { train_loss: healthy(200), val_loss: healthy(200, { seed, noise: 0.03 }) };
      expect((await told(validationNoise(), fine)).findings).toEqual([]);
    }
  });

  test('says at the third validation that a handful of samples is too few, whatever the curve', async () => {
    const run = { train_loss: healthy(60, { noise: 0 }), val_loss: healthy(60, { noise: 0, seed: 2 }) };
    const { findings, last } = await told(validationNoise(), run, { validationSamples: 12 });
    expect(lives(findings)).toEqual(['open@2 from 0 warning']);
    expect(findings[0].title).toMatch(/^Validation loss is of 12 samples only, and uncertain by about ±/);
    expect(findings[0].evidence['standard error of one validation']).toBeCloseTo(
      Math.sqrt(2 / 12) * (0.1 + 2 / Math.sqrt(2)),
      6,
    );
    expect(last.verdict).toBe('Validation is of 12 samples: too few to judge by, validate on more');
    const accuracy = await told(validationNoise(), { val_acc: risen(40) }, { validationSamples: 12 });
    expect(lives(accuracy.findings)).toEqual(['open@2 from 0 warning']);
  });

  test('does not mind few samples that are to be learnt by heart, nor blames many for swings', async () => {
    const next = normal(4);
    const train_loss = healthy(120, { noise: 0.002 });
    const val_loss = train_loss.map((value) => value + 0.5 * next());
    const few = { validationSamples: 8, overfitSamples: 8 };
    expect((await told(validationNoise(), { train_loss, val_loss: train_loss }, few)).findings).toEqual([]);
    expect(
      (await told(validationNoise(), { train_loss, val_loss }, { validationSamples: 1000 })).findings,
    ).toEqual([]);
  });
});
