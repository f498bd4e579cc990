import type { Answer, ErrorAnswer, Welcome } from '../../shared/answers.ts';
import { ServerSocket } from '../../sdk/server-socket.ts';
import { Floor } from './floor.ts';
import { lineOf } from './line-of.ts';
import { packPoints, partsOf, seriesIn } from './pack-points.ts';
import { logAt } from './points.ts';
import type { Piece, PointsPiece } from './queue.ts';

export interface DeliveryOptions {
  readonly url: string;
  readonly token: string | null;
  readonly warn: (message: string) => void;
}

/** The connection is gone: what was not acknowledged has to be sent again. */
export class Gone extends Error {
  override readonly name = 'Gone';
}

/** A writer of a run, as one key. */
export function keyOf(run: string, writer: string): string {
  return `${run}\n${writer}`;
}

export function runOf(key: string): string {
  return key.slice(0, key.indexOf('\n'));
}

/** Lines of one writer. */
export interface Said {
  readonly writer: string;
  /** Its `run` line. */
  readonly hello: string;
  readonly piece: Piece;
}

interface Waiting {
  /** What is still to be acknowledged: the last line of each writer. */
  readonly left: Map<string, number>;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

interface Greeting {
  left: number;
  readonly welcomes: Map<string, Welcome>;
  readonly refusals: ErrorAnswer[];
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** A `series` line on its way. */
interface Asked {
  readonly count: number;
  /** null: nobody waits for the answer. */
  readonly answer: ((took: boolean) => void) | null;
  readonly reject: (error: Error) => void;
}

/**
 * Brings lines of many runs to the server over one socket, which comes back by itself, and says when they are durable.
 * Holds no lines: whoever sends is told `Gone` and reads them again.
 */
export class Delivery {
  readonly #socket: ServerSocket;
  readonly #waiting = new Set<Waiting>();
  readonly #floor = new Floor();
  /** `series` lines that were not answered yet, in order. */
  readonly #asked: Asked[] = [];
  #greeting: Greeting | null = null;
  #opened: (() => void)[] = [];
  #closed = false;
  readonly #warn: (message: string) => void;
  readonly #warned = new Set<string>();

  constructor({ url, token, warn }: DeliveryOptions) {
    this.#warn = warn;
    this.#socket = new ServerSocket({
      url,
      token,
      random: Math.random,
      onOpen: () => {
        this.#socket.settled();
        this.#warned.clear();
        for (const opened of this.#opened.splice(0)) opened();
      },
      onText: (text) => text.split('\n').forEach((line) => this.#hear(line)),
      onClose: (code) => this.#gone(`the connection closed with code ${code}`),
      onRefused: (status) => this.#once(`the server at ${url} answers with HTTP status ${status}`),
      onError: (message) => this.#once(`no connection to ${url} (${message}); trying again`),
    });
  }

  get isOpen(): boolean {
    return this.#socket.isOpen;
  }

  /** Waits for the connection. @throws Gone when this is closed before */
  async open(): Promise<void> {
    while (!this.isOpen) {
      if (this.#closed) throw new Gone('closed');
      await new Promise<void>((resolve) => this.#opened.push(resolve));
    }
  }

  /**
   * Says hello for several writers; resolves with the welcomes by key, and why others had none.
   * @throws Gone
   */
  async greet(
    hellos: readonly string[],
  ): Promise<{ welcomes: Map<string, Welcome>; refusals: ErrorAnswer[] }> {
    const welcomes = new Map<string, Welcome>();
    const refusals: ErrorAnswer[] = [];
    if (hellos.length > 0) {
      await new Promise<void>((resolve, reject) => {
        this.#greeting = { left: hellos.length, welcomes, refusals, resolve, reject };
        this.#floor.leave();
        this.#send(hellos.join('\n'));
      }).finally(() => (this.#greeting = null));
    }
    return { welcomes, refusals };
  }

  /**
   * Sends a frame of text with its own `run` lines.
   * @param lasts the number of the last line of each writer in it, by key
   * @returns once all of it is durable
   * @throws Gone
   */
  send(frame: string, lasts: ReadonlyMap<string, number>): Promise<void> {
    const durable = this.#durable(lasts);
    this.#floor.leave();
    this.#send(frame);
    return durable;
  }

  /**
   * Sends lines as text and points, where they are many, as binary frames.
   * @returns once all of it is sent, the promise that all of it is durable, which fails as this does
   * @throws Gone
   */
  async deliver(said: readonly Said[]): Promise<{ durable: Promise<void> }> {
    const lasts = new Map(said.map(({ writer, piece }) => [writer, piece.last]));
    // Asked for first: what is sent first may be durable before the rest is sent.
    const durable = this.#durable(lasts);
    durable.catch(() => undefined); // whoever is given it hears of it
    const text: string[] = [];
    for (const { writer, hello, piece } of said) {
      if (this.#floor.give(writer)) text.push(hello);
      if (piece.kind === 'lines') text.push(...piece.texts);
      else await this.#points(piece, text);
    }
    this.#flush(text);
    return { durable };
  }

  /** @param text lines that go before, and those that are left to go after */
  async #points(piece: PointsPiece, text: string[]): Promise<void> {
    const { points, first, from } = piece;
    for (const part of partsOf(piece)) {
      const seq = first + part.from - from;
      const own = part.packed && !this.#floor.plain ? seriesIn(points, part) : [];
      if (own.length > 0) {
        this.#flush(text);
        await this.#name(own.map((series) => points.names[series]));
      }
      if (own.length > 0 && !this.#floor.plain)
        this.#send(packPoints(points, part, seq, own, (name) => this.#floor.idOf(name)));
      else
        for (let at = part.from; at < part.to; at++) text.push(lineOf(logAt(points, at), first + at - from));
    }
  }

  /** Agrees with the server on ids of series. */
  async #name(series: readonly string[]): Promise<void> {
    const asked = this.#floor.name(series);
    if (asked === null) return;
    const { line, wait, count } = asked;
    if (!wait) {
      this.#asked.push({ count, answer: null, reject: () => undefined });
      this.#send(line);
      return;
    }
    const took = await new Promise<boolean>((answer, reject) => {
      this.#asked.push({ count, answer, reject });
      this.#send(line);
    });
    this.#floor.answer(took);
  }

  #durable(lasts: ReadonlyMap<string, number>): Promise<void> {
    return new Promise((resolve, reject) => {
      if (lasts.size === 0) resolve();
      else this.#waiting.add({ left: new Map(lasts), resolve, reject });
    });
  }

  #flush(text: string[]): void {
    if (text.length > 0) this.#send(text.splice(0).join('\n'));
  }

  close(): void {
    this.#closed = true;
    this.#socket.close();
    this.#gone('closed');
    for (const opened of this.#opened.splice(0)) opened();
  }

  #send(frame: string | Uint8Array): void {
    if (!this.#socket.isOpen) return this.#gone('there is no connection');
    this.#socket.send(frame, () => undefined);
  }

  #hear(text: string): void {
    if (text === '') return;
    const answer = JSON.parse(text) as Answer;
    switch (answer.kind) {
      case 'welcome':
        this.#greeting?.welcomes.set(keyOf(answer.run, answer.writer), answer);
        return this.#greeted();
      case 'ack': {
        const key = keyOf(answer.run, answer.writer);
        for (const waiting of this.#waiting) {
          const last = waiting.left.get(key);
          if (last === undefined || last > answer.seq) continue;
          waiting.left.delete(key);
          if (waiting.left.size > 0) continue;
          this.#waiting.delete(waiting);
          waiting.resolve();
        }
        return;
      }
      case 'series':
        // One that was refused while nobody waited has no answer.
        while (this.#asked.length > 0 && this.#asked[0].count !== answer.count) this.#asked.shift();
        return this.#asked.shift()?.answer?.(true);
      case 'error':
        if (answer.seq === undefined && this.#asked[0]?.answer) return this.#asked.shift()!.answer!(false);
        // A store that failed closes the socket.
        if (answer.code === 'store-failed' || answer.seq !== undefined || this.#greeting === null)
          return this.#once(answer.message);
        this.#greeting.refusals.push(answer);
        return this.#greeted();
      case 'gap':
      case 'stop':
        return; // no training hears us
    }
  }

  #greeted(): void {
    const greeting = this.#greeting;
    if (greeting && --greeting.left <= 0) greeting.resolve();
  }

  #gone(reason: string): void {
    const error = new Gone(reason);
    const { reject } = this.#greeting ?? {};
    this.#greeting = null;
    reject?.(error);
    this.#floor.close();
    for (const asked of this.#asked.splice(0)) asked.reject(error);
    for (const waiting of [...this.#waiting]) {
      this.#waiting.delete(waiting);
      waiting.reject(error);
    }
  }

  #once(message: string): void {
    if (this.#warned.has(message) || this.#warned.size > 100) return;
    this.#warned.add(message);
    this.#warn(message);
  }
}
