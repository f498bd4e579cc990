import { LIMITS } from '../shared/limits.ts';
import { frameWith } from './block.ts';
import type { NumberedLine } from './line-writer.ts';
import { follows, pack, type Row, rowOf } from './pack.ts';

/** Lines that follow each other from which on a binary frame is worth its making. */
const MANY = 32;
/** Refused names after which it asks no more: a run that has all the series it may have would go on for ever. */
const MOST_REFUSALS = 20;

/**
 * Turns lines into frames on one connection: text where there are few, binary columns where there are many, and where a
 * line is a block of columns already. Agrees with the server on ids of series first, and goes by text until it has
 * answered. What was agreed stays so where later names are refused: it asks for half as many next, and lines with a name
 * that is refused by itself go as text. A server that does not know of ids is another one only on another connection.
 */
export class Packer {
  readonly #many: number;
  /** Those that are agreed. */
  readonly #ids = new Map<string, number>();
  #asked: string[] = [];
  readonly #refused = new Set<string>();
  #refusals = 0;
  /** Names that are asked for in one line, at most. */
  #atOnce: number = LIMITS.seriesPerRun;
  #plain = false;

  constructor(many = MANY) {
    this.#many = many;
  }

  /** Whether the server has still to answer which ids it takes. */
  get asking(): boolean {
    return this.#asked.length > 0;
  }

  /** The server knows ids below `count`. */
  agree(count: number): void {
    const added = this.#asked.slice(0, Math.max(0, count - this.#ids.size));
    for (const name of added) this.#ids.set(name, this.#ids.size);
    this.#asked = [];
    this.#atOnce = Math.min(2 * this.#atOnce, LIMITS.seriesPerRun);
  }

  /** The server refused to agree: it is older, or does not take one of the names. */
  refuse(why: 'older' | 'name'): void {
    if (why === 'older') this.#plain = true;
    else {
      this.#refusals++;
      this.#atOnce = Math.max(1, this.#asked.length >> 1);
      if (this.#asked.length === 1) this.#refused.add(this.#asked[0]);
    }
    this.#asked = [];
  }

  /** The frames that carry some lines, in their order. */
  frames(lines: readonly NumberedLine[]): (string | Uint8Array)[] {
    const many = lines.length >= this.#many;
    if (this.#plain || !(many || lines.some(({ block }) => block))) return [textOf(lines)];
    const frames: (string | Uint8Array)[] = [];
    const unknown = new Set<string>();
    let text: NumberedLine[] = [];
    let rows: Row[] = [];
    let packed: NumberedLine[] = [];
    let series = new Set<string>();
    const idOf = (name: string) => this.#ids.get(name)!;
    const put = (frame: Uint8Array) => {
      if (text.length > 0) frames.push(textOf(text));
      text = [];
      frames.push(frame);
    };
    const close = () => {
      if (rows.length >= this.#many) put(pack(rows, idOf));
      else text.push(...packed);
      [rows, packed, series] = [[], [], new Set()];
    };
    for (const line of lines) {
      const { block } = line;
      if (block && this.#knows(block.names, unknown)) {
        close();
        put(frameWith(block, idOf));
        continue;
      }
      const row = many && !block ? rowOf(line) : null;
      const known = row !== null && this.#knows(row.values.keys(), unknown);
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

  /** The line that asks for ids of these series; null when there is nothing to ask, or an answer to wait for. */
  ask(names: readonly string[]): string | null {
    const unknown = new Set<string>();
    return this.#plain || this.#knows(names, unknown) ? null : this.#ask(unknown);
  }

  #knows(names: Iterable<string>, unknown: Set<string>): boolean {
    let all = true;
    for (const name of names) {
      if (this.#ids.has(name)) continue;
      all = false;
      if (!this.#refused.has(name)) unknown.add(name);
    }
    return all;
  }

  #ask(unknown: ReadonlySet<string>): string | null {
    const first = this.#ids.size;
    const names = [...unknown].slice(0, Math.min(this.#atOnce, LIMITS.seriesPerRun - first));
    if (names.length === 0 || this.asking || this.#refusals >= MOST_REFUSALS) return null;
    this.#asked = names;
    return JSON.stringify({ kind: 'series', first, names });
  }
}

function textOf(lines: readonly NumberedLine[]): string {
  return lines.map(({ text }) => text).join('\n');
}
