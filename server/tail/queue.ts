import type { PointsEntry } from './entry.ts';

/** Characters of lines that go together, but for the last of them. */
const CHARACTERS = 512 * 1024;

/** Lines or points of one file that follow each other: numbers `first` to `last`. */
export type Piece = LinesPiece | PointsPiece;

export interface LinesPiece {
  readonly kind: 'lines';
  readonly first: number;
  readonly last: number;
  readonly texts: readonly string[];
  readonly characters: number;
}

/** The points [from, to) of many; that at `from` has the number `first`. */
export interface PointsPiece {
  readonly kind: 'points';
  readonly first: number;
  readonly last: number;
  readonly points: PointsEntry;
  readonly from: number;
  readonly to: number;
}

interface Line {
  readonly seq: number;
  /** Seconds since 1970; NaN where the file does not say. */
  readonly time: number;
  readonly text: string;
}

/** Points of which those before `at` are gone; that at `at` has the number `seq`. */
interface Block {
  seq: number;
  at: number;
  readonly points: PointsEntry;
}

/** What was read of a file and is still to go, in the order of its numbers. */
export class Queue {
  readonly #items: (Line | Block)[] = [];
  #next = 0;

  get empty(): boolean {
    return this.#next === this.#items.length;
  }

  /** Seconds since 1970 of what is next; NaN where the file does not say, or there is nothing. */
  get time(): number {
    if (this.empty) return NaN;
    const item = this.#items[this.#next];
    return 'text' in item ? item.time : item.points.times[item.at];
  }

  line(seq: number, time: number, text: string): void {
    this.#items.push({ seq, time, text });
  }

  /** @param from the first of the points to go; it has the number `seq` */
  points(seq: number, points: PointsEntry, from: number): void {
    if (from < points.steps.length) this.#items.push({ seq, at: from, points });
  }

  clear(): void {
    this.#items.length = 0;
    this.#next = 0;
  }

  /** Drops what has a number up to `seq`. */
  skip(seq: number): void {
    for (; !this.empty; this.#next++) {
      const item = this.#items[this.#next];
      if (item.seq > seq) break;
      if ('text' in item) continue;
      const over = Math.min(seq - item.seq + 1, item.points.steps.length - item.at);
      item.seq += over;
      item.at += over;
      if (item.at < item.points.steps.length) break;
    }
    if (this.empty) this.clear();
  }

  /**
   * Takes what is next and what may go with it; there must be something.
   * @param most as many
   * @param upto latest time of what goes with it, itself included
   * @param below earliest time of what does not
   */
  take(most: number, upto: number, below: number): Piece {
    const item = this.#items[this.#next];
    const piece = 'text' in item ? this.#lines(most, upto, below) : this.#block(item, most, upto, below);
    if (this.empty) this.clear();
    return piece;
  }

  #lines(most: number, upto: number, below: number): LinesPiece {
    const { seq: first } = this.#items[this.#next] as Line;
    const texts: string[] = [];
    let last = first;
    let characters = 0;
    while (texts.length < most && characters < CHARACTERS && !this.empty) {
      const item = this.#items[this.#next];
      // A line without a time goes at once.
      if (!('text' in item) || (texts.length > 0 && (item.time > upto || item.time >= below))) break;
      texts.push(item.text);
      characters += item.text.length;
      last = item.seq;
      this.#next++;
    }
    return { kind: 'lines', first, last, texts, characters };
  }

  #block(block: Block, most: number, upto: number, below: number): PointsPiece {
    const { points, at: from, seq: first } = block;
    const { times } = points;
    const end = Math.min(times.length, from + most);
    let to = from + 1;
    while (to < end && !(times[to] > upto || times[to] >= below)) to++;
    block.at = to;
    block.seq += to - from;
    if (to === times.length) this.#next++;
    return { kind: 'points', first, last: block.seq - 1, points, from, to };
  }
}
