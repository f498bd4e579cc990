import type { ViewWindow } from '../shared/frames.ts';
import type { PointColumns, PointsPart } from '../shared/points.ts';
import { Line } from './series.ts';

/** A stretch of a series of one rank that was asked for: of every attempt. */
export interface Wish {
  readonly series: string;
  readonly rank: number;
  /** Steps, both ends included. */
  readonly from: number;
  readonly to: number;
  /** Pixel columns over it. */
  readonly columns: number;
  /** Whether it reaches the newest point: what comes belongs to it. */
  readonly live: boolean;
  /** The zoom it was last wanted for. */
  turn: number;
  /** Whether what came has every point; null before it has come. */
  whole: boolean | null;
}

/** A stretch as a chart needs it. */
interface Need {
  from: number;
  to: number;
  columns: number;
}

/** Asked for on either side beyond what is needed, as a share of it: the curve goes on to the chart's edges. */
const MARGIN = 0.05;
/** Columns may be so much wider than pixels before they are asked for anew. */
const COARSE = 1.3;
/** Columns of a window at most, as the protocol has it. */
const MOST_COLUMNS = 8192;
/** Less than the distance of any two steps: points at a step are taken for one. */
const TIE = 1e-6;
/** A stretch that has grown to so many points a column is asked for anew. */
const GROWN = 20;

/**
 * Points of a run between those that its decimated lines have, for what charts are zoomed to. Each line that is needed
 * is asked for by its series, rank and steps; what comes is joined to the line's own points on either side, and to
 * those that come live, so that it is drawn as any other line.
 */
export class Detail {
  readonly #ask: () => void;
  readonly #wishes = new Map<string, Wish>();
  /** What the charts of each attempt need of a wish. */
  readonly #needs = new Map<string, Map<number, Need>>();
  /** What was read of each line, and how far the line was taken up. */
  #read = new WeakMap<Line, { readonly wish: Wish; readonly line: Line; taken: number; version: number }>();
  #turn = 0;

  /** @param ask called when `wishes` are others than they were */
  constructor(ask: () => void) {
    this.#ask = ask;
  }

  /** The zoom is another: what is not wanted for it is let go of with the next that is asked for. */
  turn(): void {
    this.#turn += 1;
    this.#needs.clear();
  }

  /** What is to be asked of the server, at most `most`: of many, what was wanted last. */
  wishes(most: number): Wish[] {
    for (const [key, { turn }] of this.#wishes) if (turn < this.#turn - 1) this.#wishes.delete(key);
    return [...this.#wishes.values()].filter(({ turn }) => turn === this.#turn).slice(-most);
  }

  /**
   * What is known of a line at the steps from `from` to `to`: the stretch that was read, or the line. Asks for what
   * is missing.
   * @param columns pixels over these steps
   */
  of(line: Line, from: number, to: number, columns: number): Line {
    const key = `${line.series}\n${line.rank}`;
    const known = this.#wishes.get(key);
    const live = line.length > 0 && to >= line.steps[line.length - 1];
    if (!known || !serves(known, { from, to, columns }, live) || this.#outgrown(line, known)) {
      const needs = this.#needs.get(key) ?? new Map<number, Need>();
      this.#needs.set(key, needs.set(line.attempt, { from, to, columns }));
      this.#wishes.delete(key); // the one wanted last is the last
      this.#wishes.set(key, this.#wish(line, [...needs.values()], live));
      this.#ask();
    } else if (known.turn !== this.#turn) {
      known.turn = this.#turn;
      this.#ask();
    }
    return this.#joined(line, from, to, live);
  }

  /** The stretch that was read last of a line, where it has one for a step; else the line. */
  at(line: Line, step: number): Line {
    return this.#joined(line, step, step, line.length > 0 && step >= line.steps[line.length - 1]);
  }

  /** Takes what was read for a wish. @param line the whole line of the part's attempt */
  take(wish: Wish, part: PointsPart, line: Line): void {
    if (this.#wishes.get(`${wish.series}\n${wish.rank}`) !== wish) return;
    const { steps } = part;
    const whole = steps.length === part.total;
    wish.whole = (wish.whole ?? true) && whole;
    if (steps.length === 0) return;
    const known = this.#read.get(line);
    const read = new Line(line.series, line.rank, line.attempt);
    if (known?.wish === wish) read.version = known.line.version + 1;
    const before = line.lowerBound(steps[0]) - 1;
    if (before >= 0) read.append(cut(line, before, before + 1));
    read.append(part, part.total);
    const after = line.lowerBound(steps[steps.length - 1] + TIE);
    const end = wish.live ? line.length : Math.min(line.length, after + 1);
    if (after < end) read.append(cut(line, after, end));
    this.#read.set(line, { wish, line: read, taken: line.length, version: line.version });
  }

  #joined(line: Line, from: number, to: number, live: boolean): Line {
    const read = this.#read.get(line);
    if (!read || read.wish.from > from || (read.wish.to < to && !(live && read.wish.live))) return line;
    if (read.wish.live && (read.taken !== line.length || read.version !== line.version)) {
      const { steps, length } = read.line;
      const after = read.version === line.version ? read.taken : line.lowerBound(steps[length - 1] + TIE);
      if (after < line.length) read.line.append(cut(line, after, line.length));
      read.taken = line.length;
      read.version = line.version;
    }
    return read.line;
  }

  #outgrown(line: Line, wish: Wish): boolean {
    const read = this.#read.get(line);
    return read?.wish === wish && wish.live && read.line.length > GROWN * wish.columns;
  }

  #wish({ series, rank }: Line, needs: readonly Need[], live: boolean): Wish {
    const from = Math.min(...needs.map((need) => need.from));
    const to = Math.max(...needs.map((need) => need.to));
    const margin = (to - from) * MARGIN;
    const perStep = Math.max(...needs.map((need) => need.columns / (need.to - need.from || 1)));
    const columns = Math.min(MOST_COLUMNS, Math.max(16, Math.ceil(perStep * (to - from + 2 * margin))));
    const ends = { from: from - margin, to: live ? to : to + margin };
    return { series, rank, ...ends, columns, live, turn: this.#turn, whole: null };
  }
}

/** A wish as the protocol has it. */
export function windowOf(run: string, { series, rank, from, to, columns: width }: Wish): ViewWindow {
  return { run, series, rank, from, to, width };
}

/** Whether what was asked for shows what is needed. @param live whether it is needed up to the newest point */
function serves(wish: Wish, { from, to, columns }: Need, live: boolean): boolean {
  if (wish.from > from || (wish.to < to && !(live && wish.live))) return false;
  if (wish.whole === true) return true;
  const wished = wish.columns / (wish.to - wish.from || 1);
  const most = wish.columns === MOST_COLUMNS && (to - from) * 2 > wish.to - wish.from;
  return most || wished * COARSE >= columns / (to - from || 1);
}

function cut({ steps, times, values }: Line, from: number, to: number): PointColumns {
  const part = (column: Float64Array): Float64Array => column.subarray(from, to);
  return { steps: part(steps), times: part(times), values: part(values) };
}
