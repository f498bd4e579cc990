import { type Column, columnPoints, type Table } from '../table.ts';
import { Attempt } from './attempt.ts';
import { isSorted } from './columns.ts';

/** One series of one rank. */
export interface Series {
  readonly name: string;
  readonly rank: number;
  /** Its place among the run's series, from 0: what chunks name it by. */
  readonly number: number;
  readonly attempts: Map<number, Attempt>;
}

/** Keeps the series of several ranks apart; no name holds a line break. */
export function seriesKey(name: string, rank: number): string {
  return rank === 0 ? name : `${name}\n${rank}`;
}

/**
 * The series of one run, with their points. Those of tables that nobody changes any more stay in these, and are put to
 * their series when somebody looks at one, or in turns: a journal is read at the start for the sake of its last lines.
 */
export class RunSeries {
  readonly #series = new Map<string, Series>();
  /** Tables whose points are not with their series yet, and how many of them are. */
  #waiting: { readonly table: Table; readonly segment: number }[] = [];
  #placed = 0;

  /** By their keys, with every point. */
  get all(): ReadonlyMap<string, Series> {
    this.place();
    return this.#series;
  }

  /**
   * Adds the points of a table.
   * @param segment of the journal, that has them
   * @param lasting whether its arrays may be kept, for nobody changes them
   */
  add(table: Table, segment: number, lasting: boolean): void {
    if (lasting) {
      this.#waiting.push({ table, segment });
      return;
    }
    this.place();
    this.#append(table, segment, false);
  }

  /**
   * Puts the points of waiting tables to their series.
   * @param most tables at the most
   * @returns whether there are more
   */
  place(most = Infinity): boolean {
    const waiting = this.#waiting;
    const end = Math.min(waiting.length, this.#placed + most);
    while (this.#placed < end) {
      const { table, segment } = waiting[this.#placed++];
      this.#append(table, segment, true);
    }
    if (end < waiting.length) return true;
    if (end > 0) [this.#waiting, this.#placed] = [[], 0];
    return false;
  }

  /** A new series, without points. */
  create(name: string, rank: number): Series {
    const series = { name, rank, number: this.#series.size, attempts: new Map<number, Attempt>() };
    this.#series.set(seriesKey(name, rank), series);
    return series;
  }

  /** Lets go of the points up to a segment of the journal: they are in chunks now. */
  settle(segment: number): void {
    for (const { attempts } of this.all.values())
      for (const attempt of attempts.values()) attempt.settle(segment);
  }

  #append(table: Table, segment: number, lasting: boolean): void {
    // Rows are in order for all columns or for none: looked at once.
    const options = { ascending: isSorted(table.steps), lasting };
    for (const column of table.columns) {
      const { steps, times } = columnPoints(table, column);
      this.#attemptOf(table, column).append(segment, { steps, times, values: column.values }, options);
    }
  }

  #attemptOf(table: Table, column: Column): Attempt {
    const key = seriesKey(column.series, table.rank);
    const series = this.#series.get(key) ?? this.create(column.series, table.rank);
    let attempt = series.attempts.get(table.attempt);
    if (attempt === undefined) series.attempts.set(table.attempt, (attempt = new Attempt()));
    return attempt;
  }
}
