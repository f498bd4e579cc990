/** Milliseconds a frame costs a viewer; in the long run they are so far apart, 28 a second. */
const INTERVAL = 36;

/** What a viewer may have saved up: after a quiet while so many frames more may go as their changes come. */
const SAVED = 2 * INTERVAL;

/** Viewers that change at the same moments are to be served at the same moments, which costs one look for all. */
const GRID = 12;

/**
 * When a viewer may be sent its next frame, at most 30 in any second.
 *
 *                 ┌─ quiet: at once, and so the two after it ─┐
 *     a change ───┤                                           ├──▶ a frame
 *                 └─ nothing saved up: 36 ms after the last ──┘
 *
 * So a lone change never waits, nor do changes that come in uneven steps but fewer than 28 a second on average, and a
 * constant stream is sent evenly. (Frames i and i + 30 are at least 30 × 36 − 72 ms apart, which is more than a second.)
 * All times are of one clock in ms.
 */
export class Pace {
  /** When all that was sent is paid for. */
  #paid = -Infinity;

  /** The earliest time of the next frame; not after `now`: it may go at once. */
  get due(): number {
    return this.#paid - SAVED;
  }

  /** Hears that a frame goes now. */
  sent(now: number): void {
    this.#paid = Math.ceil((Math.max(this.#paid, now) + INTERVAL) / GRID) * GRID;
  }
}
