import type { PointColumns, PointsHeader } from '../shared/points.ts';
import { Line } from './series.ts';

/** All points of the run that is looked at, by series. Plain data, not signals: charts are told what changed. */
export class Points {
  /** Lines of each series, ordered by rank, then attempt. */
  readonly #lines = new Map<string, Line[]>();
  /** The newest point of the run, by trainer's time in seconds since 1970. */
  latest = 0;
  /** Steps of the first and the last point of any series; first > last while there are none. */
  first = Infinity;
  last = -Infinity;
  /** Points in the longest of the lines that have doubled since the server last replaced them. */
  crowd = 0;

  lines(series: string): readonly Line[] {
    return this.#lines.get(series) ?? [];
  }

  /** Takes one `points` frame. Returns the series that changed. */
  apply(header: PointsHeader, columns: readonly PointColumns[]): Set<string> {
    const changed = new Set<string>();
    header.parts.forEach((part, i) => {
      const line = this.#line(part.series, part.rank, part.attempt);
      if (part.replace) line.clear();
      line.append(columns[i]);
      if (part.replace) line.base = line.length;
      else if (line.length > 2 * line.base) this.crowd = Math.max(this.crowd, line.length);
      changed.add(part.series);
      if (line.length > 0) {
        this.first = Math.min(this.first, line.steps[0]);
        this.last = Math.max(this.last, line.steps[line.length - 1]);
      }
      this.latest = Math.max(this.latest, line.latest);
    });
    return changed;
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
