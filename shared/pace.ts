/** How often something may be sent. All in ms. */
export interface PaceOptions {
  /** What one costs: in the long run they are so far apart. */
  readonly interval: number;
  /** What may have been saved up: after a quiet while `1 + saved / interval` may go as they come. */
  readonly saved: number;
  /** Those that are paced alike, and by changes at the same moments, go at the same moments: multiples of this. */
  readonly grid?: number;
}

/**
 * When the next may be sent of what changes in uneven steps.
 *
 *                 ┌─ quiet: at once, and so those after it that were saved up for ─┐
 *     a change ───┤                                                                ├──▶ sent
 *                 └─ nothing saved up: `interval` after the last ──────────────────┘
 *
 * So a lone change never waits, nor do changes that come in uneven steps but are further apart than `interval` on
 * average, and a constant stream is sent evenly. Within any time t at most `(t + saved) / interval + 1` are sent. All
 * times are of one clock in ms.
 */
export class Pace {
  readonly #options: Required<PaceOptions>;
  /** When all that was sent is paid for. */
  #paid = -Infinity;

  constructor({ interval, saved, grid = 0 }: PaceOptions) {
    this.#options = { interval, saved, grid };
  }

  /** The earliest time of the next; not after `now`: it may go at once. */
  get due(): number {
    return this.#paid - this.#options.saved;
  }

  /** Hears that one goes now. */
  sent(now: number): void {
    const { interval, grid } = this.#options;
    const paid = Math.max(this.#paid, now) + interval;
    this.#paid = grid > 0 ? Math.ceil(paid / grid) * grid : paid;
  }
}
