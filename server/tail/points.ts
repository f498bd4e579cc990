import type { Entry, LogEntry, PointsEntry } from './entry.ts';

/** Points, as a file is read into them. */
const FEWEST = 64;

/** Gathers scalars as columns, no object for any of them. */
export class PointsBuilder {
  readonly #names: readonly string[];
  #count = 0;
  #series = new Uint32Array(0);
  #steps = new Float64Array(0);
  #times = new Float64Array(0);
  #values = new Float64Array(0);
  /** As many as there were last: the next piece of the file is likely much the same. */
  #expected = FEWEST;

  /** @param names of the series, which may become more */
  constructor(names: readonly string[]) {
    this.#names = names;
  }

  /** @param time seconds since 1970; NaN: the file does not say */
  add(series: number, step: number, time: number, value: number): void {
    const at = this.#count++;
    if (at === this.#series.length) this.#grow();
    this.#series[at] = series;
    this.#steps[at] = step;
    this.#times[at] = time;
    this.#values[at] = value;
  }

  /** What was added since the last time; null: nothing. */
  take(): PointsEntry | null {
    const count = this.#count;
    if (count === 0) return null;
    const points: PointsEntry = {
      kind: 'points',
      names: this.#names,
      series: this.#series.subarray(0, count),
      steps: this.#steps.subarray(0, count),
      times: this.#times.subarray(0, count),
      values: this.#values.subarray(0, count),
    };
    this.#expected = Math.max(FEWEST, Math.ceil(count * 1.1));
    this.#count = 0;
    this.#series = new Uint32Array(0);
    this.#steps = this.#times = this.#values = new Float64Array(0);
    return points;
  }

  #grow(): void {
    const size = Math.max(this.#expected, this.#series.length * 2);
    const series = new Uint32Array(size);
    series.set(this.#series);
    this.#series = series;
    this.#steps = larger(this.#steps, size);
    this.#times = larger(this.#times, size);
    this.#values = larger(this.#values, size);
  }
}

function larger(column: Float64Array<ArrayBuffer>, size: number): Float64Array<ArrayBuffer> {
  const grown = new Float64Array(size);
  grown.set(column);
  return grown;
}

/** One of the points, as the entry of one value that it counts as. */
export function logAt({ names, series, steps, times, values }: PointsEntry, at: number): LogEntry {
  const time = times[at];
  return {
    kind: 'log',
    step: steps[at],
    ...(!Number.isNaN(time) && { time }),
    values: { [names[series[at]]]: values[at] },
  };
}

/** For whoever takes entries one by one: points as the `log` entries that they count as. */
export function eachLog(take: (entry: Exclude<Entry, PointsEntry>) => void): (entry: Entry) => void {
  return (entry) => {
    if (entry.kind === 'points') for (let at = 0; at < entry.steps.length; at++) take(logAt(entry, at));
    else take(entry);
  };
}
