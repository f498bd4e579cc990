import { seriesName } from '../line-of.ts';

/**
 * Numbers the tags of a file by their bytes as they stand there: a tag that was seen before costs one comparison, and
 * no text. Tools log in rounds, so the tag that came after this one last time is tried first.
 */
export class Tags {
  /** Series by number. */
  readonly names: string[] = [];
  readonly #prefix: string;
  readonly #bytes: Buffer[] = [];
  /** By tag: its series, and the tag that came after it. */
  readonly #series: number[] = [];
  readonly #after: number[] = [];
  readonly #byHash = new Map<number, number[]>();
  readonly #byName = new Map<string, number>();
  #last = 0;

  /** @param prefix put before every tag that does not have it: of a Keras sub-folder */
  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  /** The number of the series that a tag, the range [from, to) of the bytes, is. */
  seriesAt(bytes: Buffer, from: number, to: number): number {
    const expected = this.#after.length > 0 ? this.#after[this.#last] : -1;
    if (expected < 0 || !this.#is(expected, bytes, from, to)) {
      const found = this.#find(bytes, from, to);
      this.#after[this.#last] = found;
      this.#last = found;
    } else this.#last = expected;
    return this.#series[this.#last];
  }

  /** The number of the series that a tag is. */
  seriesOf(tag: string): number {
    const { names } = this;
    const whole = this.#prefix === '' || tag.startsWith(`${this.#prefix}/`) ? tag : `${this.#prefix}/${tag}`;
    // Tags that differ in what no series may be called are one series.
    const name = seriesName(whole);
    let series = this.#byName.get(name);
    if (series === undefined) this.#byName.set(name, (series = names.push(name) - 1));
    return series;
  }

  #is(tag: number, bytes: Buffer, from: number, to: number): boolean {
    const known = this.#bytes[tag];
    if (known.length !== to - from) return false;
    for (let i = 0; i < known.length; i++) if (known[i] !== bytes[from + i]) return false;
    return true;
  }

  #find(bytes: Buffer, from: number, to: number): number {
    let hash = to - from;
    for (let at = from; at < to; at++) hash = Math.imul(hash ^ bytes[at], 0x01000193);
    const same = this.#byHash.get(hash & 0x3fffffff) ?? [];
    for (const tag of same) if (this.#is(tag, bytes, from, to)) return tag;
    const tag = this.#bytes.push(Buffer.from(bytes.subarray(from, to))) - 1;
    this.#series.push(this.seriesOf(bytes.toString('utf8', from, to)));
    this.#after.push(tag);
    this.#byHash.set(hash & 0x3fffffff, [...same, tag]);
    return tag;
  }
}
