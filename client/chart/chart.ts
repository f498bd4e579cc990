import uPlot from 'uplot';
import type { Best, Finding } from '../../shared/finding.ts';
import type { ChartSpec } from '../charts.ts';
import type { Palette } from '../palette.ts';
import type { Line } from '../series.ts';
import { axes } from './axes.ts';
import { drawBands } from './bands.ts';
import { drawBest } from './best-line.ts';
import { Dots } from './dots.ts';
import { linePath } from './lines.ts';
import { Marks } from './marks.ts';
import { drawNonFinite } from './non-finite.ts';
import { allPositive, xRange, yRange, type Span } from './range.ts';
import type { Drawable } from './redraw.ts';

/** What a chart shows, read anew at every drawing. */
export interface ChartSource {
  points(): ChartPoints;
  spec(): ChartSpec;
  findings(): readonly Finding[];
  best(): Best | null;
  zoom(): Span | null;
  /** The finding that is pointed at. */
  lit(): string | null;
  log(): boolean;
  hidden(): ReadonlySet<string>;
}

/** Lines by the names that the chart's spec has for them. */
export interface ChartPoints {
  /** Steps of the first and the last point; first > last while there are none. */
  readonly first: number;
  readonly last: number;
  lines(name: string): readonly Line[];
}

export interface ChartEvents {
  /** The step under the cursor; null when it has left. */
  cursor(step: number | null): void;
  /** Steps that were dragged over; null when everything is to be shown again. */
  zoom(span: Span | null): void;
  point(finding: string | null): void;
  choose(finding: string): void;
}

const HEIGHT = 230;

/**
 * One chart. uPlot gives axes, scales, the cursor and its synchronisation; the lines are drawn from their own
 * columns (see `Line`), so uPlot's data is only the first and the last step.
 */
export class Chart implements Drawable<Element> {
  readonly element: HTMLElement;
  readonly #source: ChartSource;
  readonly #events: ChartEvents;
  readonly #palette: Palette;
  #plot: uPlot | null = null;
  #marks: Marks | null = null;
  #dots: Dots | null = null;
  #lines: Line[] = [];
  /** What the spec calls each line. */
  #names = new Map<Line, string>();
  /** What the plot was built for: it is built anew when its lines or the kind of its axis change. */
  #built = '';
  #span: Span = [0, 1];
  #draws = 0;
  /** Points of each line, marks, bands and the best step that the latest drawing holds. */
  #drawn = new Map<Line, number>();
  #nonFinite = 0;
  #bands = 0;
  #best = '';
  /** Whether the cursor was last said to be over this chart. */
  #pointed = false;

  constructor(element: HTMLElement, source: ChartSource, events: ChartEvents, palette: Palette) {
    this.element = element;
    this.#source = source;
    this.#events = events;
    this.#palette = palette;
  }

  draw(): void {
    const points = this.#source.points();
    const width = this.element.clientWidth;
    if (width === 0) return;
    const hidden = this.#source.hidden();
    this.#names = new Map(
      this.#source
        .spec()
        .series.filter(({ name }) => !hidden.has(name))
        .flatMap(({ name }) => points.lines(name).map((line) => [line, name] as const)),
    );
    this.#lines = [...this.#names.keys()];
    const log = this.#source.log() && allPositive(this.#lines);
    const built = JSON.stringify([
      log,
      this.#lines.map((line) => [this.#names.get(line), line.rank, line.attempt]),
    ]);
    if (!this.#plot || built !== this.#built) this.#build(width, log);
    this.#built = built;
    const plot = this.#plot!;
    this.#span = xRange(points.first, points.last, this.#source.zoom());
    plot.batch(() => {
      const height = this.element.clientHeight || HEIGHT;
      if (plot.width !== width || plot.height !== height) plot.setSize({ width, height });
      const [min, max] = this.#span;
      plot.setData([[min, max], ...this.#lines.map(() => [null, null])], false);
      plot.setScale('x', { min, max });
    });
    this.#publish();
  }

  destroy(): void {
    this.#plot?.destroy();
    this.#plot = null;
  }

  /** What was drawn, for whoever looks from outside. */
  #publish(): void {
    const { dataset } = this.element;
    this.#draws += 1;
    dataset.draws = String(this.#draws);
    dataset.lines = String(this.#lines.length);
    dataset.points = String(this.#lines.reduce((sum, line) => sum + (this.#drawn.get(line) ?? 0), 0));
    dataset.nonfinite = String(this.#nonFinite);
    dataset.bands = String(this.#bands);
    dataset.best = this.#best;
    dataset.step = String(Math.max(...this.#lines.map((line) => line.steps[line.length - 1] ?? -1), -1));
    dataset.span = this.#span.join(' ');
  }

  #build(width: number, log: boolean): void {
    this.#plot?.destroy();
    this.#drawn.clear();
    const newest = new Map<string, number>();
    for (const line of this.#lines) {
      const name = this.#nameOf(line);
      newest.set(name, Math.max(line.attempt, newest.get(name) ?? 0));
    }
    const plot = new uPlot(
      {
        width,
        height: this.element.clientHeight || HEIGHT,
        padding: [8, 12, 0, 0],
        legend: { show: false },
        scales: {
          x: { time: false, range: (_, min, max) => [min, max] },
          y: {
            // eslint-disable-next-line @typescript-eslint/no-unsafe-enum-assignment -- uPlot's enum is types only
            distr: log ? 3 : 1,
            range: () => yRange(this.#lines, this.#span, log),
          },
        },
        axes: axes((variable) => this.#palette.color(variable)),
        series: [{}, ...this.#lines.map((line) => this.#series(line, newest.get(this.#nameOf(line)) ?? 0))],
        cursor: {
          y: false,
          points: { show: false },
          drag: { x: true, y: false, setScale: false, dist: 6 },
          sync: {
            key: 'run',
            scales: ['x', null],
            filters: { pub: (type) => type === 'mousemove' || type === 'mouseleave' },
          },
          bind: {
            dblclick: () => () => {
              this.#events.zoom(null);
              return null;
            },
          },
        },
        hooks: {
          drawClear: [(u) => this.#drawUnder(u)],
          draw: [(u) => this.#drawOver(u)],
          setCursor: [(u) => this.#tellCursor(u)],
          setSelect: [(u) => this.#tellZoom(u)],
        },
      },
      [[0, 1], ...this.#lines.map(() => [null, null])],
      this.element,
    );
    this.#plot = plot;
    this.#marks = new Marks(plot.over, this.#events);
    this.#dots = new Dots(plot.over);
  }

  /** A later attempt is drawn strong and the ones before it faint; validation is drawn heavier than training. */
  #series(line: Line, newest: number): uPlot.Series {
    const style = this.#source.spec().series.find(({ name }) => name === this.#nameOf(line));
    const stroke = (): string => this.#color(line);
    const faint = line.attempt < newest ? 0.35 : 1;
    return {
      stroke,
      fill: stroke,
      width: style?.split === 'train' ? 1.25 : 2,
      alpha: line.rank > 0 ? faint * 0.55 : faint,
      paths: linePath(line, (points) => this.#drawn.set(line, points)),
      points: { show: false },
    };
  }

  #drawUnder(u: uPlot): void {
    this.#bands = drawBands(
      u,
      this.#findings(),
      this.#source.points().last,
      this.#source.lit(),
      this.#palette,
    );
  }

  #drawOver(u: uPlot): void {
    this.#nonFinite = 0;
    for (const line of this.#lines) this.#nonFinite += drawNonFinite(u, line, this.#color(line));
    const best = this.#source.best();
    this.#best = best && drawBest(u, best, this.#palette) ? String(best.step) : '';
    this.#marks?.place(u, this.#findings(), (finding) => this.#lineOf(finding), this.#source.lit());
  }

  #nameOf(line: Line): string {
    return this.#names.get(line) ?? line.series;
  }

  #color(line: Line): string {
    const style = this.#source.spec().series.find(({ name }) => name === this.#nameOf(line));
    return this.#palette.color(style?.color ?? '--line-1');
  }

  #findings(): Finding[] {
    const names = new Set(this.#source.spec().series.map(({ name }) => name));
    return this.#source.findings().filter(({ series }) => series.some((name) => names.has(name)));
  }

  /** The line a finding is marked on: its first series that is drawn here, of its attempt, rank 0 before others. */
  #lineOf({ series, attempt }: Finding): Line | undefined {
    for (const name of series) {
      const lines = this.#lines.filter((line) => line.series === name);
      const line = lines.find((one) => one.attempt === attempt) ?? lines.at(0);
      if (line) return line;
    }
    return undefined;
  }

  /** Only the chart under the pointer speaks; the others are moved by it. */
  #tellCursor(u: uPlot): void {
    const { left = -1 } = u.cursor;
    const step = left < 0 ? null : u.posToVal(left, 'x');
    this.#dots?.place(u, this.#lines, step, (line) => this.#color(line));
    if (left >= 0 && u.over.matches(':hover')) {
      this.#pointed = true;
      this.#events.cursor(step);
    } else if (this.#pointed) {
      this.#pointed = false;
      this.#events.cursor(null);
    }
  }

  #tellZoom(u: uPlot): void {
    const { left, width } = u.select;
    if (width < 6) return;
    this.#events.zoom([u.posToVal(left, 'x'), u.posToVal(left + width, 'x')]);
    u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
  }
}
