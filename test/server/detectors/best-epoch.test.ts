import { describe, expect, test } from 'vitest';
import { bestEpoch } from '../../../server/detectors/best-epoch.ts';
import { expectMarbles } from './marbles.ts';
import { healthy, normal, overfitting } from './streams.ts';
import { lives, told } from './told.ts';

const train = healthy(200);
const val = overfitting(200);

function rows(from: number, to: number) {
  return train.slice(from, to).map((train_loss, i) => ({ train_loss, val_loss: val[from + i] }));
}

describe('best-epoch', () => {
  test('speaks in the frame in which the rise becomes sure', () => {
    const frames = { a: rows(0, 40), b: rows(40, 48), c: rows(48, 49), d: rows(49, 50) };
    expectMarbles(bestEpoch(), 'a-b-c-d|', frames, 'n-n-o-n|');
  });

  test('names the best epoch, says when it was sure, and asks to stop there', async () => {
    const { findings, last } = await told(bestEpoch(), { train_loss: train, val_loss: val });
    const best = val.indexOf(Math.min(...val));
    expect(best).toBe(39);
    expect(lives(findings)[0]).toBe('open@48 from 39 warning');
    expect(findings[0].title).toBe('Validation loss has risen 8 % since step 39 while training kept falling');
    expect(last.stop).toEqual({ step: 39, epoch: null, reason: findings.at(-1)!.title });
    expect(last.verdict).toBe('Best step was 39: stop');
  });

  test('tells what going on costs and may gain, and what stopping may lose', async () => {
    const { findings } = await told(bestEpoch(), { train_loss: train, val_loss: val });
    const { evidence, advice } = findings[0];
    // Said after 49 validations, 9 after the best.
    expect(evidence).toMatchObject({
      'validations since the best': 9,
      'cost of as long again, per cent of the run': (100 * 9) / 49,
      'gain expected from it, per cent': 0,
      'gain at most from it (95 %), per cent': 0,
      'regret if stopped now, per cent': 0,
    });
    expect(advice[0]).toContain('as long again would take 18 % more training to gain 0 %');
    const noisy = overfitting(300, { noise: 0.05, slope: 0.005 });
    const unsure = (await told(bestEpoch({ trend: 1, errors: 1 }), { train_loss: train, val_loss: noisy }))
      .findings[0].evidence;
    const gain = Number(unsure['gain expected from it, per cent']);
    expect(gain).toBeGreaterThan(0);
    expect(Number(unsure['regret if stopped now, per cent'])).toBeGreaterThan(gain);
  });

  test('speaks of epochs where the run logs them', async () => {
    const epoch = train.map((_, i) => i + 1);
    const { last } = await told(bestEpoch(), { train_loss: train, val_loss: val, epoch });
    expect(last.verdict).toBe('Best epoch was 40: stop');
    expect(last.stop).toMatchObject({ step: 39, epoch: 40 });
  });

  test('updates only when the rise has grown by half', async () => {
    const { findings } = await told(bestEpoch(), { train_loss: train, val_loss: val });
    expect(findings.length).toBeLessThan(10);
    expect(new Set(findings.map(({ id }) => id)).size).toBe(1);
  });

  test('takes it back when a drop of the learning rate makes validation better than ever', async () => {
    const dropped = healthy(60, { seed: 3, noise: 0.002, floor: 0 }).map((value) => 0.2 + 0.1 * value);
    const { findings, last } = await told(bestEpoch(), {
      train_loss: [...train.slice(0, 80), ...healthy(60).map((value) => value / 3)],
      val_loss: [...val.slice(0, 80), ...dropped],
    });
    expect(findings.at(-1)!.status).toBe('resolved');
    expect(last.stop).toBeNull();
  });

  test('reads an accuracy the other way round', async () => {
    const { findings } = await told(bestEpoch(), {
      train_acc: train.map((value) => 1 - value / 4),
      val_acc: val.map((value) => 1 - value / 4),
    });
    expect(findings[0].title).toMatch(/^Validation accuracy has fallen .* while training kept rising$/);
  });

  test('sees a rise within much noise, later', async () => {
    const noisy = overfitting(300, { noise: 0.05, slope: 0.005 });
    const { findings } = await told(bestEpoch(), { train_loss: healthy(300), val_loss: noisy });
    expect(lives(findings)[0]).toMatch(/^open@69 from 50 warning$/);
  });

  test('takes little of a quick rise, and more of a slow one', async () => {
    const rising = (slope: number) =>
      train.map((_, i) => 0.5 + Math.exp(-Math.min(i, 40) / 8) + slope * Math.max(0, i - 40));
    const shareAt = async (slope: number): Promise<number> => {
      const { findings } = await told(bestEpoch(), { train_loss: train, val_loss: rising(slope) });
      return Number(findings[0].evidence['worse, per cent']);
    };
    expect(await shareAt(0.0012)).toBeLessThan(3);
    expect(await shareAt(0.0004)).toBeGreaterThan(4);
    const small = { train_loss: train, val_loss: rising(0.0001) };
    expect((await told(bestEpoch(), small)).findings).toEqual([]);
    expect((await told(bestEpoch({ maxDelta: 0.02 }), small)).findings).toHaveLength(1);
  });

  test('says a clear rise within twelve validations of the best, whatever fell before', async () => {
    const delays = [1, 2, 3, 4, 5].map(async (seed) => {
      const rising = overfitting(200, { seed, best: 30 + 10 * seed });
      const { findings } = await told(bestEpoch(), { train_loss: train, val_loss: rising });
      return findings[0].step - rising.indexOf(Math.min(...rising));
    });
    for (const delay of await Promise.all(delays)) expect(delay).toBeLessThanOrEqual(12);
  });

  test('does not call a flat validation overfitted, nor a rise of both', async () => {
    for (const seed of [1, 2, 3, 4, 5]) {
      const next = normal(seed);
      const flat = Array.from({ length: 400 }, (_, i) => 0.5 + Math.exp(-i / 15) + 0.02 * next());
      expect((await told(bestEpoch(), { train_loss: healthy(400), val_loss: flat })).findings).toEqual([]);
    }
    const rising = train.map((value, i) => value + 0.01 * Math.max(0, i - 60));
    expect((await told(bestEpoch(), { train_loss: rising, val_loss: rising })).findings).toEqual([]);
  });

  test('says so when validation and training have been NaN for five validations, and takes it back', async () => {
    const lost = Array<number>(8).fill(NaN);
    const { findings, last } = await told(bestEpoch(), {
      train_loss: [3, 2, 1, ...lost],
      val_loss: [3, 2, 2.5, ...lost],
    });
    expect(lives(findings)).toEqual(['open@7 from 1 warning']);
    expect(last.stop).toMatchObject({ step: 1 });
    const back = await told(bestEpoch(), {
      train_loss: [3, 2, 1, ...lost, 2],
      val_loss: [3, 2, 2.5, ...lost, 2],
    });
    expect(lives(back.findings)).toEqual(['open@7 from 1 warning', 'resolved@11 from 1 warning']);
    const fine = await told(bestEpoch(), { train_loss: healthy(11), val_loss: [3, 2, 2.5, ...lost] });
    expect(fine.findings).toEqual([]);
  });

  test('is silent on a clean run and before ten validations', async () => {
    const clean = { train_loss: healthy(400), val_loss: healthy(400, { seed: 2, noise: 0.02 }) };
    expect((await told(bestEpoch(), clean)).findings).toEqual([]);
    const soon = [3, 2, 1, 2, 3, 4, 5, 6, 7];
    expect((await told(bestEpoch(), { train_loss: healthy(9), val_loss: soon })).findings).toEqual([]);
  });

  test('waits as many validations since the best as it is asked to', async () => {
    const run = { loss: healthy(200), val_loss: overfitting(200) };
    const [soon] = (await told(bestEpoch(), run)).findings;
    const [late] = (await told(bestEpoch({ patience: 100 }), run)).findings;
    expect(late.evidence['validations since the best']).toBe(100);
    expect(soon.step).toBeLessThan(late.step);
  });

  test('is silent about a run that has learnt nothing, however it wanders', async () => {
    const next = normal(5);
    const loss = Array.from({ length: 100 }, (_, i) => 2.303 - 1e-5 * i + 1e-5 * next());
    const val_loss = Array.from({ length: 100 }, (_, i) => 2.303 + 4e-5 * i + 1e-5 * next());
    expect((await told(bestEpoch(), { loss, val_loss })).findings).toEqual([]);
  });
});
