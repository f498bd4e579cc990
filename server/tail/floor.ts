/** What has to be said before new series may stand in a binary frame. */
export interface Naming {
  /** The speaker. */
  readonly writer: string;
  readonly line: string;
  /** Ids that there are then. */
  readonly count: number;
  /** Whether the answer has to be awaited. */
  readonly wait: boolean;
}

/**
 * Who speaks on one connection, and by which ids the server knows their series there. Ids hold until the next `run`
 * line; a series that the server took once from a writer it takes again, so only new ones need its answer.
 */
export class Floor {
  #speaker: string | null = null;
  readonly #ids = new Map<string, number>();
  /** Series that the server took, by writer. */
  readonly #taken = new Map<string, Set<string>>();
  /** Writers whose series it did not all take: they go by text. */
  readonly #plain = new Set<string>();

  /** Gives the floor to a writer; whether it has to say its `run` line first. */
  give(writer: string): boolean {
    if (this.#speaker === writer) return false;
    this.#speaker = writer;
    this.#ids.clear();
    return true;
  }

  /** Someone else has spoken. */
  leave(): void {
    this.#speaker = null;
  }

  /** The connection is gone. */
  close(): void {
    this.leave();
    this.#taken.clear();
    this.#plain.clear();
  }

  /** Whether the speaker's points go by text. */
  get plain(): boolean {
    return this.#speaker !== null && this.#plain.has(this.#speaker);
  }

  /**
   * Gives ids to series of the speaker.
   * @returns null: each has one
   */
  name(series: readonly string[]): Naming | null {
    const first = this.#ids.size;
    const names = series.filter((name) => !this.#ids.has(name));
    if (names.length === 0) return null;
    const writer = this.#speaker!;
    const taken = this.#taken.get(writer);
    const wait = !names.every((name) => taken?.has(name));
    for (const name of names) this.#ids.set(name, this.#ids.size);
    return { writer, line: JSON.stringify({ kind: 'series', first, names }), count: this.#ids.size, wait };
  }

  /** The server's answer about the speaker's series. */
  answer(took: boolean): void {
    const speaker = this.#speaker!;
    if (!took) {
      this.#plain.add(speaker);
      return;
    }
    const taken = this.#taken.get(speaker) ?? new Set();
    for (const name of this.#ids.keys()) taken.add(name);
    this.#taken.set(speaker, taken);
  }

  idOf(series: string): number {
    return this.#ids.get(series)!;
  }
}
