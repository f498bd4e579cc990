/**
 * Segments of the journal from which something is still wanted: its records wait for the detectors, or what those said
 * of them is not durable yet. None of them may be sealed, nor any behind them.
 */
export class HeldSegments {
  readonly #held = new Map<number, number>();
  readonly #released: () => void;

  /** @param released hears of everything that is let go */
  constructor(released: () => void) {
    this.#released = released;
  }

  /** Holds a segment, once more where it is held. */
  hold(segment: number): void {
    this.#held.set(segment, (this.#held.get(segment) ?? 0) + 1);
  }

  /** Takes back one `hold`. */
  release(segment: number): void {
    const left = this.#held.get(segment)! - 1;
    if (left > 0) this.#held.set(segment, left);
    else this.#held.delete(segment);
    this.#released();
  }

  /** The oldest one held; Infinity when none is. */
  get first(): number {
    return Math.min(...this.#held.keys());
  }
}
