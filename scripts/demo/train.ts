import { setTimeout as delay } from 'node:timers/promises';
import { init, type Run } from '../../sdk/index.ts';
import { CLASSES, pick, readDigits, split, withLabelNoise, type Examples } from './digits.ts';
import { Momentum } from './momentum.ts';
import { Network } from './network.ts';
import { isPresetName, PRESETS, type Preset } from './presets.ts';
import { seeded, type Random } from './random.ts';

/** As much of a run as the training talks to. */
export type Monitor = Pick<Run, 'log' | 'note' | 'shouldStop' | 'stopRequest'>;

export interface TrainOptions {
  /** Seconds that an epoch takes at least, so that it can be watched. */
  readonly pace: number;
  /** Ends the training within a step. */
  readonly signal?: AbortSignal;
}

/** How a training ended. */
export interface Trained {
  readonly network: Network;
  /** Epochs trained. */
  readonly epochs: number;
  readonly status: 'finished' | 'failed' | 'stopped';
  readonly reason?: string;
}

/** Epochs in a row with a loss that is no number after which it is no use to go on. */
const HOPELESS = 4;

/** Trains a network on the digits and logs what happens. Obeys a stop at the end of an epoch, and keeps the best one. */
export async function train(
  preset: Preset,
  digits: Examples,
  run: Monitor,
  { pace, signal }: TrainOptions,
): Promise<Trained> {
  const random = seeded(preset.seed);
  const { training, validation } = deal(preset, digits, random);
  const network = Network.initialised(preset.hidden, random, preset.hiddenBias);
  const optimizer = new Momentum(network.parameters.length, preset);
  const gradient = new Float64Array(network.parameters.length);
  const checkpoints = new Map<number, Network>();
  const stepsPerEpoch = Math.ceil(training.count / preset.batch);
  const started = performance.now();
  let hopeless = 0;

  for (let epoch = 0, step = 0; epoch < preset.epochs; epoch++) {
    const order = random.permutation(training.count);
    for (let from = 0; from < training.count; from += preset.batch, step++) {
      const batch = pick(training, order.subarray(from, from + preset.batch));
      const loss = network.gradient(batch, gradient);
      const lr = preset.lr * warmth(step, preset.warmUp * stepsPerEpoch);
      optimizer.step(network.parameters, gradient, lr);
      run.log({ train: { loss }, lr, grad_norm: norm(gradient) }, { step, epoch });
      await until(started + ((step + 1) / stepsPerEpoch) * pace * 1000);
      if (signal?.aborted)
        return { network, epochs: epoch, status: 'failed', reason: 'The training was interrupted.' };
    }
    const train = network.evaluate(training);
    const val = network.evaluate(validation);
    run.log({ val, train: { accuracy: train.accuracy } }, { step: step - 1, epoch });

    checkpoints.set(step - 1, network.copy());
    if (run.shouldStop()) {
      const { step: best, reason } = run.stopRequest ?? { step: null, reason: '' };
      const kept = checkpoints.get(best ?? step - 1);
      if (kept && best !== null) run.note(`Kept the weights of step ${best}.`);
      return { network: kept ?? network, epochs: epoch + 1, status: 'stopped', reason };
    }
    hopeless = Number.isFinite(val.loss) ? 0 : hopeless + 1;
    if (hopeless === HOPELESS) {
      const reason = `The validation loss has been ${val.loss} for ${HOPELESS} epochs.`;
      return { network, epochs: epoch + 1, status: 'failed', reason };
    }
  }
  return { network, epochs: preset.epochs, status: 'finished' };
}

/** The images to train on and those to validate on. */
function deal(
  preset: Preset,
  digits: Examples,
  random: Random,
): { training: Examples; validation: Examples } {
  const { training, validation } = split(digits, preset.training, preset.validation, random);
  return { training: withLabelNoise(training, preset.labelNoise, random), validation };
}

/** The share of the learning rate in force at a step: from a thousandth, growing geometrically, to 1. */
function warmth(step: number, warmUp: number): number {
  return step < warmUp ? 1000 ** (step / warmUp - 1) : 1;
}

/** How many examples there are of each class. */
function countsOf({ labels }: Examples): number[] {
  const counts = new Array<number>(CLASSES).fill(0);
  for (const label of labels) counts[label]++;
  return counts;
}

/** Waits until a time, in ms of `performance.now()`, if it is not past. */
async function until(time: number): Promise<void> {
  const rest = time - performance.now();
  if (rest > 1) await delay(rest);
}

function norm(vector: Float64Array): number {
  let squares = 0;
  for (let i = 0; i < vector.length; i++) squares += vector[i] * vector[i];
  return Math.sqrt(squares);
}

/** What a training says to the process that started it when it has ended. */
export interface Ended extends Omit<Trained, 'network'> {
  /** Share of the validation images told right by the weights that were kept. */
  readonly accuracy: number;
}

/** One training as a process of its own: `node train.js PRESET`; the server's address is in the environment. */
async function main(name: string | undefined): Promise<void> {
  if (!isPresetName(name))
    throw new Error(`preset: must be one of ${Object.keys(PRESETS).join(', ')}, got ${name}`);
  const preset: Preset = PRESETS[name];
  const { story, stop, ...config } = preset;
  const digits = readDigits();
  const { training, validation } = deal(preset, digits, seeded(preset.seed));
  const counted = { class_counts: countsOf(training), n_train: training.count, n_val: validation.count };
  const run = init({ name, config: { ...config, ...counted }, notes: story, stop });
  const interruption = new AbortController();
  const interrupt = (): void => interruption.abort();
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt).once('disconnect', interrupt);

  const { network, ...ended } = await train(preset, digits, run, {
    pace: Number(process.env.DEMO_PACE ?? '1'),
    signal: interruption.signal,
  });
  await run.finish({ ...ended, timeout: interruption.signal.aborted ? 1 : 5 });
  const { accuracy } = network.evaluate(validation);
  process.off('disconnect', interrupt);
  process.send?.({ ...ended, accuracy } satisfies Ended, () => process.disconnect());
}

if (process.argv[1] === import.meta.filename) await main(process.argv[2]);
