import { receiveMessageOnPort, type MessagePort } from 'node:worker_threads';
import type { Complain } from './flatten.ts';
import { WEIGHT_UNIT, weightOf, WORD, type Letter, type Reply, type Written } from './mailbox.ts';

/** Lines on their way to the sender's thread, and bytes. */
export interface TransitLimits {
  readonly lines: number;
  readonly bytes: number;
}

const IN_TRANSIT: TransitLimits = { lines: 200_000, bytes: 256 * 1024 * 1024 };
/** Milliseconds that `room` waits at most. */
const PATIENCE = 10_000;

/**
 * The training thread's end of the way to the sender. What is on the way is bounded: what one call says, and finds no
 * room, is dropped whole and counted. With nothing on the way there is room for a call of any size.
 */
export class Transit {
  readonly #port: MessagePort;
  readonly #words: Int32Array;
  readonly #complain: Complain;
  readonly #hear: (reply: Reply) => void;
  readonly #limits: TransitLimits;
  #lines = 0;
  #weight = 0;
  #dropped = 0;
  #dead = false;
  /** Those who wait for room, in their order. */
  #waiting: (() => void)[] = [];

  /** @param hear told of the other replies */
  constructor(
    port: MessagePort,
    words: Int32Array,
    hear: (reply: Reply) => void,
    complain: Complain,
    limits = IN_TRANSIT,
  ) {
    this.#port = port;
    this.#words = words;
    this.#complain = complain;
    this.#hear = hear;
    this.#limits = limits;
    port.on('message', (reply: Reply) => this.#take(reply));
    port.unref(); // listening to it would keep the process alive
  }

  /** Lines that found no room. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Sends what one call says. */
  send(letters: readonly Written[]): void {
    const weight = letters.reduce((sum, letter) => sum + weightOf(letter), 0);
    if (!this.#hasRoom(weight)) {
      this.#dropped += letters.length;
      this.#complain(
        'in transit',
        'lines come faster than they can be sent; some are dropped, and show as a gap',
      );
      return;
    }
    this.#lines = (this.#lines + letters.length) | 0;
    this.#weight = (this.#weight + weight) | 0;
    for (const letter of letters)
      this.#port.postMessage(letter, letter.kind === 'block' ? [letter.frame.buffer] : []);
  }

  /** Resolves once the sender has room for more, or after 10 s; never rejects. Keeps the process alive until then. */
  room(): Promise<void> {
    if (this.#dead) return Promise.resolve();
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(patience);
        resolve();
      };
      const patience = setTimeout(done, PATIENCE);
      this.#waiting.push(done);
      this.#port.postMessage({ kind: 'room' } satisfies Letter);
    });
  }

  /** Says that all was said. */
  finish(timeout: number): void {
    this.#port.postMessage({ kind: 'finish', timeout } satisfies Letter);
  }

  /** Hears the replies that have come, without returning to the event loop. */
  receive(): void {
    for (let received; (received = receiveMessageOnPort(this.#port)) !== undefined;)
      this.#take(received.message as Reply);
  }

  /** The sender will take no more, and say no more. */
  close(): void {
    this.#dead = true;
    this.receive();
    this.#port.close();
    for (const done of this.#waiting.splice(0)) done();
  }

  #take(reply: Reply): void {
    if (reply.kind === 'room') this.#waiting.shift()?.();
    else this.#hear(reply);
  }

  #hasRoom(weight: number): boolean {
    const lines = (this.#lines - Atomics.load(this.#words, WORD.taken)) | 0;
    const waiting = (this.#weight - Atomics.load(this.#words, WORD.weight)) | 0;
    if (lines >= this.#limits.lines) return false;
    return lines === 0 || (waiting + weight) * WEIGHT_UNIT <= this.#limits.bytes;
  }
}
