/** Milliseconds of work that a rest is worth being taken after. */
const WORK_MS = 4;

/** How many times as long as it has worked a thread rests. */
const TIMES = 2;

/**
 * The rests of a thread whose work can wait: it is spread over three times as long, for as long as nobody hurries it, so
 * that what cannot wait finds a processor free.
 */
export class Rests {
  readonly #hurried: Hurried;
  #since = performance.now();

  /** @param hurried shared with who may hurry the thread */
  constructor(hurried: Hurried) {
    this.#hurried = hurried;
  }

  /** The work begins. */
  begin(): void {
    this.#since = performance.now();
  }

  /** Rests where that is due; to be called often. */
  readonly take = (): void => {
    const worked = performance.now() - this.#since;
    if (worked < WORK_MS) return;
    Atomics.wait(this.#hurried, 0, 0, worked * TIMES);
    this.begin();
  };
}

/** Of one element in shared memory: 1 for no more rests. */
export type Hurried = Int32Array<SharedArrayBuffer>;

export function hurriedFlag(): Hurried {
  return new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
}

export function hurry(hurried: Hurried, on = true): void {
  Atomics.store(hurried, 0, Number(on));
  Atomics.notify(hurried, 0);
}
