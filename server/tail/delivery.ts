import type { Answer } from '../../shared/answers.ts';
import { ServerSocket } from '../../sdk/server-socket.ts';
import { Acks } from './acks.ts';
import { Agreements } from './agreements.ts';
import { Floor } from './floor.ts';
import { type Greeted, Greeting } from './greeting.ts';
import { lineOf } from './line-of.ts';
import { packPoints, partsOf, seriesIn } from './pack-points.ts';
import { logAt } from './points.ts';
import type { Piece, PointsPiece } from './queue.ts';
import { keyOf } from './writer-key.ts';

export interface DeliveryOptions {
  readonly url: string;
  readonly token: string | null;
  readonly warn: (message: string) => void;
}

/** The connection is gone: what was not acknowledged has to be sent again. */
export class Gone extends Error {
  override readonly name = 'Gone';
}

/** Lines of one writer. */
export interface Said {
  /** Its key. */
  readonly writer: string;
  /** Its `run` line. */
  readonly hello: string;
  readonly piece: Piece;
}

/**
 * Brings lines of many runs to the server over one socket, which comes back by itself, and says when they are durable.
 * Holds no lines: whoever sends is told `Gone` and reads them again.
 */
export class Delivery {
  readonly #socket: ServerSocket;
  readonly #acks = new Acks();
  readonly #floor = new Floor();
  readonly #agreements = new Agreements();
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
  async greet(hellos: readonly string[]): Promise<Greeted> {
    if (hellos.length === 0) return { welcomes: new Map(), refusals: [] };
    const greeting = (this.#greeting = new Greeting(hellos.length));
    this.#floor.leave();
    this.#send(hellos.join('\n'));
    return greeting.answered.finally(() => (this.#greeting = null));
  }

  /**
   * Sends a frame of text with its own `run` lines.
   * @param lasts the number of the last line of each writer in it, by key
   * @returns once all of it is durable
   * @throws Gone
   */
  send(frame: string, lasts: ReadonlyMap<string, number>): Promise<void> {
    const durable = this.#acks.all(lasts);
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
    const durable = this.#acks.all(lasts);
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
    const { writer, line, wait, count } = asked;
    if (!wait) {
      this.#agreements.note(writer, count);
      this.#send(line);
      return;
    }
    const took = this.#agreements.wait(writer, count);
    this.#send(line);
    this.#floor.answer(await took);
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
        return this.#greeting?.welcome(answer);
      case 'ack':
        return this.#acks.heard(keyOf(answer.run, answer.writer), answer.seq);
      case 'series':
        return this.#agreements.agreed(keyOf(answer.run, answer.writer), answer.count);
      case 'error':
        // A store that failed closes the socket.
        if (answer.seq !== undefined || answer.code === 'store-failed') return this.#once(answer.message);
        if (this.#agreements.refused()) return;
        if (this.#greeting === null) return this.#once(answer.message);
        return this.#greeting.refuse(answer);
      case 'gap':
      case 'stop':
        return; // no training hears us
    }
  }

  #gone(reason: string): void {
    const error = new Gone(reason);
    this.#greeting?.fail(error);
    this.#greeting = null;
    this.#floor.close();
    this.#agreements.fail(error);
    this.#acks.fail(error);
  }

  #once(message: string): void {
    if (this.#warned.has(message) || this.#warned.size > 100) return;
    this.#warned.add(message);
    this.#warn(message);
  }
}
