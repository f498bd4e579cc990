import { describe, expect, test } from 'vitest';
import { divergence } from '../../../server/detectors/divergence.ts';
import { expectMarbles, rowsOf } from './marbles.ts';
import { healthy, normal } from './streams.ts';
import { lives, told } from './told.ts';

describe('divergence', () => {
  test('speaks in the frame of the fifth point far above the first, and resolves when it is back', () => {
    const rows = {
      a: rowsOf('loss', [2, 1.5, 1.2, 1]),
      x: rowsOf('loss', [50]),
      b: rowsOf('loss', Array<number>(60).fill(0.9)),
    };
    expectMarbles(divergence(), 'a-x-x-x-x-x-x-b|', rows, 'n-n-n-n-n-o-n-r|');
  });

  test('says at which step a loss ran away', async () => {
    const next = normal(5);
    const values = healthy(200).map((value, i) =>
      i < 150 ? value : value * 1.3 ** (i - 150) + 0.01 * next(),
    );
    const { findings, last } = await told(divergence(), { loss: values });
    expect(lives(findings)).toEqual(['open@163 from 154 critical']);
    expect(last.verdict).toBe('Diverged at step 154: lower the learning rate');
  });

  test('warns of a jump that does not come back, and escalates when more is lost', async () => {
    const values = [...healthy(100), ...Array<number>(40).fill(1.2), ...Array<number>(40).fill(1.9)];
    const { findings } = await told(divergence(), { loss: values });
    expect(findings.map(({ severity }) => severity)).toEqual(['warning', 'critical']);
    expect(new Set(findings.map(({ id }) => id)).size).toBe(1);
    expect(findings[0].from).toBe(100);
  });

  test('keeps silent about a spike that recovers within the patience', async () => {
    const values = healthy(300).map((value, i) => (i >= 200 && i < 204 ? 30 : value));
    expect((await told(divergence(), { loss: values })).findings).toEqual([]);
  });

  test('judges a loss that is negative, and an accuracy where there is no loss', async () => {
    const down = healthy(100).map((value) => value - 10);
    const lost = await told(divergence(), { loss: [...down, ...Array<number>(30).fill(-5)] });
    expect(lives(lost.findings)).toEqual(['open@109 from 100 critical']);
    const up = healthy(100).map((value) => 1 - value / 3);
    const fallen = await told(divergence(), { train_acc: [...up, ...Array<number>(30).fill(0.1)] });
    expect(fallen.findings).toEqual([]);
  });

  test('sees a loss that oscillates far above where it began', async () => {
    const next = normal(7);
    const values = [4.4, ...Array.from({ length: 100 }, (_, i) => (i % 5 === 0 ? 4 : 15 + 8 * next()))];
    const { findings } = await told(divergence(), { loss: values });
    expect(lives(findings)[0]).toMatch(/^open@\d+ from \d+ critical$/);
  });

  test('is not misled by a first value that noise made low', async () => {
    const next = normal(6);
    const values = [0.9, ...Array.from({ length: 200 }, () => 1 + 0.05 * next())];
    expect((await told(divergence(), { loss: values })).findings).toEqual([]);
  });

  test('is silent on clean runs, also noisy ones', async () => {
    for (const noise of [0, 0.02, 0.1, 0.3]) {
      for (const seed of [1, 2, 3, 4, 5]) {
        const { findings } = await told(divergence(), { loss: healthy(2000, { seed, noise }) });
        expect(findings).toEqual([]);
      }
    }
  });

  test('does not take a lucky first batch, and as lucky a noise, for the level of the start', async () => {
    const next = normal(3);
    // A run that hardly learnt: what its first points are like says little of their noise.
    const first = [0.791, 0.856, 1.14, 1.21, 0.84, 0.9, 1.09, 0.678, 0.742, 0.999, 1.07, 0.921, 1.08, 0.97];
    const loss = [
      ...first,
      1.02,
      1.35,
      0.905,
      1.24,
      0.885,
      0.89,
      ...Array.from({ length: 400 }, () => 1 + 0.15 * next()),
    ];
    expect((await told(divergence(), { loss })).findings).toEqual([]);
  });
});
