import { lowerBound } from '../series.ts';
import type { Line } from '../series.ts';

/**
 * Epochs of a rank in one attempt, as a straight line from each step at which a new epoch was first logged to the
 * next. Before the first and behind the last of these it goes on as steeply as beside it, behind the last for one
 * epoch at most: how long that one will be is not known. An epoch that falls back is not believed.
 */
export class Epochs {
  readonly #line: Line;
  #steps = new Float64Array(16);
  #epochs = new Float64Array(16);
  /** Knots. */
  length = 0;
  #read = 0;
  #version = 0;

  /** @param line what the run logs as its epoch */
  constructor(line: Line) {
    this.#line = line;
  }

  /** Takes up what has come. Returns how often it was read from the start, for who has derived something from it. */
  update(): number {
    const { steps, values, length, version } = this.#line;
    if (version !== this.#version) {
      this.#version = version;
      this.length = this.#read = 0;
    }
    for (; this.#read < length; this.#read++) {
      const epoch = values[this.#read];
      const known = this.length === 0 ? -Infinity : this.#epochs[this.length - 1];
      if (!Number.isFinite(epoch) || epoch <= known) continue;
      const step = steps[this.#read];
      // Two epochs at one step: the later holds.
      if (this.length > 0 && this.#steps[this.length - 1] === step) this.length -= 1;
      this.#push(step, epoch);
    }
    return this.#version;
  }

  /** Steps below this one keep their epoch whatever comes. */
  get settled(): number {
    return this.length < 2 ? -Infinity : this.#steps[this.length - 1];
  }

  at(step: number): number {
    return this.#along(this.#steps, this.#epochs, step, true);
  }

  /** The step of an epoch, whole or not. */
  stepAt(epoch: number): number {
    return this.#along(this.#epochs, this.#steps, epoch, false);
  }

  /** @param capped whether what is behind the last knot ends one epoch later */
  #along(from: Float64Array, to: Float64Array, place: number, capped: boolean): number {
    const { length } = this;
    if (length === 0) return NaN;
    if (length === 1) return to[0];
    const right = Math.min(length - 1, Math.max(1, lowerBound(from, length, place)));
    const left = right - 1;
    const share = (place - from[left]) / (from[right] - from[left]);
    return to[left] + (to[right] - to[left]) * (capped ? Math.min(share, 2) : share);
  }

  #push(step: number, epoch: number): void {
    if (this.length === this.#steps.length) {
      const grown = (column: Float64Array): Float64Array<ArrayBuffer> => {
        const larger = new Float64Array(column.length * 2);
        larger.set(column);
        return larger;
      };
      this.#steps = grown(this.#steps);
      this.#epochs = grown(this.#epochs);
    }
    this.#steps[this.length] = step;
    this.#epochs[this.length] = epoch;
    this.length += 1;
  }
}
