import { WebSocket } from 'ws';
import { backoff } from './backoff.ts';
import { trainerAddress } from './settings.ts';

/** Milliseconds between two pings, and for a handshake. Two pings without a word from the server: it is gone. */
const PING = 15_000;
const HANDSHAKE = 10_000;

export interface SocketOptions {
  readonly url: string;
  readonly token: string | null;
  /** Answers a number in [0, 1), for the backoff. */
  readonly random: () => number;
  readonly onOpen: () => void;
  readonly onText: (text: string) => void;
  /** @param code the WebSocket's close code */
  readonly onClose: (code: number) => void;
  /** The server answered the handshake with an HTTP status instead. */
  readonly onRefused: (status: number) => void;
  readonly onError: (message: string) => void;
}

/**
 * A WebSocket to the server that comes back by itself until it is closed: after 0.2 s at first, after 10 s at most.
 * Never keeps the process alive.
 */
export class ServerSocket {
  readonly #options: SocketOptions;
  #socket: WebSocket | null = null;
  #failures = 0;
  #retry: NodeJS.Timeout | undefined;
  #ping: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(options: SocketOptions) {
    this.#options = options;
    this.#connect();
  }

  get isOpen(): boolean {
    return this.#socket?.readyState === WebSocket.OPEN;
  }

  /** Bytes handed over that the network has not taken. */
  get backlog(): number {
    return this.#socket?.bufferedAmount ?? 0;
  }

  /** @param sent called once the network has taken the frame */
  send(frame: string | Uint8Array, sent: () => void): void {
    this.#socket?.send(frame, (error) => {
      if (!error) sent();
    });
  }

  /** The server is well: the next failure is the first again. */
  settled(): void {
    this.#failures = 0;
  }

  /** Drops the connection, and comes back after the backoff. */
  restart(): void {
    this.#socket?.close(1000);
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#retry);
    clearInterval(this.#ping);
    this.#socket?.close(1000);
  }

  #connect(): void {
    const { url, token, onOpen, onText, onRefused, onError } = this.#options;
    const socket = new WebSocket(trainerAddress(url), {
      headers: token === null ? {} : { authorization: `Bearer ${token}` },
      handshakeTimeout: HANDSHAKE,
      perMessageDeflate: false,
      maxPayload: 16 * 1024 * 1024,
    });
    this.#socket = socket;
    socket.on('upgrade', ({ socket: stream }) => stream.unref());
    socket.on('open', () => {
      this.#watch(socket);
      onOpen();
    });
    socket.on('message', (data, isBinary) => {
      if (!isBinary) onText((data as Buffer).toString('utf8'));
    });
    socket.on('unexpected-response', (request, { statusCode = 0 }) => {
      request.destroy();
      onRefused(statusCode);
      this.#gone(1006);
    });
    socket.on('error', (error) => onError(error.message));
    socket.on('close', (code) => this.#gone(code));
  }

  /** Notices a server that went away without a word: a pulled cable, a suspended machine. */
  #watch(socket: WebSocket): void {
    let silent = 0;
    const heard = (): void => void (silent = 0);
    for (const event of ['message', 'ping', 'pong'] as const) socket.on(event, heard);
    clearInterval(this.#ping);
    this.#ping = setInterval(() => {
      if (++silent > 2) socket.terminate();
      else socket.ping();
    }, PING).unref();
  }

  #gone(code: number): void {
    if (this.#socket === null) return;
    this.#socket = null;
    clearInterval(this.#ping);
    this.#options.onClose(code);
    if (this.#closed) return;
    const seconds = backoff(++this.#failures, this.#options.random());
    this.#retry = setTimeout(() => this.#connect(), seconds * 1000).unref();
  }
}
