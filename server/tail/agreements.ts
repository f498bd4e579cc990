/** A `series` line on its way. */
interface Asked {
  readonly writer: string;
  /** Ids that there are when it is taken. */
  readonly count: number;
  /** null: nobody waits for the answer. */
  readonly wait: { readonly answer: (took: boolean) => void; readonly fail: (error: Error) => void } | null;
}

/**
 * Finds whose answer it is when the server agrees on ids of series or refuses them. Nobody asks while someone waits, so
 * who waits was the last to ask. A refusal does not say of what it is: where it is another's, who waits falls back to
 * text all the same, which the server always takes; nobody waits for ever.
 */
export class Agreements {
  readonly #asked: Asked[] = [];

  /** A `series` line goes that the server has to answer. @returns whether it took the series */
  wait(writer: string, count: number): Promise<boolean> {
    return new Promise((answer, fail) => this.#asked.push({ writer, count, wait: { answer, fail } }));
  }

  /** A `series` line goes that the server is known to take. */
  note(writer: string, count: number): void {
    this.#asked.push({ writer, count, wait: null });
  }

  /** The server took a `series` line. */
  agreed(writer: string, count: number): void {
    this.#answer((asked) => asked.writer === writer && asked.count === count, true);
  }

  /** The server refused something that has no number. @returns whether someone waited for it */
  refused(): boolean {
    return this.#answer(({ wait }) => wait !== null, false);
  }

  /** No more will be heard. */
  fail(error: Error): void {
    for (const { wait } of this.#asked.splice(0)) wait?.fail(error);
  }

  #answer(is: (asked: Asked) => boolean, took: boolean): boolean {
    const at = this.#asked.findIndex(is);
    if (at < 0) return false;
    this.#asked.splice(0, at + 1)[at].wait?.answer(took);
    return true;
  }
}
