import { describe, expect, test } from 'vitest';
import { plateau } from '../../../server/detectors/plateau.ts';
import { expectMarbles, rowsOf } from './marbles.ts';
import { healthy, normal } from './streams.ts';
import { lives, told } from './told.ts';

/** Falls exponentially to `floor` within about 5 · `scale` steps. */
function saturating(length: number, { scale = 20, floor = 0.3, noise = 0.002, seed = 1 } = {}): number[] {
  const next = normal(seed);
  return Array.from({ length }, (_, i) => floor + 2 * Math.exp(-i / scale) + noise * next());
}

describe('plateau', () => {
  test('speaks in the frame of the point that ends its warm-up, and resolves when the loss moves', () => {
    const flat = Array.from({ length: 29 }, (_, i) => 2.3 + 1e-4 * (i % 2));
    const rows = {
      a: rowsOf('loss', flat),
      x: rowsOf('loss', [2.3]),
      b: rowsOf('loss', Array<number>(20).fill(1)),
    };
    expectMarbles(plateau(), 'a-x-x-b|', rows, 'n-o-n-r|');
  });

  test('calls a loss that has not moved since the start stuck', async () => {
    const next = normal(3);
    const values = Array.from({ length: 60 }, () => 2.303 + 0.002 * next());
    const { findings, last } = await told(plateau(), { loss: values, val_loss: values });
    expect(lives(findings)).toEqual(['open@29 from 0 warning']);
    expect(last.verdict).toBe('Not learning: training loss has not moved since the start');
  });

  test('calls a loss that fell at once and never again stuck', async () => {
    const values = [181, ...Array.from({ length: 59 }, (_, i) => 91.4 + 0.01 * (i % 3))];
    const { findings } = await told(plateau(), { loss: values });
    expect(lives(findings)).toEqual(['open@29 from 1 warning']);
    expect(findings[0].title).toBe('Training loss fell at once and is stuck at 91.4 since step 1');
  });

  test('does not call a loss stuck that fell at once by more than nine tenths', async () => {
    const values = [0.27, ...Array.from({ length: 199 }, (_, i) => 0.0126 + 1e-5 * (i % 3))];
    const { findings } = await told(plateau(), { loss: values });
    expect(findings.filter(({ severity }) => severity !== 'info')).toEqual([]);
  });

  test('says of a loss that creeps that the rate may be too low, and warns when it goes on', async () => {
    const loss = Array.from({ length: 200 }, (_, i) => 4.93 - 1e-4 * i);
    const { findings } = await told(plateau(), { loss });
    expect(lives(findings)).toEqual(['open@29 from 0 info', 'open@149 from 0 warning']);
    expect(findings[1].advice[0]).toMatch(/^Raise the learning rate/);
  });

  test('advises a higher rate where a slow fall stopped high, and a lower one else', async () => {
    const slow = saturating(200, { floor: 5, scale: 10, noise: 0 });
    const high = await told(plateau(), { loss: slow });
    expect(high.findings[0].advice[0]).toMatch(/^Raise the learning rate/);
    const deep = await told(plateau(), { loss: saturating(600) });
    expect(deep.findings[0].advice[0]).toMatch(/^Lower the learning rate/);
  });

  test('calls a loss that fell for long and then no more converged, as a remark', async () => {
    const { findings } = await told(plateau(), { loss: saturating(600) });
    expect(lives(findings)).toEqual(['open@97 from 76 info']);
  });

  test('takes it back when a drop of the learning rate frees the loss', async () => {
    const before = saturating(400, { floor: 1 });
    const after = saturating(400, { floor: 0.2, scale: 10, seed: 2 }).map((value) => Math.min(value, 1));
    const lr = [...before.map(() => 0.1), ...after.map(() => 0.01)];
    const { findings } = await told(plateau(), { loss: [...before, ...after], lr });
    expect(findings.map(({ status }) => status)).toEqual(['open', 'resolved', 'open']);
    expect(findings[2].advice[0]).toContain('has been lowered');
  });

  test('waits while the learning rate is warmed up', async () => {
    const values = Array.from({ length: 60 }, (_, i) => 10.8 - 1e-4 * i);
    const lr = values.map((_, i) => 1e-5 * i);
    expect((await told(plateau(), { loss: values, lr })).findings).toEqual([]);
    expect((await told(plateau(), { loss: values, lr: values.map(() => 1) })).findings).toHaveLength(1);
  });

  test('never calls a power law converged, and needs more points when there is more noise', async () => {
    for (const noise of [0, 0.01, 0.05]) {
      for (const seed of [1, 2, 3]) {
        const { findings } = await told(plateau(), { loss: healthy(5000, { seed, noise, floor: 0 }) });
        expect(findings.filter(({ severity }) => severity !== 'info')).toEqual([]);
      }
    }
    expect((await told(plateau(), { loss: healthy(5000, { noise: 0, floor: 0 }) })).findings).toEqual([]);
  });

  test('tells by validations what the noise of batches hides', async () => {
    const next = normal(6);
    const at = (epoch: number): number => 0.3 + 0.7 * Math.exp(-epoch / 2);
    const val_loss = Array.from({ length: 40 }, (_, i) => at(i) + 0.001 * next());
    const loss = val_loss.map((value) => value + 0.1 * next());
    const { findings } = await told(plateau(), { loss, val_loss });
    expect(lives(findings)).toEqual(['open@19 from 10 info']);
    expect(findings[0].title).toMatch(/^Validation loss has stopped improving since step 10, at 0.30/);
  });

  test('does not call a validation loss stuck: it may have been solved within the first epoch', async () => {
    const next = normal(6);
    const val_loss = Array.from({ length: 40 }, () => 0.3 + 0.0001 * next());
    expect((await told(plateau(), { loss: healthy(40), val_loss })).findings).toEqual([]);
  });

  test('calls a loss converged that fell within the first epochs to a high level', async () => {
    const next = normal(2);
    const loss = Array.from({ length: 300 }, (_, i) => 0.4 + 0.8 * Math.exp(-i / 8) + 0.004 * next());
    const { findings } = await told(plateau(), { loss });
    expect(lives(findings)).toEqual(['open@59 from 34 info']);
  });
});
