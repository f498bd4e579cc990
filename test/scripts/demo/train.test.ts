import { expect, test } from 'vitest';
import { readDigits } from '../../../scripts/demo/digits.ts';
import { PRESETS, type Preset } from '../../../scripts/demo/presets.ts';
import { train, type Monitor } from '../../../scripts/demo/train.ts';

const digits = readDigits();

interface Epoch {
  readonly step: number;
  readonly train: number;
  readonly val: number;
  readonly accuracy: number;
}

/** Trains without waiting, and gathers each epoch's mean training loss and validation. */
async function curve(preset: Preset, monitor: Partial<Monitor> = {}) {
  const epochs: Epoch[] = [];
  let losses: number[] = [];
  const notes: string[] = [];
  const run: Monitor = {
    stopRequest: null,
    shouldStop: () => false,
    note: (text) => void notes.push(text),
    log(values, position) {
      const { train, val } = values as { train: { loss: number }; val?: { loss: number; accuracy: number } };
      if (!val) losses.push(train.loss);
      else {
        const mean = losses.reduce((sum, loss) => sum + loss, 0) / losses.length;
        epochs.push({ step: position!.step!, train: mean, val: val.loss, accuracy: val.accuracy });
        losses = [];
      }
    },
    ...monitor,
  };
  return { epochs, notes, trained: await train(preset, digits, run, { pace: 0 }) };
}

const best = (epochs: readonly Epoch[]) => epochs.reduce((a, b) => (b.val < a.val ? b : a));

test('healthy: validation improves nearly to the end and does not fall behind', async () => {
  const { epochs } = await curve({ ...PRESETS.healthy, epochs: 30 });
  expect(epochs.indexOf(best(epochs))).toBeGreaterThan(25);
  expect(epochs.at(-1)!.val).toBeLessThan(1.1 * best(epochs).val);
  expect(epochs.at(-1)!.accuracy).toBeGreaterThan(0.92);
});

test('overfit: validation rises by a fifth over its best while the training loss keeps falling', async () => {
  const { epochs } = await curve({ ...PRESETS.overfit, epochs: 45 });
  const bottom = best(epochs);
  const last = epochs.at(-1)!;
  expect(epochs.indexOf(bottom)).toBeGreaterThan(2);
  expect(epochs.indexOf(bottom)).toBeLessThan(20);
  expect(last.val).toBeGreaterThan(1.2 * bottom.val);
  expect(last.train).toBeLessThan(0.3 * bottom.train);
});

test('learning-rate-too-high: learns at first, then the loss runs far above its start', async () => {
  const { epochs } = await curve({ ...PRESETS['learning-rate-too-high'], epochs: 32 });
  expect(best(epochs).val).toBeLessThan(0.5 * Math.LN10);
  expect(epochs.at(-1)!.val).toBeGreaterThan(3 * epochs[0].train);
});

test('baseline: stays at one digit in ten', async () => {
  const { epochs } = await curve({ ...PRESETS.baseline, epochs: 5 });
  for (const { val, accuracy } of epochs) {
    expect(accuracy).toBeLessThan(0.15);
    expect(Math.abs(val - Math.LN10)).toBeLessThan(0.03);
  }
});

test('a stop is obeyed at the end of the epoch, with the weights of the step asked for', async () => {
  const stopRequest = { step: 11, epoch: 0, reason: 'the best epoch is past' };
  let asked = 0;
  const { epochs, notes, trained } = await curve(
    { ...PRESETS.overfit, epochs: 50 },
    { stopRequest, shouldStop: () => ++asked === 4 },
  );
  expect(epochs).toHaveLength(4);
  expect(trained).toMatchObject({ status: 'stopped', epochs: 4, reason: 'the best epoch is past' });
  expect(notes).toEqual(['Kept the weights of step 11.']);
  const { trained: once } = await curve({ ...PRESETS.overfit, epochs: 1 });
  expect(trained.network.parameters).toEqual(once.network.parameters);
});

test('gives up when the loss is no number any more', async () => {
  const { trained } = await curve({ ...PRESETS.overfit, lr: 1e200, momentum: 0, epochs: 50 });
  expect(trained.status).toBe('failed');
  expect(trained.epochs).toBeLessThan(8);
});

test('an interruption ends it within a step', async () => {
  const interruption = new AbortController();
  let logged = 0;
  const log = (): void => {
    if (++logged === 3) interruption.abort();
  };
  const run: Monitor = { stopRequest: null, shouldStop: () => false, note: () => undefined, log };
  const trained = await train(PRESETS.overfit, digits, run, { pace: 0, signal: interruption.signal });
  expect(trained).toMatchObject({ status: 'failed', epochs: 0, reason: 'The training was interrupted.' });
  expect(logged).toBe(3);
});
