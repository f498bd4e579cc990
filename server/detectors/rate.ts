/** The highest learning rate so far, and the step where it was last raised; NaN where none is logged. */
export interface Raised {
  readonly rate: number;
  readonly step: number;
}

export const NO_RATE: Raised = { rate: NaN, step: NaN };

/** Follows the rate in force at points `from` to `to`. The first counts as raised: nothing is known of what was before. */
export function followRate(
  before: Raised,
  rates: Float64Array,
  steps: Float64Array,
  from: number,
  to: number,
): Raised {
  let { rate, step } = before;
  for (let i = from; i < to; i++) {
    if (rates[i] > rate || (Number.isNaN(rate) && !Number.isNaN(rates[i]))) {
      rate = rates[i];
      step = steps[i];
    }
  }
  return rate === before.rate && step === before.step ? before : { rate, step };
}

/**
 * The learning rate was raised to its highest within the latter half of the run: it is still being warmed up.
 * @param steps of the run so far, as means of equally many points
 */
export function warmingUp(steps: readonly number[], { step }: Raised): boolean {
  return step > steps[0] && step > steps[steps.length >> 1];
}
