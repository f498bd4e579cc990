import type { PointsPart } from '../shared/points.ts';
import type { Axis } from './chart/axis.ts';
import type { Stretch } from './chart/elapsed.ts';
import { type Placed, type Places, placesOf, type Steps } from './chart/places.ts';
import { Detail, type Wish } from './detail.ts';
import { Line } from './series.ts';

type Writable<T> = { -readonly [Key in keyof T]: T[Key] };

/** What a series is called among a run's. */
export interface Named {
  readonly series: string;
  readonly rank: number;
}

/** All points of the run that is looked at, by series. Plain data, not signals: charts are told what changed. */
export class Points implements Placed {
  /** Lines of each series, ordered by rank, then attempt. */
  readonly #lines = new Map<string, Line[]>();
  readonly #places = new Map<Axis, Places>();
  /** What lies between the points of decimated lines, where charts are zoomed in. */
  readonly detail: Detail;
  /** What each attempt has come through: its steps, and its times in seconds since 1970. */
  readonly attempts = new Map<number, Writable<Stretch & Steps>>();
  /** The series that says the epoch; null while none is known. */
  epochSeries: string | null = null;
  /** The newest point of the run, by trainer's time in seconds since 1970. */
  latest = 0;
  /** Steps of the first and the last point of any series; first > last while there are none. */
  first = Infinity;
  last = -Infinity;
  /** Points in the longest of the lines that have doubled since the server last replaced them. */
  crowd = 0;

  /** @param ask called when stretches are wanted that are not here */
  constructor(ask: () => void = () => undefined, detail = new Detail(ask)) {
    this.detail = detail;
  }

  lines(series: string): readonly Line[] {
    return this.#lines.get(series) ?? [];
  }

  /** Where points are on an axis; the same places at every call, for they are kept between drawings. */
  places(axis: Axis): Places {
    let places = this.#places.get(axis);
    if (!places) this.#places.set(axis, (places = placesOf(this, axis)));
    return places;
  }

  epochs(rank: number, attempt: number): Line | undefined {
    const lines = this.epochSeries === null ? [] : this.lines(this.epochSeries);
    const of = lines.filter((line) => line.attempt === attempt);
    return of.find((line) => line.rank === rank) ?? of.at(0);
  }

  timed(attempt: number): Line | undefined {
    let found: Line | undefined;
    for (const lines of this.#lines.values())
      for (const line of lines)
        if (line.attempt === attempt && line.length > (found?.length ?? 0)) found = line;
    return found;
  }

  /**
   * Takes the parts of one `points` frame. Returns the series that changed.
   * @param series the run's, each part's by its place
   * @param wishOf the wish that a window of the view is for
   */
  apply(
    parts: readonly PointsPart[],
    series: readonly Named[],
    wishOf: (window: number) => Wish | undefined = () => undefined,
  ): Set<string> {
    const changed = new Set<string>();
    for (const part of parts) {
      const { series: name, rank } = series[part.series];
      const line = this.#line(name, rank, part.attempt);
      changed.add(name);
      if (part.window !== null) {
        const wish = wishOf(part.window);
        if (wish) this.detail.take(wish, part, line);
        continue;
      }
      if (part.replace) line.clear();
      line.append(part, part.total);
      if (part.replace) line.base = line.length;
      else if (line.length > 2 * line.base) this.crowd = Math.max(this.crowd, line.length);
      if (line.length > 0) this.#span(line);
    }
    return changed;
  }

  #span({ attempt, steps, times, length, latest }: Line): void {
    const [first, last, start, end] = [
      steps[0],
      steps[length - 1],
      times[0],
      Math.max(times[length - 1], latest),
    ];
    const known = this.attempts.get(attempt);
    if (!known) this.attempts.set(attempt, { first, last, start, end });
    else {
      known.first = Math.min(known.first, first);
      known.last = Math.max(known.last, last);
      known.start = Math.min(known.start, start);
      known.end = Math.max(known.end, end);
    }
    this.first = Math.min(this.first, first);
    this.last = Math.max(this.last, last);
    this.latest = Math.max(this.latest, latest);
  }

  #line(series: string, rank: number, attempt: number): Line {
    let lines = this.#lines.get(series);
    if (!lines) this.#lines.set(series, (lines = []));
    let line = lines.find((known) => known.rank === rank && known.attempt === attempt);
    if (!line) {
      line = new Line(series, rank, attempt);
      lines.push(line);
      lines.sort((a, b) => a.rank - b.rank || a.attempt - b.attempt);
    }
    return line;
  }
}
