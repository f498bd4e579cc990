import type { Answer, ErrorAnswer, Welcome } from '../../shared/answers.ts';
import { ServerSocket } from '../../sdk/server-socket.ts';

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

/**
 * Brings lines of many runs to the server over one socket, which comes back by itself, and says when they are durable.
 * Holds no lines: whoever sends is told `Gone` and reads them again.
 */
export class Delivery {
  readonly #socket: ServerSocket;
  readonly #waiting = new Set<Waiting>();
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
        this.#send(hellos.join('\n'));
      }).finally(() => (this.#greeting = null));
    }
    return { welcomes, refusals };
  }

  /**
   * Sends a frame of lines.
   * @param lasts the number of the last line of each writer in it, by key
   * @returns once all of it is durable
   * @throws Gone
   */
  send(frame: string, lasts: ReadonlyMap<string, number>): Promise<void> {
    return new Promise((resolve, reject) => {
      if (lasts.size === 0) resolve();
      else this.#waiting.add({ left: new Map(lasts), resolve, reject });
      this.#send(frame);
    });
  }

  close(): void {
    this.#closed = true;
    this.#socket.close();
    this.#gone('closed');
    for (const opened of this.#opened.splice(0)) opened();
  }

  #send(frame: string): void {
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
      case 'error':
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
