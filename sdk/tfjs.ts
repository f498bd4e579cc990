import { init } from './index.ts';
import type { Run } from './run.ts';
import type { InitOptions } from './settings.ts';

/** As much of a tensor as is needed to keep weights. */
interface Weight {
  clone(): Weight;
  dispose(): void;
}

/** As much of a model of TensorFlow.js as is needed: of `tf.Sequential` and `tf.LayersModel`. */
export interface TrainedModel {
  stopTraining: boolean;
  getWeights(trainableOnly?: boolean): Weight[];
  setWeights(weights: Weight[]): void;
  readonly optimizer?: object;
}

/** What TensorFlow.js measures of a batch or an epoch, by name: "loss", "acc", "val_loss". */
type Logs = Readonly<Record<string, number>> | undefined;

export interface TidemarkCallbackOptions extends InitOptions {
  /** A run begun before, which is yours to finish; else one is begun with the other options, and finished. */
  readonly run?: Pick<Run, 'log' | 'define' | 'shouldStop' | 'finish'>;
  /** The value by which weights are the best. Default: "val_loss", and "loss" where there is no validation. */
  readonly monitor?: string;
  /** Whether less or more of it is better. Default: "min". */
  readonly goal?: 'min' | 'max';
  /**
   * Put the best weights back when `fit` ends; "stopped": only after a stop; false: never. Default: true. Where `monitor`
   * is not measured, only after a stop.
   */
  readonly restoreBest?: boolean | 'stopped';
  /** Batches from one logged training value to the next, 1 or more. Default: 1. */
  readonly every?: number;
}

/** What `fit` and `fitDataset` take as `callbacks`, and what came of it. */
export interface TidemarkCallback {
  onTrainBegin(): void;
  onEpochBegin(epoch: number): void;
  onBatchEnd(batch: number, logs?: Logs): void;
  onEpochEnd(epoch: number, logs?: Logs): void;
  onTrainEnd(): Promise<void>;
  /** Whether the monitor stopped the training. */
  readonly stopped: boolean;
  /** The epoch of the weights that are kept, from 0; null before the first. */
  readonly bestEpoch: number | null;
}

/**
 * Logs what TensorFlow.js measures in `model.fit`, stops it when the monitor says so, and leaves the best weights.
 *
 * ```ts
 * await model.fit(x, y, { epochs: 500, validationData, callbacks: tidemarkCallback(model, { project: 'digits' }) });
 * ```
 *
 * Training values come after every batch as `train/…`, validation values after every epoch as `val/…`. The best weights
 * are kept by `getWeights` and put back by `setWeights`: `tf.callbacks.earlyStopping` has no `restoreBestWeights` yet.
 * @param model that is trained
 */
export function tidemarkCallback(
  model: TrainedModel,
  {
    run: given,
    monitor = 'val_loss',
    goal = 'min',
    restoreBest = true,
    every = 1,
    ...options
  }: TidemarkCallbackOptions = {},
): TidemarkCallback {
  let run = given ?? null;
  let step = 0;
  let epoch = 0;
  let best = Infinity;
  let bestEpoch: number | null = null;
  let weights: readonly Weight[] = [];
  let stopped = false;
  let measured = false;

  const forget = (): void => {
    for (const weight of weights) weight.dispose();
    weights = [];
  };
  const keepIfBest = (logs: NonNullable<Logs>): void => {
    measured ||= monitor in logs;
    const value = logs[monitor] ?? logs.loss;
    const turned = goal === 'max' ? -value : value;
    // Also where it is no number.
    if (!(turned < best)) return;
    best = turned;
    bestEpoch = epoch;
    if (restoreBest === false) return;
    forget();
    // A weight's tensor is the weight itself, and changes with it.
    weights = model.getWeights().map((weight) => weight.clone());
  };

  return {
    get stopped() {
      return stopped;
    },
    get bestEpoch() {
      return bestEpoch;
    },
    onTrainBegin() {
      run ??= init({ stop: 'best-epoch', ...options });
      forget();
      [best, bestEpoch, stopped, measured] = [Infinity, null, false, false];
      // The best epoch is judged by what the weights are kept by.
      if (monitor.startsWith('val_') && monitor !== 'val_loss')
        run.define({ series: monitor.replace('val_', 'val/'), goal, monitor: true });
    },
    onEpochBegin(begun) {
      epoch = begun;
    },
    onBatchEnd(_batch, logs = {}) {
      step++;
      if (step % every !== 0) return;
      const measured = Object.entries(logs).filter(([name]) => name !== 'batch' && name !== 'size');
      run?.log({ train: Object.fromEntries(measured) }, { step, epoch });
    },
    onEpochEnd(ended, logs = {}) {
      epoch = ended;
      const names = Object.keys(logs).filter((name) => name.startsWith('val_'));
      const val = Object.fromEntries(names.map((name) => [name.slice('val_'.length), logs[name]]));
      const lr = rateOf(model.optimizer);
      run?.log({ ...(names.length > 0 && { val }), ...(lr !== null && { lr }) }, { step, epoch });
      keepIfBest(logs);
      if (run?.shouldStop() === true) stopped = model.stopTraining = true;
    },
    async onTrainEnd() {
      const ended = restoreBest === true && measured;
      if ((stopped || ended) && weights.length > 0) model.setWeights([...weights]);
      forget();
      if (given !== undefined) return;
      await run?.finish();
      run = null;
    },
  };
}

/** The learning rate of an optimizer of TensorFlow.js, where it has one. */
function rateOf(optimizer: object | undefined): number | null {
  const rate: unknown = optimizer && 'learningRate' in optimizer ? optimizer.learningRate : null;
  return typeof rate === 'number' ? rate : null;
}
