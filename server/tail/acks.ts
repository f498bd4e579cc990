interface Waiting {
  /** What is still to be acknowledged: the last line of each writer. */
  readonly left: Map<string, number>;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** Tells who sent lines of several writers when all of them are durable. */
export class Acks {
  readonly #waiting = new Set<Waiting>();

  /**
   * @param lasts the number of the last line of each writer, by key
   * @returns once each of them is acknowledged; at once where there are none
   */
  all(lasts: ReadonlyMap<string, number>): Promise<void> {
    return new Promise((resolve, reject) => {
      if (lasts.size === 0) resolve();
      else this.#waiting.add({ left: new Map(lasts), resolve, reject });
    });
  }

  /** Everything of a writer up to `seq` is durable. */
  heard(key: string, seq: number): void {
    for (const waiting of this.#waiting) {
      const last = waiting.left.get(key);
      if (last === undefined || last > seq) continue;
      waiting.left.delete(key);
      if (waiting.left.size > 0) continue;
      this.#waiting.delete(waiting);
      waiting.resolve();
    }
  }

  /** No more will be heard. */
  fail(error: Error): void {
    for (const waiting of [...this.#waiting]) {
      this.#waiting.delete(waiting);
      waiting.reject(error);
    }
  }
}
