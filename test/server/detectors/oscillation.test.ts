import { describe, expect, test } from 'vitest';
import { oscillation } from '../../../server/detectors/oscillation.ts';
import { expectMarbles, rowsOf } from './marbles.ts';
import { healthy, normal, overfitting, random } from './streams.ts';
import { lives, told } from './told.ts';

/** A healthy fall with swings of random size, up to `size`, about it from `begin` to `end`. */
function swinging(length: number, size: number, begin: number, end = length): number[] {
  const next = random(9);
  return healthy(length, { noise: 0.002 }).map((value, i) =>
    i >= begin && i < end ? value + size * next() : value,
  );
}

describe('oscillation', () => {
  test('speaks in the frame of the validation that makes it sure, and resolves when the loss settles', () => {
    const up = [1.2, 0.8];
    const rows = {
      a: rowsOf('val_loss', [2, ...Array.from({ length: 18 }, (_, i) => up[i % 2])]),
      x: rowsOf('val_loss', [1.2]),
      b: rowsOf('val_loss', Array<number>(20).fill(0.8)),
    };
    expectMarbles(oscillation(), 'a-x-x-b|', rows, 'n-o-n-r|');
  });

  test('says since when validation swings, and by how much the rate is too high', async () => {
    const val_loss = swinging(200, 0.5, 60, 120);
    const { findings, last } = await told(oscillation(), { loss: healthy(200), val_loss });
    expect(lives(findings)).toEqual([
      'open@71 from 52 warning',
      'open@74 from 52 warning',
      'resolved@130 from 52 warning',
    ]);
    expect(findings[1].advice[0]).toMatch(/^Lower the learning rate by 10 times/);
    expect(last.verdict).toMatch(/^Ended healthy/);
  });

  test('asks for a lower rate the more, the larger the swings', async () => {
    const factors: unknown[] = [];
    for (const size of [0.15, 0.3, 3]) {
      const { findings } = await told(oscillation(), { val_loss: swinging(200, size, 60) });
      factors.push(findings.at(-1)?.evidence['learning rate, times lower']);
    }
    expect(factors).toEqual([3, 5, 100]);
  });

  test('sees a loss that swings without ever getting below the first value', async () => {
    const next = random(3);
    const val_loss = [2.3, ...Array.from({ length: 60 }, () => 2.4 + 0.3 * next())];
    const { findings } = await told(oscillation(), { val_loss });
    expect(lives(findings)).toEqual(['open@19 from 0 warning']);
  });

  test('does not take a steep fall, a rise, two spikes or a stuck loss for swings', async () => {
    const silent = [
      Array.from({ length: 60 }, (_, i) => 100 * 0.8 ** i),
      overfitting(200),
      healthy(200).map((value, i) => (i === 100 || i === 105 ? 5 : value)),
      Array.from({ length: 200 }, (_, i) => 2.3 + 0.002 * (i % 2)),
    ];
    for (const val_loss of silent) expect((await told(oscillation(), { val_loss })).findings).toEqual([]);
  });

  test('does not take the noise of mini-batches for swings', async () => {
    const next = normal(8);
    const tail = random(8);
    // A log-normal factor and now and then a batch that is ten times as hard.
    const loss = healthy(20_000, { noise: 0 }).map(
      (value) => value * Math.exp(0.3 * next()) * (tail() < 0.01 ? 10 : 1),
    );
    expect((await told(oscillation(), { loss })).findings).toEqual([]);
  });

  test('judges a training loss whose points stand for epochs, where nothing is validated', async () => {
    const loss = swinging(100, 0.5, 0);
    const epoch = loss.map((_, i) => i);
    expect((await told(oscillation(), { loss, epoch })).findings).not.toEqual([]);
    expect((await told(oscillation(), { loss })).findings).toEqual([]);
  });

  test('does not mind small swings about a level from which nothing was gained', async () => {
    const next = random(4);
    const val_loss = Array.from({ length: 60 }, () => 0.162 + 0.008 * (next() - 0.5));
    expect((await told(oscillation(), { val_loss })).findings).toEqual([]);
  });
});
