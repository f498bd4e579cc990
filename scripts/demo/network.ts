import { CLASSES, PIXELS, type Examples } from './digits.ts';
import type { Random } from './random.ts';

/**
 * A network with one hidden layer, 64 pixels → `hidden` ReLUs → 10 digits, trained by softmax cross-entropy.
 *
 * All parameters are one array, so that an optimizer is a loop: `hidden` × 64 weights, `hidden` biases, 10 × `hidden`
 * weights, 10 biases; matrices row by row, one row a unit.
 */
export class Network {
  readonly hidden: number;
  readonly parameters: Float64Array;
  readonly #offsets: { readonly bias1: number; readonly weight2: number; readonly bias2: number };

  constructor(hidden: number, parameters?: Float64Array) {
    this.hidden = hidden;
    const bias1 = hidden * PIXELS;
    const weight2 = bias1 + hidden;
    const bias2 = weight2 + CLASSES * hidden;
    this.#offsets = { bias1, weight2, bias2 };
    this.parameters = parameters ?? new Float64Array(bias2 + CLASSES);
  }

  /**
   * Draws the weights: standard deviation √(2 / inputs) (He et al., 2015), biases 0.
   * @param bias the hidden units' bias; far below 0, no unit ever answers and none learns
   */
  static initialised(hidden: number, random: Random, bias = 0): Network {
    const network = new Network(hidden);
    const { bias1, weight2, bias2 } = network.#offsets;
    const { parameters } = network;
    for (let i = 0; i < bias1; i++) parameters[i] = random.normal() * Math.sqrt(2 / PIXELS);
    parameters.fill(bias, bias1, weight2);
    for (let i = weight2; i < bias2; i++) parameters[i] = random.normal() * Math.sqrt(2 / hidden);
    return network;
  }

  /** The same network with its parameters as they are now: a checkpoint. */
  copy(): Network {
    return new Network(this.hidden, this.parameters.slice());
  }

  /** Mean cross-entropy over the examples, in nats, and the share of them told right. */
  evaluate(examples: Examples): { loss: number; accuracy: number } {
    return this.#pass(examples, null);
  }

  /** Writes the gradient of the mean cross-entropy into `gradient`, as long as the parameters; answers the loss. */
  gradient(examples: Examples, gradient: Float64Array): number {
    gradient.fill(0);
    return this.#pass(examples, gradient).loss;
  }

  #pass(
    { count, images, labels }: Examples,
    gradient: Float64Array | null,
  ): { loss: number; accuracy: number } {
    const { hidden, parameters } = this;
    const { bias1, weight2, bias2 } = this.#offsets;
    const active = new Float64Array(hidden);
    const logits = new Float64Array(CLASSES);
    let loss = 0;
    let right = 0;
    for (let n = 0; n < count; n++) {
      const image = images.subarray(n * PIXELS, (n + 1) * PIXELS);
      const label = labels[n];
      for (let j = 0; j < hidden; j++) {
        let sum = parameters[bias1 + j];
        for (let i = 0; i < PIXELS; i++) sum += parameters[j * PIXELS + i] * image[i];
        active[j] = sum > 0 || Number.isNaN(sum) ? sum : 0;
      }
      let best = 0;
      for (let k = 0; k < CLASSES; k++) {
        let sum = parameters[bias2 + k];
        for (let j = 0; j < hidden; j++) sum += parameters[weight2 + k * hidden + j] * active[j];
        logits[k] = sum;
        if (sum > logits[best]) best = k;
      }
      if (best === label) right++;
      // log Σ exp, from the largest on, so that it overflows for none but infinite logits.
      const largest = logits[best];
      let total = 0;
      for (let k = 0; k < CLASSES; k++) total += Math.exp(logits[k] - largest);
      loss += largest + Math.log(total) - logits[label];
      if (gradient === null) continue;
      for (let k = 0; k < CLASSES; k++) {
        const error = (Math.exp(logits[k] - largest) / total - (k === label ? 1 : 0)) / count;
        gradient[bias2 + k] += error;
        for (let j = 0; j < hidden; j++) gradient[weight2 + k * hidden + j] += error * active[j];
        logits[k] = error;
      }
      for (let j = 0; j < hidden; j++) {
        if (active[j] === 0) continue;
        let error = 0;
        for (let k = 0; k < CLASSES; k++) error += logits[k] * parameters[weight2 + k * hidden + j];
        gradient[bias1 + j] += error;
        for (let i = 0; i < PIXELS; i++) gradient[j * PIXELS + i] += error * image[i];
      }
    }
    return { loss: loss / count, accuracy: right / count };
  }
}
