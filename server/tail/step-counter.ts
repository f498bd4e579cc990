import type { Printed } from './progress-line.ts';

/**
 * Gives printed values their steps. Where lines say a step that goes on, that is it. Where it starts again with each
 * epoch, as bars do, the longest epoch so far is added for every epoch before; where there are only epochs, these are
 * the steps; where there is nothing, lines are counted.
 */
export class StepCounter {
  #base = 0;
  #last = -1;
  #epoch: number | null = null;
  #lines = 0;

  /** The step of what was printed, never below the one before. */
  stepOf({ step, epoch }: Printed): number {
    if (step !== undefined) {
      const turned = this.#epoch !== null && epoch !== undefined && epoch > this.#epoch;
      if (this.#base + step < this.#last && (turned || epoch === undefined || this.#epoch === null))
        this.#base = this.#last;
      if (epoch !== undefined) this.#epoch = epoch;
      this.#last = Math.max(this.#last, this.#base + step);
    } else if (epoch !== undefined) {
      this.#epoch = epoch;
      // A validation at the end of an epoch of steps belongs to the last of them.
      if (this.#last < 0 || (this.#base === 0 && this.#epochs)) {
        this.#epochs = true;
        this.#last = Math.max(this.#last, Math.floor(epoch));
      }
    } else if (this.#last < 0 || this.#counting) {
      this.#counting = true;
      this.#last = this.#lines;
    }
    this.#lines++;
    return this.#last;
  }

  /** Epochs are the steps. */
  #epochs = false;
  /** Lines are the steps. */
  #counting = false;
}
