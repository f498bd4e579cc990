import type { Speaker } from './state.ts';

/**
 * Knows which writers are there. A writer that goes without an end is given a grace time to come back; then it is
 * told of as lost, once.
 */
export class Presence {
  readonly #graceMs: number;
  readonly #lost: (speaker: Speaker) => void;
  /** Open sockets of each writer. */
  readonly #sockets = new Map<string, number>();
  readonly #timers = new Map<string, NodeJS.Timeout>();

  /**
   * @param graceMs how long a writer may be away, in ms
   * @param lost told of each writer that stayed away
   */
  constructor(graceMs: number, lost: (speaker: Speaker) => void) {
    this.#graceMs = graceMs;
    this.#lost = lost;
  }

  /** A writer's socket has opened. */
  arrive(speaker: Speaker): void {
    const key = keyOf(speaker);
    this.#stop(key);
    this.#sockets.set(key, (this.#sockets.get(key) ?? 0) + 1);
  }

  /** A writer's socket has closed. */
  leave(speaker: Speaker): void {
    const key = keyOf(speaker);
    const left = (this.#sockets.get(key) ?? 1) - 1;
    if (left > 0) return void this.#sockets.set(key, left);
    this.#sockets.delete(key);
    this.expect(speaker);
  }

  /** A writer without a socket was heard of; it is to be heard of again within `graceMs`. */
  expect(speaker: Speaker, graceMs = this.#graceMs): void {
    const key = keyOf(speaker);
    if (this.#sockets.has(key)) return;
    this.#stop(key);
    const timer = setTimeout(() => {
      this.#timers.delete(key);
      this.#lost(speaker);
    }, graceMs);
    timer.unref();
    this.#timers.set(key, timer);
  }

  close(): void {
    for (const key of [...this.#timers.keys()]) this.#stop(key);
  }

  #stop(key: string): void {
    clearTimeout(this.#timers.get(key));
    this.#timers.delete(key);
  }
}

function keyOf({ run, writer }: Speaker): string {
  return `${run}\n${writer}`;
}
