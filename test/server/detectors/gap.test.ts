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
});
