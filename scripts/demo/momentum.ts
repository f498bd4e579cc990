/**
 * Stochastic gradient descent with momentum and weight decay, as PyTorch's `SGD`: v ← μ·v + g + λ·p; p ← p − lr·v.
 * Changes the parameters in place.
 */
export class Momentum {
  readonly #velocity: Float64Array;
  readonly #momentum: number;
  readonly #weightDecay: number;

  /** @param count parameters */
  constructor(count: number, { momentum, weightDecay }: { momentum: number; weightDecay: number }) {
    this.#velocity = new Float64Array(count);
    this.#momentum = momentum;
    this.#weightDecay = weightDecay;
  }

  step(parameters: Float64Array, gradient: Float64Array, lr: number): void {
    const velocity = this.#velocity;
    for (let i = 0; i < parameters.length; i++) {
      velocity[i] = this.#momentum * velocity[i] + gradient[i] + this.#weightDecay * parameters[i];
      parameters[i] -= lr * velocity[i];
    }
  }
}
