import {
  closeSync,
  ftruncateSync,
  futimesSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import type { NumberedLine } from './line-writer.ts';

/** Bytes a spool file may take; lines beyond are dropped and counted. */
const LARGEST = 2 * 1024 ** 3;

/**
 * A file with the lines of one writer that the server may not have yet: the `run` line first, then the writer's, one
 * a line. It is what the trainer would have sent, so that it can also be posted by hand:
 * `curl --data-binary @FILE http://HOST:8433/api/lines`.
 *
 * A line is in the file before it is sent, so that a killed trainer loses at most what it logged in its last
 * milliseconds. Every method throws what the file system throws.
 */
export class Spool {
  readonly path: string;
  readonly hello: string;
  #file: number;
  /** Bytes in the file, up to the last whole line. */
  #size: number;
  /** Where reading back goes on. */
  #read: number;
  #full = false;

  private constructor(path: string, file: number, hello: string, size: number) {
    this.path = path;
    this.hello = hello;
    this.#file = file;
    this.#size = size;
    this.#read = Buffer.byteLength(hello) + 1;
  }

  /** Begins the file of a new writer, readable by its owner only. */
  static create(folder: string, name: string, hello: string): Spool {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const path = join(folder, name);
    const spool = new Spool(path, openSync(path, 'wx+', 0o600), hello, 0);
    spool.append([hello]);
    return spool;
  }

  /** Opens what a killed writer left; null when not even its `run` line is whole. */
  static open(path: string): Spool | null {
    const file = openSync(path, 'r+');
    const bytes = Buffer.alloc(1024 * 1024);
    const head = bytes.toString('utf8', 0, readSync(file, bytes, 0, bytes.length, 0));
    const end = head.indexOf('\n');
    if (end > 0) return new Spool(path, file, head.slice(0, end), Number.MAX_SAFE_INTEGER);
    closeSync(file);
    return null;
  }

  get size(): number {
    return this.#size;
  }

  /** Appends lines in one write. Answers the offset in bytes of the first of them, or -1 when the file may not grow. */
  append(lines: readonly string[]): number {
    const bytes = Buffer.from(`${lines.join('\n')}\n`);
    this.#full ||= this.#size + bytes.length > LARGEST;
    if (this.#full) return -1;
    const at = this.#size;
    for (let done = 0; done < bytes.length;)
      done += writeSync(this.#file, bytes, done, bytes.length - done, at + done);
    this.#size += bytes.length;
    return at;
  }

  /** Reading back goes on from this offset. */
  seek(offset: number): void {
    this.#read = offset;
  }

  /** The next lines of the file, and whether they are the last. A line cut off by a crash is not one. */
  read(bytes = 1024 * 1024): { lines: NumberedLine[]; end: boolean } {
    const buffer = Buffer.alloc(Math.min(bytes, Math.max(this.#size - this.#read, 0)));
    const length = readSync(this.#file, buffer, 0, buffer.length, this.#read);
    const last = buffer.lastIndexOf(10, length - 1) + 1;
    if (length === 0 || last === 0) {
      if (length < bytes) return { lines: [], end: true };
      return this.read(bytes * 2); // a line longer than what was read
    }
    this.#read += last;
    const lines = buffer.toString('utf8', 0, last).split('\n').flatMap(numbered);
    return { lines, end: length < bytes };
  }

  /** Begins the file anew with only these lines: the rest was delivered. */
  rewrite(lines: readonly string[]): void {
    if (lines.length === 0) {
      const head = Buffer.byteLength(this.hello) + 1;
      ftruncateSync(this.#file, head);
      this.#size = head;
    } else {
      const draft = `${this.path}.new`;
      const file = openSync(draft, 'w+', 0o600);
      closeSync(this.#file);
      this.#file = file;
      this.#size = 0;
      this.#full = false;
      this.append([this.hello, ...lines]);
      renameSync(draft, this.path);
    }
    this.#read = this.#size;
    this.#full = false;
  }

  /** Marks the file as a living writer's. @param now seconds since 1970 */
  touch(now: number): void {
    futimesSync(this.#file, now, now);
  }

  close(): void {
    closeSync(this.#file);
  }

  /** Closes and deletes the file: everything was delivered. */
  remove(): void {
    closeSync(this.#file);
    unlinkSync(this.path);
  }
}

/** A whole line of the file with its number; nothing for one without. */
function numbered(text: string): NumberedLine[] {
  try {
    const line: unknown = JSON.parse(text);
    if (typeof line === 'object' && line !== null && 'seq' in line && typeof line.seq === 'number')
      return [{ seq: line.seq, text }];
  } catch {
    // Not a line: blank, or torn by a crash in the middle of the file.
  }
  return [];
}
