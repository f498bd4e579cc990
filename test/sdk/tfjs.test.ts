import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import * as layered from '@tensorflow/tfjs-layers';
import { trainWithTfjs } from '../../scripts/demo/tfjs.ts';
import { tidemarkCallback, type TidemarkCallbackOptions } from '../../sdk/tfjs.ts';
import type { RunState } from '../../shared/frames.ts';
import { startServer, temporaryFolder, type ServerProcess } from '../support/server.ts';

/** By the real library: a linear model on two points. */

/** A run that says stop after so many validations, and keeps what is logged. */
function runThatStops(after: number) {
  const logged: { values: Record<string, unknown>; step: number; epoch: number }[] = [];
  let validations = 0;
  let finished = 0;
  const defined: object[] = [];
  return {
    logged,
    defined,
    finished: () => finished,
    run: {
      log(values: Record<string, unknown>, { step = NaN, epoch = NaN } = {}) {
        logged.push({ values, step, epoch });
        if ('val' in values) validations++;
      },
      define: (definition) => void defined.push(definition),
      shouldStop: () => validations >= after,
      finish: () => {
        finished++;
        return Promise.resolve();
      },
    } as NonNullable<TidemarkCallbackOptions['run']>,
  };
}

async function fit(options: TidemarkCallbackOptions, epochs = 20) {
  await tf.setBackend('cpu');
  const model = layered.sequential({
    layers: [layered.layers.dense({ inputShape: [1], units: 1, kernelInitializer: 'zeros' })],
  });
  // The first training point pulls the slope to 3; validation is best on the way there, at 1.
  model.compile({ optimizer: tf.train.sgd(0.05), loss: 'meanSquaredError' });
  const callback = tidemarkCallback(model, options);
  const { history } = await model.fit(tf.tensor2d([[1], [2]]), tf.tensor2d([[3], [6]]), {
    epochs,
    batchSize: 2,
    validationData: [tf.tensor2d([[1], [2]]), tf.tensor2d([[1], [2]])],
    callbacks: callback,
  });
  const losses = history.val_loss as number[];
  const left = model.evaluate(tf.tensor2d([[1], [2]]), tf.tensor2d([[1], [2]])) as tf.Scalar;
  return { callback, losses, left: (await left.data())[0] };
}

describe('the callback of TensorFlow.js', () => {
  test('logs every batch and epoch with steps, epochs and the learning rate', async () => {
    const { run, logged, finished } = runThatStops(Infinity);
    const { callback } = await fit({ run }, 3);
    const training = logged.filter(({ values }) => 'train' in values);
    const validations = logged.filter(({ values }) => 'val' in values);
    expect(training.map(({ step, epoch }) => [step, epoch])).toEqual([
      [1, 0],
      [2, 1],
      [3, 2],
    ]);
    expect(validations.map(({ step, epoch }) => [step, epoch])).toEqual([
      [1, 0],
      [2, 1],
      [3, 2],
    ]);
    expect(Object.keys(training[0].values.train as object)).toEqual(['loss']);
    expect(validations[0].values).toEqual({ val: { loss: expect.any(Number) as number }, lr: 0.05 });
    expect(callback.stopped).toBe(false);
    expect(finished(), 'a run that was given is not its to finish').toBe(0);
  });

  test('stops when it is told to, with the weights of the best epoch', async () => {
    const { run } = runThatStops(12);
    const { callback, losses, left } = await fit({ run }, 1000);
    expect(losses).toHaveLength(12);
    expect(callback.stopped).toBe(true);
    const best = Math.min(...losses);
    expect(losses.at(-1)).toBeGreaterThan(1.1 * best);
    expect(callback.bestEpoch).toBe(losses.indexOf(best));
    expect(left).toBeCloseTo(best, 5);
  });

  test('leaves the weights of the best epoch where nobody stops it, too', async () => {
    const { losses, left, callback } = await fit({ run: runThatStops(Infinity).run }, 12);
    expect(callback.stopped).toBe(false);
    expect(losses.at(-1)).toBeGreaterThan(1.1 * Math.min(...losses));
    expect(left).toBeCloseTo(Math.min(...losses), 5);
    const unmeasured = await fit({ run: runThatStops(Infinity).run, monitor: 'val_acc' }, 12);
    expect(unmeasured.left).toBeCloseTo(unmeasured.losses.at(-1)!, 5);
  });

  test('keeps the last weights where they are not to be put back', async () => {
    const stopped = await fit({ run: runThatStops(12).run, restoreBest: false }, 1000);
    expect(stopped.left).toBeCloseTo(stopped.losses.at(-1)!, 5);
    const whole = await fit({ run: runThatStops(Infinity).run, restoreBest: 'stopped' }, 12);
    expect(whole.left).toBeCloseTo(whole.losses.at(-1)!, 5);
  });

  test('lets the best epoch be judged by what the weights are kept by', async () => {
    const { run, defined } = runThatStops(Infinity);
    await fit({ run }, 1);
    expect(defined).toEqual([]);
    await fit({ run, monitor: 'val_acc', goal: 'max' }, 1);
    expect(defined).toEqual([{ series: 'val/acc', goal: 'max', monitor: true }]);
  });

  test('leaves no tensors behind', async () => {
    await fit({ run: runThatStops(3).run }, 5);
    const before = tf.memory().numTensors;
    await fit({ run: runThatStops(3).run, restoreBest: false }, 5);
    const without = tf.memory().numTensors - before;
    await fit({ run: runThatStops(3).run }, 5);
    expect(tf.memory().numTensors - before - without).toBe(without);
  });
});

describe.skipIf(!existsSync(join(import.meta.dirname, '../../dist/bundle/main.js')))(
  'with a real server (`npm run build` makes it)',
  () => {
    let folder: ReturnType<typeof temporaryFolder>;
    let server: ServerProcess;
    beforeEach(async () => {
      folder = temporaryFolder();
      server = await startServer(join(folder.path, 'data'));
    });
    afterEach(async () => {
      await server.end();
      folder.remove();
    });

    test('the example overfits, is stopped, and has the best weights', async () => {
      const where = { url: server.url, dir: join(folder.path, 'spool') };
      const { stopped, bestEpoch, losses, left } = await trainWithTfjs(2000, { id: 'tfjs', ...where });
      expect(stopped).toBe(true);
      expect(left).toBeCloseTo(Math.min(...losses), 4);
      expect(bestEpoch).toBe(losses.indexOf(Math.min(...losses)));
      const answer = await fetch(`${server.url}/api/runs/tfjs`);
      const { run } = (await answer.json()) as { run: RunState };
      expect(run).toMatchObject({ status: 'stopped', project: 'digits', missing: 0 });
    }, 120_000);
  },
);
