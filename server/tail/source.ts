import type { AboutEntry, EndEntry, LineEntry, LogEntry, PointsEntry } from './entry.ts';
import { fittingAbout, fittingLine } from './fitting.ts';
import { lineOf } from './line-of.ts';
import type { Place } from './locate.ts';
import { type Piece, Queue } from './queue.ts';
import { settingsBeside } from './settings-beside.ts';

/** What is kept of a file over a restart. The file is read again, and lines that the server has are passed over. */
export interface SourceMark {
  /** How often the file has been begun anew. */
  readonly generation: number;
  /** Lines acknowledged, and a digest of their rows where the file may be written anew. */
  readonly count: number;
  readonly digest: string;
  /** What the file was like when all of it had been acknowledged; -1: it was not. */
  readonly size: number;
  readonly modified: number;
}

/** What a look at a file found. */
export interface Seen {
  readonly path: string;
  /** In bytes. */
  readonly size: number;
  /** Milliseconds since 1970. */
  readonly modified: number;
}

/**
 * One file of a run, read from its beginning to its end and on as it grows. Its n-th line has number n, whenever it is
 * read: what the server has of it is known by a number, and nothing is ever sent twice or left out.
 *
 *     bytes ─▶ reader ─▶ entries ─▶ (number ≤ what the server has: passed over) ─▶ queue
 */
export abstract class Source {
  readonly place: Place;
  /** How often the file has been begun anew; each time has a writer of its own. */
  generation: number;
  /** The last line that the server has, from its welcome; null: it has not been asked. */
  have: number | null = null;
  /** What the file says of its run; what is said later adds to it. */
  about: AboutEntry | null = null;
  /** That the file says the run is over. */
  end: EndEntry | null = null;
  /** Tidemark lines that name their run themselves, in order. */
  readonly own: LineEntry[] = [];
  /** What of the file cannot be sent, and why; whoever says it empties this. */
  readonly complaints: string[] = [];
  /** The `run` line that those which come next belong to. */
  speaker: LineEntry | null = null;
  /** Whether there may be more in the file than was read. */
  hungry = true;
  /** When the file last had news, by its own time until it is seen to change; milliseconds since 1970. */
  news: number;
  /** Whether the file is to be read again at the next look, changed or not: it was in the middle of a write. */
  waiting = false;
  /** The last line acknowledged. */
  protected acknowledged = 0;
  protected seen: Seen;
  /** Whether the hyper-parameters beside the file were found, or are not looked for. */
  #settled: boolean;
  readonly #queue = new Queue();
  #mark: SourceMark | null;

  constructor(place: Place, seen: Seen, mark: SourceMark | null) {
    this.place = place;
    this.seen = seen;
    this.news = seen.modified;
    this.generation = mark?.generation ?? 0;
    this.#mark = mark;
    // A file that is a run by itself may have those of others beside it.
    this.#settled = place.home === seen.path;
  }

  /** Takes the hyper-parameters that the tool has put beside the file, once they are there. */
  async learn(): Promise<void> {
    if (this.#settled) return;
    const config = await settingsBeside(this.place.home);
    if (config === null) return;
    this.#settled = true;
    this.note({ kind: 'about', config });
  }

  get path(): string {
    return this.seen.path;
  }

  /** Milliseconds since 1970 at which the file was last written. */
  get modified(): number {
    return this.seen.modified;
  }

  /** Whether all of the file was acknowledged, and it has not changed since. */
  get settled(): boolean {
    return this.#mark?.size === this.seen.size && this.#mark.modified === this.seen.modified;
  }

  /** Whether nothing read is waiting to be sent. */
  get empty(): boolean {
    return this.#queue.empty && this.own.length === 0;
  }

  /** Whether numbered lines wait to go. */
  speaks(): boolean {
    const { have } = this;
    // Read before the server was asked what it has.
    if (have !== null && !this.#queue.empty) {
      this.#queue.skip(have);
      this.acknowledge(Math.min(have, this.count));
    }
    return !this.#queue.empty;
  }

  /** Seconds since 1970 of the next line; -Infinity: the file does not say. */
  get time(): number {
    const { time } = this.#queue;
    return Number.isNaN(time) ? -Infinity : time;
  }

  /** Takes the next lines: at most so many, none later than `upto` or as late as `below`, but one in any case. */
  take(most: number, upto = Infinity, below = Infinity): Piece {
    return this.#queue.take(most, upto, below);
  }

  /** Everything of this generation up to this line is durable. */
  acknowledge(seq: number, generation = this.generation): void {
    if (generation === this.generation && seq > this.acknowledged) this.acknowledged = seq;
  }

  /** A look found the file as it is `now`. */
  look(seen: Seen, now: number): void {
    const { path, size, modified } = this.seen;
    const same = path === seen.path && size === seen.size && modified === seen.modified;
    if (same && !this.waiting) return;
    if (!same) this.news = now;
    this.seen = seen;
    this.waiting = false;
    this.hungry = true;
    this.changed();
  }

  /** The connection is gone: what was not acknowledged is read again, from the file's start. */
  rewind(): void {
    this.have = null;
    this.drop();
    this.own.length = 0;
    this.speaker = null;
    this.hungry = true;
    this.again();
  }

  /**
   * Reads the next piece of the file into the queue.
   * @param last whether the file will not grow, so that an unfinished line counts
   * @throws NoLog, Damaged, or what the file system says; what came before the damage is in the queue
   */
  abstract fill(last?: boolean): Promise<void>;

  /** What to keep of the file now. */
  mark(): SourceMark {
    const done = !this.hungry && this.empty && this.acknowledged >= this.count;
    this.#mark = {
      generation: this.generation,
      count: this.acknowledged,
      digest: this.digest(),
      size: done ? this.seen.size : -1,
      modified: done ? this.seen.modified : -1,
    };
    return this.#mark;
  }

  /** Lines decoded so far. */
  protected abstract get count(): number;
  /** Tells the rows acknowledged from any others; empty where bytes once written stay. */
  protected abstract digest(): string;
  protected abstract changed(): void;
  /** Goes back to the file's start. */
  protected abstract again(): void;

  /** These are other lines than those before them: they have numbers of their own. */
  protected begin(): void {
    this.generation++;
    this.have = null;
    this.acknowledged = 0;
    this.end = null;
    this.drop();
  }

  protected drop(): void {
    this.#queue.clear();
  }

  /** Puts a line into the queue, unless the server has it. */
  protected put(seq: number, entry: LogEntry): void {
    if (this.have !== null && seq <= this.have) this.acknowledge(seq);
    else this.#queue.line(seq, entry.time ?? NaN, lineOf(entry, seq));
  }

  /** Puts points into the queue, but for those that the server has. @param first the number of the first of them */
  protected putPoints(first: number, points: PointsEntry): void {
    const known = Math.max(0, Math.min((this.have ?? 0) - first + 1, points.steps.length));
    if (known > 0) this.acknowledge(first + known - 1);
    this.#queue.points(first + known, points, known);
  }

  /** Takes what is no row. */
  protected note(entry: AboutEntry | EndEntry | LineEntry): void {
    if (entry.kind === 'end') {
      this.end = entry;
      return;
    }
    let complaint: string | null;
    if (entry.kind === 'line') {
      const fitted = fittingLine(entry);
      if (fitted.left !== null) this.own.push(fitted.left);
      ({ complaint } = fitted);
    } else ({ left: this.about, complaint } = fittingAbout(this.about, entry));
    if (complaint !== null) this.complaints.push(complaint);
  }
}
