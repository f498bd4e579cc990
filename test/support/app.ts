import { once } from 'node:events';
import { WebSocket } from 'ws';
import { type App, createApp } from '../../server/app.ts';
import type { Tokens } from '../../server/access.ts';
import { type Config, DEFAULTS } from '../../server/config.ts';

/** A server within this process, on a free port. */
export async function startApp(
  data: string,
  options: Partial<Config> & { tokens?: Tokens; warn?: (message: string) => void } = {},
): Promise<App & { url: string }> {
  const { tokens = null, warn = () => undefined, ...config } = options;
  const app = await createApp({ config: { ...DEFAULTS, port: 0, data, ...config }, tokens, warn });
  const url = await app.listen();
  return { ...app, url: url.replace('0.0.0.0', '127.0.0.1') };
}

/** A plain WebSocket that hands out what it receives in order, line by line. */
export class Client {
  readonly socket: WebSocket;
  readonly #received: (string | Buffer)[] = [];
  #wake: () => void = () => undefined;

  constructor(url: string, headers: Record<string, string> = {}) {
    this.socket = new WebSocket(url.replace(/^http/, 'ws'), { headers });
    this.socket.on('message', (data: Buffer, isBinary: boolean) => {
      this.#received.push(...(isBinary ? [data] : data.toString().split('\n')));
      this.#wake();
    });
    this.socket.on('close', () => this.#wake());
    this.socket.on('error', () => undefined);
  }

  /** Connects, ready to send. */
  static async open(url: string, headers?: Record<string, string>): Promise<Client> {
    const client = new Client(url, headers);
    await once(client.socket, 'open');
    return client;
  }

  send(...lines: (string | object)[]): void {
    this.socket.send(
      lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n'),
    );
  }

  /** The next thing received, waiting for it; text as parsed JSON. */
  async next(): Promise<unknown> {
    while (this.#received.length === 0) {
      if (this.socket.readyState === WebSocket.CLOSED)
        throw new Error('the socket closed before anything more came');
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
    const received = this.#received.shift()!;
    return typeof received === 'string' ? JSON.parse(received) : received;
  }

  /** Skips what comes until something matches. */
  async until<Found = Record<string, unknown>>(
    matches: (received: Record<string, unknown>) => boolean,
  ): Promise<Found> {
    for (;;) {
      const received = await this.next();
      if (!Buffer.isBuffer(received) && matches(received as Record<string, unknown>))
        return received as Found;
    }
  }

  /** Skips what comes until it is of this kind. */
  kind<Found = Record<string, unknown>>(kind: string): Promise<Found> {
    return this.until<Found>((received) => received.kind === kind);
  }

  /** The next binary frame. */
  async binary(): Promise<ArrayBuffer> {
    for (;;) {
      const received = await this.next();
      if (Buffer.isBuffer(received)) return new Uint8Array(received).buffer;
    }
  }

  async close(): Promise<void> {
    const closed = once(this.socket, 'close');
    this.socket.close();
    await closed;
  }
}
