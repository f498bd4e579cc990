import type uPlot from 'uplot';
import type { Finding } from '../../shared/finding.ts';
import type { Palette } from '../palette.ts';
import { nearest, type Line } from '../series.ts';
import { drawBands } from './bands.ts';
import { drawBest } from './best-line.ts';
import type { ChartEvents, ChartLook, ChartSource } from './chart-source.ts';
import type { Kind } from './axis.ts';
import { Dots } from './dots.ts';
import { drawLines, type DrawnLine } from './drawn-line.ts';
import { LineLayer } from './line-layer.ts';
import { LineUp } from './line-up.ts';
import { Marks } from './marks.ts';
import { drawNonFinite } from './non-finite.ts';
import { countOutOfView, outOfViewWords } from './out-of-view.ts';
import { drawPin } from './pin-line.ts';
import { createPlot } from './plot.ts';
import { leastPositive, xRange, yRange, type Span } from './range.ts';
import type { Drawable } from './redraw.ts';
import { scaleOf } from './scale.ts';

/** One chart: its lines, and what is marked on them. */
export class Chart implements Drawable<Element> {
  readonly element: HTMLElement;
  readonly #source: ChartSource;
  readonly #events: ChartEvents;
  readonly #palette: Palette;
  readonly #lineUp: LineUp;
  #plot: uPlot | null = null;
  #marks: Marks | null = null;
  #dots: Dots | null = null;
  #layer: LineLayer | null = null;
  #lines: DrawnLine[] = [];
  #kind: Kind = { axis: 'step', logX: false, logY: false };
  #span: Span = [0, 1];
  /** In CSS pixels; asked of the element once, since asking has the page laid out. */
  #size: { readonly width: number; readonly height: number } | null = null;
  #draws = 0;
  readonly #said = new Map<string, string | number>();
  #drawn = { points: 0, nonFinite: 0, bands: 0, best: '' };
  /** The place under the cursor, on whichever chart. */
  #cursor: number | null = null;
  /** Whether the cursor was last said to be over this chart. */
  #pointed = false;

  constructor(element: HTMLElement, source: ChartSource, events: ChartEvents, palette: Palette) {
    this.element = element;
    this.#source = source;
    this.#events = events;
    this.#palette = palette;
    this.#lineUp = new LineUp(source, (variable) => palette.color(variable));
  }

  draw(): void {
    const { width, height } = (this.#size ??= {
      width: this.element.clientWidth,
      height: this.element.clientHeight,
    });
    if (width === 0 || height === 0) return;
    const look = this.#source.look();
    const places = this.#source.places();
    const lines = this.#lineUp.whole(places);
    const positive = look.logX && places.axis !== 'time' ? leastPositive(lines) : null;
    const logY = look.logY && lines.some(({ line: { max } }) => max > 0);
    const newest = this.#source.last();
    const follow = look.follow === null ? NaN : places.at(newest - look.follow);
    this.#span = xRange(places.extent(), {
      zoom: look.zoom,
      follow: Number.isNaN(follow) ? null : follow,
      positive,
      counted: places.axis !== 'time',
    });
    const near = look.zoom || look.follow !== null ? width * devicePixelRatio : null;
    this.#lines = this.#lineUp.shown(lines, places, this.#span, near, look.smooth);
    const plot = this.#plotFor({ axis: places.axis, logX: positive !== null, logY }, { width, height });
    plot.batch(() => {
      if (plot.width !== width || plot.height !== height) plot.setSize({ width, height });
      const [min, max] = this.#span;
      plot.setData([this.#span.slice(), [null, null]], false);
      plot.setScale('x', { min, max });
    });
    this.#placeDots(plot);
    this.#publish();
    this.#events.drew(this.#outOfView(plot, look));
  }

  /** The lines as they were drawn last. */
  get lines(): readonly DrawnLine[] {
    return this.#lines;
  }

  /** What of its axes it showed last. */
  get view(): Kind & { readonly x: Span; readonly y: Span } {
    const { min = 0, max = 1 } = this.#plot?.scales.y ?? {};
    return { ...this.#kind, x: this.#span, y: [min, max] };
  }

  /** The element has another size, in CSS pixels. */
  resize(width: number, height: number): void {
    this.#size = { width, height };
  }

  destroy(): void {
    this.#plot?.destroy();
    this.#plot = null;
  }

  /** The plot, built anew where its axes are of another kind. */
  #plotFor(kind: Kind, size: { width: number; height: number }): uPlot {
    const { axis, logX, logY } = this.#kind;
    if (this.#plot && axis === kind.axis && logX === kind.logX && logY === kind.logY) return this.#plot;
    this.#plot?.destroy();
    this.#kind = kind;
    const fit = (): boolean => this.#source.look().fit;
    this.#plot = createPlot(this.element, size, kind, (variable) => this.#palette.color(variable), {
      range: () => yRange(this.#lines, this.#span, { log: kind.logY, fit: fit() }),
      drawUnder: (u) => this.#drawUnder(u),
      drawOver: (u) => this.#drawOver(u),
      cursor: (u) => this.#tellCursor(u),
      select: (u) => this.#tellZoom(u),
      click: (u) => this.#tellPin(u),
      doubleClick: () => this.#events.zoom(null),
    });
    this.#marks = new Marks(this.#plot.over, this.#events);
    this.#dots = new Dots(this.#plot.over);
    return this.#plot;
  }

  #drawUnder(u: uPlot): void {
    const { at } = this.#source.places();
    const last = this.#source.last();
    this.#drawn.bands = drawBands(u, this.#findings(), last, at, this.#source.lit(), this.#palette);
  }

  #drawOver(u: uPlot): void {
    const { ctx, bbox } = u;
    const { min = 0, max = 1 } = u.scales.y;
    const { logX, logY } = this.#kind;
    const x = scaleOf(...this.#span, logX, bbox.left, bbox.left + bbox.width);
    const y = scaleOf(min, max, logY, bbox.top + bbox.height, bbox.top);
    const ground = this.#palette.color('--surface');
    const [left, top] = [Math.floor(bbox.left), Math.floor(bbox.top)];
    const [right, foot] = [Math.ceil(bbox.left + bbox.width), Math.ceil(bbox.top + bbox.height)];
    const whole = { left, top, width: right - left, height: foot - top };
    if (!this.#layer?.covers(whole)) this.#layer = new LineLayer(whole);
    const canvas = { ctx, box: bbox, layer: this.#layer, x, y, ratio: devicePixelRatio, ground };
    const { at } = this.#source.places();
    const points = drawLines(canvas, this.#lines, this.#span);
    let nonFinite = 0;
    for (const drawn of this.#lines) nonFinite += drawNonFinite(ctx, bbox, x, drawn, drawn.color);
    const best = this.#source.best();
    const isDrawn = best !== null && drawBest(u, best, at(best.step), this.#palette);
    const { pin } = this.#source.look();
    if (pin !== null) drawPin(u, at(pin), this.#palette.color('--accent'));
    this.#drawn = { ...this.#drawn, points, nonFinite, best: isDrawn ? String(best.step) : '' };
    this.#marks?.place(u, this.#findings(), (finding) => this.#lineOf(finding), at, this.#source.lit());
  }

  #findings(): Finding[] {
    const names = new Set(this.#source.spec().series.map(({ name }) => name));
    return this.#source.findings().filter(({ series }) => series.some((name) => names.has(name)));
  }

  /** The line a finding is marked on: its first series that is drawn here, of its attempt, rank 0 before others. */
  #lineOf({ series, attempt }: Finding): Line | undefined {
    for (const name of series) {
      const lines = this.#lines.filter(({ line }) => line.series === name).map(({ line }) => line);
      const line = lines.find((one) => one.attempt === attempt) ?? lines.at(0);
      if (line) return line;
    }
    return undefined;
  }

  /** Only the chart under the pointer speaks; the others are moved by it. */
  #tellCursor(u: uPlot): void {
    const { left = -1 } = u.cursor;
    this.#cursor = left < 0 ? null : u.posToVal(left, 'x');
    u.root.classList.toggle('pointed', left >= 0);
    this.#placeDots(u);
    if (left >= 0 && u.over.matches(':hover')) {
      this.#pointed = true;
      this.#events.cursor(this.#cursor);
    } else if (this.#pointed) {
      this.#pointed = false;
      this.#events.cursor(null);
    }
  }

  /** Dots where the readout reads: at the pin, else under the cursor. */
  #placeDots(u: uPlot): void {
    const { pin } = this.#source.look();
    const place = this.#cursor;
    if (pin !== null) this.#dots?.place(u, this.#lines, ({ line }) => line.nearest(pin));
    else if (place === null) this.#dots?.place(u, this.#lines, null);
    else this.#dots?.place(u, this.#lines, ({ line, places }) => nearest(places, line.length, place));
  }

  #tellZoom(u: uPlot): void {
    const { left, width } = u.select;
    if (width < 6) return;
    this.#events.zoom([u.posToVal(left, 'x'), u.posToVal(left + width, 'x')]);
    u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
  }

  /** Pins the step of the point that is nearest along the axis, of any line. */
  #tellPin(u: uPlot): void {
    const place = u.posToVal(u.cursor.left ?? -1, 'x');
    let [step, distance] = [NaN, Infinity];
    for (const { line, places } of this.#lines) {
      const index = nearest(places, line.length, place);
      if (index < 0 || !(Math.abs(places[index] - place) < distance)) continue;
      step = line.steps[index];
      distance = Math.abs(places[index] - place);
    }
    if (!Number.isNaN(step)) this.#events.pin(step);
  }

  #outOfView(u: uPlot, look: ChartLook): string {
    if (!look.fit && !look.logX && !look.logY) return '';
    const { axis, logX, logY } = this.#kind;
    const { min = -Infinity, max = Infinity } = u.scales.y;
    if (look.logY && !logY && this.#lines.some(({ line }) => line.length > 0))
      return 'No value is above zero: the axis stays linear';
    const counts = countOutOfView(this.#lines, { x: this.#span, y: [min, max], logX, logY });
    return outOfViewWords(counts, axis);
  }

  /** What was drawn, for whoever looks from outside; every attribute that is written costs, so only those that changed. */
  #publish(): void {
    const { points, nonFinite, bands, best } = this.#drawn;
    const { axis, logX, logY } = this.#kind;
    let [step, superseded, smoothed] = [-1, 0, 0];
    for (const { line, means, superseded: from } of this.#lines) {
      if (line.length > 0) step = Math.max(step, line.steps[line.length - 1]);
      if (from < Infinity) superseded += 1;
      if (means !== null) smoothed += 1;
    }
    this.#draws += 1;
    this.#say({
      ...{ draws: this.#draws, lines: this.#lines.length, points, nonfinite: nonFinite, bands, best },
      ...{ superseded, smoothed, step, span: this.#span.join(' ') },
      axis: axis + (logX ? ' log-x' : '') + (logY ? ' log-y' : ''),
    });
  }

  #say(attributes: Readonly<Record<string, string | number>>): void {
    for (const [name, value] of Object.entries(attributes)) {
      if (this.#said.get(name) === value) continue;
      this.#said.set(name, value);
      this.element.dataset[name] = String(value);
    }
  }
}
