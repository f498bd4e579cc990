import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks';

/** Milliseconds between two looks at the loop: the delay is told less exactly than that. */
const SELDOM = 10;
const OFTEN = 1;
/** Milliseconds after a reading in which the next is expected from who wants to know exactly. */
const ATTENTION = 5_000;

/**
 * How late the event loop is. To look at it every millisecond costs an idle server some hundredths of a processor: that is
 * done while somebody reads it every few seconds, and else it looks ten times as seldom.
 */
export class LoopDelay {
  #histogram: IntervalHistogram = begin(SELDOM);
  #resolution = SELDOM;
  #timer: NodeJS.Timeout | undefined;

  /** Milliseconds between two looks. */
  get resolution(): number {
    return this.#resolution;
  }

  /** Milliseconds that the loop was late by since the last reading, by quantile; 1 is the most. */
  read(quantiles: readonly number[]): number[] {
    const late = quantiles.map((quantile) => {
      const ms = this.#histogram.percentile(quantile * 100 || 1) / 1e6 - this.#resolution;
      return Number.isFinite(ms) ? Math.max(0, ms) : 0;
    });
    this.#look(OFTEN);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#look(SELDOM), ATTENTION).unref();
    this.#histogram.reset();
    return late;
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#histogram.disable();
  }

  #look(resolution: number): void {
    if (resolution === this.#resolution) return;
    this.#histogram.disable();
    this.#resolution = resolution;
    this.#histogram = begin(resolution);
  }
}

function begin(resolution: number): IntervalHistogram {
  const histogram = monitorEventLoopDelay({ resolution });
  histogram.enable();
  return histogram;
}
