import { strokeOf } from '../charts.ts';
import { lowerBound } from '../series.ts';
import { Averages } from './averages.ts';
import type { ChartSource } from './chart-source.ts';
import type { DrawnLine } from './drawn-line.ts';
import type { Places } from './places.ts';
import type { Span } from './range.ts';
import { supersededFrom } from './segments.ts';
import { shownSteps } from './shown-steps.ts';

/** Which lines a chart draws, and with what points. */
export class LineUp {
  readonly #source: ChartSource;
  readonly #color: (variable: string) => string;
  readonly #averages = new Averages();

  /** @param color the colour of a CSS variable */
  constructor(source: ChartSource, color: (variable: string) => string) {
    this.#source = source;
    this.#color = color;
  }

  /** Every line that is not hidden, as all of the run has it. */
  whole(places: Places): DrawnLine[] {
    const hidden = this.#source.hidden();
    return this.#source.spec().series.flatMap((series) => {
      const { name } = series;
      if (hidden.has(name)) return [];
      const all = this.#source.lines(name);
      return all.map((line) => {
        const { color, thin } = strokeOf(series, line.rank);
        return {
          name,
          line,
          whole: line,
          places: places.of(line),
          color: this.#color(color),
          width: thin ? 1.25 : 2,
          superseded: supersededFrom(line, all),
          means: null,
        };
      });
    });
  }

  /**
   * The lines with the points between their own, where they are decimated and a part of them fills the chart, and with
   * their means.
   * @param columns device pixels of the chart; null where all of the run is shown
   * @param smooth strength; 0: no means
   */
  shown(
    lines: readonly DrawnLine[],
    places: Places,
    span: Span,
    columns: number | null,
    smooth: number,
  ): DrawnLine[] {
    const near = columns === null ? lines : lines.map((drawn) => this.#near(drawn, places, span, columns));
    if (smooth === 0) return [...near];
    const { series } = this.#source.spec();
    this.#averages.begin(
      series.flatMap(({ name }) => this.#source.lines(name)),
      places,
    );
    return near.map((drawn) => {
      const means = this.#averages.of(drawn.line, drawn.whole, places, smooth);
      return { ...drawn, means };
    });
  }

  #near(drawn: DrawnLine, places: Places, [from, to]: Span, columns: number): DrawnLine {
    const { whole } = drawn;
    if (whole.complete) return drawn;
    const first = Math.max(0, lowerBound(drawn.places, whole.length, from) - 1);
    const last = Math.min(whole.length - 1, lowerBound(drawn.places, whole.length, to));
    if (first >= last || (first === 0 && last === whole.length - 1)) return drawn;
    const around: Span = [whole.steps[first], whole.steps[last]];
    const ends = places.axis === 'step' ? shownSteps(around, [from, to]) : around;
    const line = this.#source.detail(whole, ends[0], ends[1], columns);
    return line === whole ? drawn : { ...drawn, line, places: places.of(line) };
  }
}
