import { LIMITS } from '../shared/limits.ts';
import type { NumberedLine } from './line-writer.ts';
import { follows, pack, type Row, rowOf } from './pack.ts';

/** Lines that follow each other from which on a binary frame is worth its making. */
const MANY = 32;

/**
 * Turns lines into frames on one connection: text where there are few, binary columns where there are many. Agrees
 * with the server on ids of series first, and goes by text until it has answered, or for good where it refuses.
 */
export class Packer {
  readonly #many: number;
  readonly #ids = new Map<string, number>();
  /** Ids below it are agreed. */
  #agreed = 0;
  #plain = false;

  constructor(many = MANY) {
    this.#many = many;
  }

  /** Whether the server has still to answer which ids it takes. */
  get asking(): boolean {
    return this.#ids.size > this.#agreed && !this.#plain;
  }

  /** The server knows ids below `count`. */
  agree(count: number): void {
    this.#agreed = count;
  }

  /** The server refused to agree: it is older, or takes no more series. */
  refuse(): void {
    this.#plain = true;
  }

  /** The frames that carry some lines, in their order. */
  frames(lines: readonly NumberedLine[]): (string | Uint8Array)[] {
    if (lines.length < this.#many || this.#plain) return [textOf(lines)];
    const frames: (string | Uint8Array)[] = [];
    const unknown = new Set<string>();
    let text: NumberedLine[] = [];
    let rows: Row[] = [];
    let packed: NumberedLine[] = [];
    let series = new Set<string>();
    const close = () => {
      if (rows.length >= this.#many) {
        if (text.length > 0) frames.push(textOf(text));
        text = [];
        frames.push(pack(rows, (name) => this.#ids.get(name)!));
      } else text.push(...packed);
      [rows, packed, series] = [[], [], new Set()];
    };
    for (const line of lines) {
      const row = rowOf(line);
      const known = row !== null && this.#knows(row, unknown);
      if (!known || !follows(rows, row, series.size)) close();
      if (known) {
        rows.push(row);
        packed.push(line);
        for (const name of row.values.keys()) series.add(name);
      } else text.push(line);
    }
    close();
    if (text.length > 0) frames.push(textOf(text));
    const asked = this.#ask(unknown);
    return asked ? [asked, ...frames] : frames;
  }

  #knows({ values }: Row, unknown: Set<string>): boolean {
    let all = true;
    for (const name of values.keys()) {
      const id = this.#ids.get(name);
      if (id === undefined) unknown.add(name);
      all &&= id !== undefined && id < this.#agreed;
    }
    return all;
  }

  /** The line that asks for ids; null when there is nothing to ask, or an answer to wait for. */
  #ask(unknown: ReadonlySet<string>): string | null {
    const names = [...unknown].slice(0, LIMITS.seriesPerRun - this.#ids.size);
    if (names.length === 0 || this.asking) return null;
    const first = this.#ids.size;
    for (const name of names) this.#ids.set(name, this.#ids.size);
    return JSON.stringify({ kind: 'series', first, names });
  }
}

function textOf(lines: readonly NumberedLine[]): string {
  return lines.map(({ text }) => text).join('\n');
}
