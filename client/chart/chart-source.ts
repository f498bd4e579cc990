import type { Best, Finding } from '../../shared/finding.ts';
import type { ChartSpec } from '../charts.ts';
import type { Line } from '../series.ts';
import type { Places } from './places.ts';
import type { Span } from './range.ts';

/** What a chart shows, read anew at every drawing. */
export interface ChartSource {
  /** Lines of a series of the spec, every attempt and rank. */
  lines(name: string): readonly Line[];
  /**
   * What is known of a line at some steps: a stretch of it that was read, or itself. What is missing is asked for, and
   * the chart told when it has come.
   * @param columns device pixels over these steps
   */
  detail(line: Line, from: number, to: number, columns: number): Line;
  /** Where points are on the axis. */
  places(): Places;
  /** The newest step of the run; -Infinity while there is none. */
  last(): number;
  spec(): ChartSpec;
  findings(): readonly Finding[];
  best(): Best | null;
  look(): ChartLook;
  /** The finding that is pointed at. */
  lit(): string | null;
  hidden(): ReadonlySet<string>;
}

/** How it is shown. */
export interface ChartLook {
  readonly zoom: Span | null;
  /** So many of the newest steps are shown; null: all. */
  readonly follow: number | null;
  readonly logX: boolean;
  readonly logY: boolean;
  /** Whether outliers are left out of view. */
  readonly fit: boolean;
  /** Strength of smoothing, from [0, 1); 0: none. */
  readonly smooth: number;
  /** The step that was pinned. */
  readonly pin: number | null;
}

export interface ChartEvents {
  /** The place under the cursor; null when it has left. */
  cursor(place: number | null): void;
  /** Places that were dragged over; null when everything is to be shown again. */
  zoom(span: Span | null): void;
  /** The step nearest to where was clicked. */
  pin(step: number): void;
  point(finding: string | null): void;
  choose(finding: string): void;
  /** It was drawn. @param unseen what of it cannot be seen, in words */
  drew(unseen: string): void;
}
