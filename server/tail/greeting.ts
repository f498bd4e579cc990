import type { ErrorAnswer, Welcome } from '../../shared/answers.ts';
import { keyOf } from './writer-key.ts';

/** What the server answered to several `run` lines. */
export interface Greeted {
  /** By the writer's key. */
  readonly welcomes: ReadonlyMap<string, Welcome>;
  /** Why others had none. */
  readonly refusals: readonly ErrorAnswer[];
}

/** `run` lines that were sent together, until each has its answer. */
export class Greeting {
  /** Resolves with the last of the answers. */
  readonly answered: Promise<Greeted>;
  readonly #welcomes = new Map<string, Welcome>();
  readonly #refusals: ErrorAnswer[] = [];
  #left: number;
  #resolve!: (greeted: Greeted) => void;
  #reject!: (error: Error) => void;

  /** @param count how many were sent */
  constructor(count: number) {
    this.#left = count;
    this.answered = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  welcome(answer: Welcome): void {
    this.#welcomes.set(keyOf(answer.run, answer.writer), answer);
    this.#count();
  }

  refuse(answer: ErrorAnswer): void {
    this.#refusals.push(answer);
    this.#count();
  }

  /** No more will be heard. */
  fail(error: Error): void {
    this.#reject(error);
  }

  #count(): void {
    if (--this.#left <= 0) this.#resolve({ welcomes: this.#welcomes, refusals: this.#refusals });
  }
}
