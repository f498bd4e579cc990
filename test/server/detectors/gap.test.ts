import { describe, expect, test } from 'vitest';
import { gap } from '../../../server/detectors/gap.ts';
import { expectMarbles } from './marbles.ts';
import { healthy, normal } from './streams.ts';
import { lives, told } from './told.ts';

/** Training falls by a power law; validation goes with it until `from` and stays where it is. */
function behind(length: number, from: number, seed = 1): { train_loss: number[]; val_loss: number[] } {
  const next = normal(seed);
  const at = (i: number): number => 2 * (i + 1) ** -0.5;
  return {
    train_loss: Array.from({ length }, (_, i) => at(i) + 0.002 * next()),
    val_loss: Array.from({ length }, (_, i) => at(Math.min(i, from)) + 0.05 + 0.002 * next()),
  };
}

function rows(
  { train_loss, val_loss }: { train_loss: number[]; val_loss: number[] },
  from: number,
  to: number,
) {
  return train_loss.slice(from, to).map((value, i) => ({ train_loss: value, val_loss: val_loss[from + i] }));
}

describe('gap', () => {
  test('speaks in the frame in which validation has fallen behind', () => {
    const run = behind(100, 20);
    const frames = { a: rows(run, 0, 20), b: rows(run, 20, 40), c: rows(run, 40, 60), d: rows(run, 60, 100) };
    expectMarbles(gap(), 'a-b-c-d|', frames, 'n-o-n-o|');
  });

  test('says when, how much validation got, and escalates as the gap widens', async () => {
    const { findings } = await told(gap(), behind(200, 20));
    expect(lives(findings)).toEqual(['open@35 from 18 info', 'open@69 from 35 warning']);
    expect(findings[0].title).toMatch(
      /^Validation loss falls behind: since step 18 it got .* of what training gained$/,
    );
  });

  test('resolves when validation catches up', async () => {
    const { train_loss, val_loss } = behind(100, 20);
    const caught = healthy(100, { seed: 8, noise: 0.001, floor: 0.01 }).map(
      (_, i) => train_loss[99] - 0.001 * i,
    );
    const { findings } = await told(gap(), {
      train_loss: [...train_loss, ...caught],
      val_loss: [...val_loss, ...caught],
    });
    expect(findings.at(-1)!.status).toBe('resolved');
  });

  test('finds no fault with a gap that was there from the start and does not grow', async () => {
    const train_loss = healthy(300, { noise: 0.01 });
    const val_loss = healthy(300, { noise: 0.01, seed: 2 }).map((value) => value + 0.5);
    expect((await told(gap(), { train_loss, val_loss })).findings).toEqual([]);
  });

  /** Training falls exponentially; validation by `of` from what training is. */
  function beside(length: number, of: (train: number, i: number) => number, scale = 12, seed = 3) {
    const next = normal(seed);
    const train = Array.from({ length }, (_, i) => 0.001 + Math.exp(-i / scale));
    return {
      train_loss: train.map((value) => value * (1 + 0.02 * next())),
      val_loss: train.map((value, i) => of(value, i) * (1 + 0.02 * next())),
    };
  }

  test('says that validation was far above before anything can have been learnt by heart', async () => {
    const { findings, last } = await told(
      gap(),
      beside(40, (train) => 2 * train + 0.5),
    );
    expect(lives(findings)).toEqual(['open@11 from 9 warning']);
    expect(findings[0].title).toMatch(/^Validation loss has been far above training since step 9/);
    expect(findings[0].advice[0]).toMatch(/^Check that training and validation come from one distribution/);
    expect(last.verdict).toMatch(/^Validation loss is far above training since step 9/);
  });

  test('says that the data are learnt by heart when validation has stopped and training has not', async () => {
    const { findings, last } = await told(
      gap(),
      beside(100, (train) => Math.max(train, 0.25), 8),
    );
    expect(findings.map(({ severity }) => severity)).toEqual(['info', 'warning']);
    expect(findings[1].title).toMatch(/^Training data are learnt by heart since step 33/);
    expect(last.verdict).toMatch(/^Training is learnt by heart/);
  });

  test('only remarks on a validation that is some times as high, and follows', async () => {
    const follows = beside(100, (train, i) => train * (1.5 + 8 / (1 + Math.exp((30 - i) / 4))));
    const { findings } = await told(gap(), follows);
    expect(lives(findings)).toEqual(['open@37 from 19 info']);
    expect(findings[0].title).toMatch(/^Validation loss is \d\.?\d* times as high as training since step 19/);
  });

  test('is silent where validation is twice as high, or was above for the first epochs only', async () => {
    for (const seed of [1, 2, 3]) {
      const twice = beside(60, (train) => 2 * train, 12, seed);
      const first = beside(60, (train, i) => (i < 9 ? 3 : 1.2) * train, 12, seed);
      for (const run of [twice, first]) expect((await told(gap(), run)).findings).toEqual([]);
    }
  });

  test('resolves when validation comes near', async () => {
    const run = beside(60, (train, i) => (i < 30 ? 2 * train + 0.5 : 1.2 * train));
    const { findings } = await told(gap(), run);
    expect(findings.map(({ status }) => status)).toEqual(['open', 'resolved']);
  });
});
