/**
 * Trains an MLP of TensorFlow.js on few digits, so that it overfits, until the monitor says that the best epoch is past:
 * it then has the weights of that epoch.
 *
 *     npm start                          # the monitor, in another terminal
 *     npm install @tensorflow/tfjs-core @tensorflow/tfjs-layers @tensorflow/tfjs-backend-cpu
 *     node dist/scripts/demo/tfjs.js     # made by `npm run build`
 */
import { pathToFileURL } from 'node:url';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import * as layered from '@tensorflow/tfjs-layers';
import { tidemarkCallback, type TidemarkCallbackOptions } from '../../sdk/tfjs.ts';
import { CLASSES, PIXELS, readDigits, split, withLabelNoise, type Examples } from './digits.ts';
import { seeded } from './random.ts';

export interface TfjsTrained {
  readonly stopped: boolean;
  /** From 0. */
  readonly bestEpoch: number | null;
  /** Loss of validation of every epoch, and of the model as it is left. */
  readonly losses: readonly number[];
  readonly left: number;
}

/** @param epochs at most */
export async function trainWithTfjs(
  epochs: number,
  options: TidemarkCallbackOptions = {},
): Promise<TfjsTrained> {
  await tf.setBackend('cpu');
  const random = seeded(1);
  const { training, validation } = split(readDigits(), 100, 200, random);
  const [x, y] = tensors(withLabelNoise(training, 0.2, random));
  const validationData = tensors(validation);
  const model = layered.sequential({
    layers: [
      layered.layers.dense({
        inputShape: [PIXELS],
        units: 48,
        activation: 'relu',
        kernelInitializer: glorot(1),
      }),
      layered.layers.dense({ units: CLASSES, activation: 'softmax', kernelInitializer: glorot(2) }),
    ],
  });
  model.compile({ optimizer: tf.train.adam(0.01), loss: 'sparseCategoricalCrossentropy' });
  const tidemark = tidemarkCallback(model, { project: 'digits', name: 'tfjs', ...options });
  const { history } = await model.fit(x, y, {
    epochs,
    batchSize: 25,
    validationData,
    callbacks: tidemark,
    yieldEvery: 'epoch',
  });
  const left = model.evaluate(...validationData) as tf.Scalar;
  const { stopped, bestEpoch } = tidemark;
  return { stopped, bestEpoch, losses: history.val_loss as number[], left: (await left.data())[0] };
}

function tensors({ count, images, labels }: Examples): [tf.Tensor2D, tf.Tensor1D] {
  return [tf.tensor2d(Float32Array.from(images), [count, PIXELS]), tf.tensor1d(Float32Array.from(labels))];
}

function glorot(seed: number): ReturnType<typeof layered.initializers.glorotUniform> {
  return layered.initializers.glorotUniform({ seed });
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { stopped, bestEpoch, left } = await trainWithTfjs(2000);
  const end = stopped ? 'Stopped by the monitor' : 'Trained to the end';
  console.log(`${end}: kept epoch ${bestEpoch}, with a loss of validation of ${left.toFixed(4)}`);
}
