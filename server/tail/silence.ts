/** Times its longest pause so far that a run may be silent, and the longest pause that counts, in ms. */
const PAUSES = 4;
const LONGEST_PAUSE = 6 * 3_600_000;

/** Learns from a run's pauses how long it may be silent before it counts as finished. */
export class Silence {
  readonly #quietMs: number;
  /** When a file last had news; null: none had. */
  #news: number | null = null;
  /** The longest time between two of them, in ms. */
  #pause = 0;

  /** @param quietMs milliseconds that any run may be silent */
  constructor(quietMs: number) {
    this.#quietMs = quietMs;
  }

  /** @param news when a file last had some, in milliseconds since 1970 */
  heard(news: number): void {
    if (this.#news !== null) this.#pause = Math.min(LONGEST_PAUSE, Math.max(this.#pause, news - this.#news));
    this.#news = news;
  }

  /** In milliseconds. */
  get limit(): number {
    return Math.max(this.#quietMs, PAUSES * this.#pause);
  }
}
