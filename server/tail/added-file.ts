import { open } from 'node:fs/promises';
import { Damaged, type Entry, type Reader } from './entry.ts';
import { DamagedRecord } from './formats/tf-records.ts';
import type { Place } from './locate.ts';
import { type Seen, Source, type SourceMark } from './source.ts';

/** Bytes read at a time, and the most that one record may have. */
const CHUNK = 4 * 1024 * 1024;
const LONGEST = 64 * CHUNK;
/** The least that is read: a file may have grown since it was looked at. */
const LEAST = 64 * 1024;

/** A file that is only ever added to: event files, JSON lines, `.wandb`. If it gets shorter, it was begun anew. */
export class AddedFile extends Source {
  #reader: Reader;
  #offset = 0;
  #count = 0;
  #chunk = CHUNK;

  constructor(place: Place, seen: Seen, mark: SourceMark | null = null) {
    super(place, seen, mark);
    this.#reader = place.open();
  }

  async fill(last = false): Promise<void> {
    const file = await open(this.path, 'r');
    let filled = 0;
    // A chunk that a record did not fit into has grown, and may reach beyond what was seen of the file.
    const left = this.#chunk > CHUNK ? Infinity : Math.max(LEAST, this.seen.size - this.#offset + 1);
    const bytes = Buffer.allocUnsafeSlow(Math.min(this.#chunk, left));
    try {
      while (filled < bytes.length) {
        const { bytesRead } = await file.read(bytes, filled, bytes.length - filled, this.#offset + filled);
        if (bytesRead === 0) break;
        filled += bytesRead;
      }
    } finally {
      await file.close();
    }
    const atEnd = filled < bytes.length;
    if (atEnd) this.hungry = false;
    const take = (entry: Entry) => {
      if (entry.kind === 'log') this.put(++this.#count, entry);
      else if (entry.kind === 'points') {
        this.putPoints(this.#count + 1, entry);
        this.#count += entry.steps.length;
      } else this.note(entry);
    };
    let consumed: number;
    try {
      consumed = this.#reader.read(bytes.subarray(0, filled), take, last && atEnd);
    } catch (error) {
      // What came before the damage is taken already; the damage itself may be a write under way.
      if (error instanceof DamagedRecord) this.#offset += error.at;
      this.hungry = false;
      throw error;
    }
    this.#offset += consumed;
    if (consumed > 0 || atEnd) this.#chunk = CHUNK;
    else if (this.#chunk < LONGEST) this.#chunk *= 2;
    else throw new Damaged(`a record is longer than ${LONGEST} bytes`);
  }

  protected get count(): number {
    return this.#count;
  }

  protected digest(): string {
    return '';
  }

  protected changed(): void {
    if (this.seen.size >= this.#offset) return;
    this.begin();
    this.again();
  }

  protected again(): void {
    this.#reader = this.place.open();
    this.#offset = 0;
    this.#count = 0;
    this.#chunk = CHUNK;
  }
}
