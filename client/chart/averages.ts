import type { Line } from '../series.ts';
import type { Places } from './places.ts';
import { Smooth } from './smooth.ts';

/** Averages of a chart's lines, kept between drawings; see smooth.ts. */
export class Averages {
  #places: Places | null = null;
  #kept = new WeakMap<Line, Smooth>();
  #spacing = NaN;
  /** Points that the spacing was taken over. */
  #spacedOver = 0;

  /** To be said before lines are averaged. @param lines all lines of the chart, shown or hidden */
  begin(lines: readonly Line[], places: Places): void {
    const total = lines.reduce((sum, line) => sum + line.total, 0);
    // Taken anew when there are twice as many points, it follows a run and costs next to nothing.
    if (places === this.#places && total <= 2 * this.#spacedOver && total >= this.#spacedOver) return;
    if (places !== this.#places) this.#kept = new WeakMap();
    this.#places = places;
    this.#spacedOver = total;
    this.#spacing = spacingOf(lines, places);
  }

  /**
   * A mean for each point of a line.
   * @param whole the line that `line` is a stretch of, or `line` itself
   */
  of(line: Line, whole: Line, places: Places, strength: number): Float64Array {
    const own = this.#smooth(whole);
    const means = own.update(whole, places.of(whole), strength, this.#spacing);
    if (line === whole) return means;
    // A stretch begins with a point of the whole line, and goes on from its mean there.
    const index = whole.lowerBound(line.steps[0]);
    const joined = index < whole.length && whole.steps[index] === line.steps[0];
    const seed = joined ? own.seed(places.of(whole), index) : null;
    return this.#smooth(line).update(line, places.of(line), strength, this.#spacing, seed);
  }

  #smooth(line: Line): Smooth {
    let smooth = this.#kept.get(line);
    if (!smooth) this.#kept.set(line, (smooth = new Smooth()));
    return smooth;
  }
}

/** The mean distance of the points of the densest line; 1 where no line has an extent. */
export function spacingOf(lines: readonly Line[], places: Places): number {
  let least = Infinity;
  for (const line of lines) {
    if (line.length < 2) continue;
    const of = places.of(line);
    const extent = of[line.length - 1] - of[0];
    if (extent > 0) least = Math.min(least, extent / (line.total - 1));
  }
  return least === Infinity ? 1 : least;
}
