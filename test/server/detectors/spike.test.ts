import { describe, expect, test } from 'vitest';
import { divergence } from '../../../server/detectors/divergence.ts';
import { spike } from '../../../server/detectors/spike.ts';
import { expectMarbles, rowsOf } from './marbles.ts';
import { healthy, normal, random } from './streams.ts';
import { lives, told } from './told.ts';

/** A healthy loss with an excursion of `length` points to `height` above it at each of `at`. */
function spiking(
  at: readonly number[],
  { length = 5, height = 2, points = 2000, noise = 0.02 } = {},
): number[] {
  return healthy(points, { noise }).map((value, i) =>
    at.some((start) => i >= start && i < start + length) ? value + height : value,
  );
}

describe('spike', () => {
  test('speaks in the frame of the third point back, and resolves after a long calm', () => {
    const rows = {
      a: rowsOf('loss', healthy(100)),
      x: rowsOf('loss', [3, 4, 3]),
      b: rowsOf('loss', [0.3]),
      c: rowsOf('loss', Array<number>(110).fill(0.3)),
    };
    expectMarbles(spike(), 'a-x-b-b-b-c|', rows, 'n-n-n-n-o-r|');
  });

  test('tells the height, the noise it stands out of, and how long it took', async () => {
    const { findings } = await told(spike(), { loss: spiking([1500]) });
    expect(lives(findings)).toEqual(['open@1507 from 1500 info']);
    expect(findings[0].title).toBe(
      'Training loss has shot up to 2.17 at step 1500 and come back after 5 points',
    );
    expect(findings[0].evidence['longest recovery, points']).toBe(5);
    expect(findings[0].evidence['highest, standard deviations of the noise']).toBeGreaterThan(50);
  });

  test('makes one finding of many, a warning from the third on', async () => {
    const { findings } = await told(spike(), { loss: spiking([1000, 1100, 1200, 1300, 1400, 1500, 1600]) });
    expect(lives(findings)).toEqual([
      'open@1007 from 1000 info',
      'open@1107 from 1000 info',
      'open@1207 from 1000 warning',
      'open@1507 from 1000 warning',
    ]);
    expect(new Set(findings.map(({ id }) => id)).size).toBe(1);
    expect(findings[2].advice[0]).toMatch(/^Lower the learning rate/);
  });

  test('knows a spike of one point where it stands alone, as in a series of epochs', async () => {
    const loss = spiking([60], { length: 1, points: 100, noise: 0.005 });
    expect(lives((await told(spike(), { loss })).findings)).toEqual(['open@63 from 60 info']);
  });

  test('leaves what lasts as long as a divergence to that detector, and says the rest alone', async () => {
    let [spikes, divergences] = [0, 0];
    for (const length of [1, 3, 4, 5, 9, 10, 11, 20, 39, 40, 41, 60]) {
      for (const height of [0.3, 0.6, 1, 3, 10, 30]) {
        const loss = spiking([1000], { length, height });
        const isSpike = (await told(spike(), { loss })).findings.length > 0;
        const isDivergence = (await told(divergence(), { loss })).findings.length > 0;
        expect([length, height, isSpike && isDivergence]).toEqual([length, height, false]);
        spikes += isSpike ? 1 : 0;
        divergences += isDivergence ? 1 : 0;
      }
    }
    expect([spikes, divergences]).toEqual([41, 30]);
  });

  test('does not take the noise of mini-batches for spikes, however heavy its tail', async () => {
    for (const seed of [1, 2, 3]) {
      const next = normal(seed);
      const tail = random(seed);
      const loss = healthy(20_000, { noise: 0 }).map(
        (value) => value * Math.exp(0.3 * next()) * (tail() < 0.02 ? 10 * tail() : 1),
      );
      expect((await told(spike(), { loss })).findings).toEqual([]);
    }
  });

  test('is silent about a jump that stays, a rise and a steep start', async () => {
    const jump = healthy(400).map((value, i) => (i < 200 ? value : value + 2));
    const rise = healthy(400).map((value, i) => value + 0.01 * Math.max(0, i - 200));
    const start = Array.from({ length: 100 }, (_, i) => 100 * 0.7 ** i);
    for (const loss of [jump, rise, start]) expect((await told(spike(), { loss })).findings).toEqual([]);
  });
});
