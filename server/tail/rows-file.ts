import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { Damaged, type LogEntry, type Reader } from './entry.ts';
import type { Place } from './locate.ts';
import { type Seen, Source, type SourceMark } from './source.ts';

/** The largest file of rows that is read, in bytes: it is read whole whenever it is written anew. */
const LARGEST = 256 * 1024 * 1024;
/** Looks at a file that has new columns and fewer rows, as while it is being written, before it counts as begun anew. */
const PATIENCE = 10;

/**
 * A file of rows that may be written anew: CSV, a Trainer's state. When it is, its rows are compared with those before.
 *
 *     the same rows, and more      ─▶ goes on with those (Lightning adds columns, the Trainer saves again)
 *     the same rows, but fewer     ─▶ another generation, unless there are new columns: then it is being written
 *     other rows                   ─▶ another generation: a training begun anew, or resumed from a checkpoint
 *
 * Another generation is taken from its first row; where its steps go back it is a new attempt of the run.
 */
export class RowsFile extends Source {
  #reader: Reader;
  #offset = 0;
  /** Bytes up to the first line's end: a file with others was written anew. */
  #header: Buffer = Buffer.alloc(0);
  /** A number for each row of this generation. */
  #rows: number[] = [];
  /** Rows of a file that is read anew, until all of it is there to compare. */
  #anew: LogEntry[] | null = null;
  /** What the rows of an earlier process must have been. */
  #expected: { readonly count: number; readonly digest: string } | null;
  #patience = 0;
  #digested = 0;
  #hash = createHash('sha256');

  constructor(place: Place, seen: Seen, mark: SourceMark | null = null) {
    super(place, seen, mark);
    this.#reader = place.open();
    this.#expected = mark && mark.count > 0 ? mark : null;
    this.#anew = [];
    // It may be in the middle of being written anew just now.
    if (this.#expected) this.#patience = PATIENCE;
  }

  async fill(last = false): Promise<void> {
    const whole = this.place.format.grows === 'whole';
    const file = await open(this.path, 'r');
    let bytes: Buffer;
    try {
      const { size } = await file.stat();
      if (size > LARGEST) throw new Damaged(`the file must have at most ${LARGEST} bytes, got ${size}`);
      if (whole) this.again();
      else if (this.#offset > 0) {
        const header = Buffer.alloc(this.#header.length);
        await file.read(header, 0, header.length, 0);
        const columns = !header.equals(this.#header);
        if (columns && this.#patience === 0) this.#patience = PATIENCE;
        if (columns || size < this.#offset) this.again();
      }
      bytes = Buffer.alloc(Math.max(0, size - this.#offset));
      const { bytesRead } = await file.read(bytes, 0, bytes.length, this.#offset);
      bytes = bytes.subarray(0, bytesRead);
    } finally {
      this.hungry = false;
      await file.close();
    }
    const rows: LogEntry[] = [];
    const consumed = this.#reader.read(
      bytes,
      (entry) => {
        if (entry.kind === 'log') rows.push(entry);
        else if (entry.kind !== 'points') this.note(entry); // no format of rows has any
      },
      whole || last,
    );
    if (this.#offset === 0 && consumed > 0)
      this.#header = Buffer.from(bytes.subarray(0, bytes.indexOf(10) + 1));
    this.#offset += consumed;
    if (this.#anew === null) this.#add(rows);
    else this.#compare((this.#anew = [...this.#anew, ...rows]));
  }

  protected get count(): number {
    return this.#rows.length;
  }

  protected digest(): string {
    for (; this.#digested < this.acknowledged; this.#digested++)
      this.#hash.update(`${this.#rows[this.#digested]}\n`);
    return this.acknowledged === 0 ? '' : this.#hash.copy().digest('base64url');
  }

  protected changed(): void {
    // fill() finds out what has changed.
  }

  protected again(): void {
    this.#reader = this.place.open();
    this.#offset = 0;
    this.#anew = [];
    this.end = null;
  }

  /** Compares the rows of a file written anew with those before. */
  #compare(rows: readonly LogEntry[]): void {
    const before = this.#expected?.count ?? this.#rows.length;
    // Between the two steps of being written anew a file is empty.
    if (rows.length < before && (rows.length === 0 || this.#patience-- > 0)) {
      this.waiting = rows.length > 0;
      return;
    }
    const same = rows.length >= before && this.#same(rows, before);
    this.#anew = null;
    this.#expected = null;
    this.#patience = 0;
    if (!same) {
      const { end } = this;
      this.begin();
      this.end = end;
      this.#digested = 0;
      this.#hash = createHash('sha256');
    } else this.drop();
    this.#rows = [];
    this.#add(rows);
  }

  #same(rows: readonly LogEntry[], before: number): boolean {
    if (this.#expected === null) return this.#rows.every((row, i) => row === rowNumber(rows[i]));
    const hash = createHash('sha256');
    for (const row of rows.slice(0, before)) hash.update(`${rowNumber(row)}\n`);
    return hash.digest('base64url') === this.#expected.digest;
  }

  #add(rows: readonly LogEntry[]): void {
    for (const row of rows) {
      this.#rows.push(rowNumber(row));
      if (this.#rows.length > this.acknowledged) this.put(this.#rows.length, row);
    }
  }
}

/** A number that tells rows apart by what they say, whatever columns are blank or in what order they come. */
function rowNumber({ step, epoch, values }: LogEntry): number {
  let sum = fnv(`${step} ${epoch ?? ''}`);
  for (const name in values) sum = (sum + fnv(`${name}=${values[name]}`)) % Number.MAX_SAFE_INTEGER;
  return sum;
}

/** FNV-1a of 52 bits, as two of 32 and 20. */
function fnv(text: string): number {
  let low = 0x811c9dc5;
  let high = 0x9747b28c;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    low = Math.imul(low ^ code, 0x01000193);
    high = Math.imul(high ^ code, 0x01000193 + 2 * i);
  }
  return (low >>> 0) + (high >>> 12) * 2 ** 32;
}
