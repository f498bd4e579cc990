import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { WebSocketServer, type WebSocket } from 'ws';
import { decodeLogFrame } from '../../../shared/log-frame.ts';
import { toWire } from '../../../shared/numbers.ts';
import { jsonOf } from './json-of.ts';

/** A line as a trainer sends it. */
export interface Received {
  readonly kind: string;
  readonly seq?: number;
  readonly writer?: string;
  readonly [field: string]: unknown;
}

/** How the server takes a line. Answers "silent" to neither store nor acknowledge it, "owed" to acknowledge it later. */
export type Script = (line: Received, socket: WebSocket) => 'silent' | 'owed' | undefined;

/** As much of a server as a trainer needs: greets, stores by number, acknowledges; and keeps what it stored. */
export class TinyServer {
  /** Lines stored, by writer, in the order of arrival. */
  readonly stored = new Map<string, Received[]>();
  readonly hellos: Received[] = [];
  /** Binary frames received. */
  binary = 0;
  script: Script = () => undefined;
  /** Whether it takes `series` lines; an older server does not. */
  knowsIds = true;
  #server: WebSocketServer | null = null;
  #port: number;
  #waiting: { done: () => boolean; resolve: () => void }[] = [];

  constructor(port = 0) {
    this.#port = port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  get lines(): Received[] {
    return [...this.stored.values()].flat();
  }

  async start(): Promise<void> {
    this.#server = new WebSocketServer({ host: '127.0.0.1', port: this.#port, path: '/api/trainer' });
    this.#server.on('connection', (socket) => this.#serve(socket));
    await once(this.#server, 'listening');
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  /** Breaks every connection without a word and listens no more. */
  async kill(): Promise<void> {
    const server = this.#server;
    this.#server = null;
    if (!server) return;
    server.clients.forEach((socket) => socket.terminate());
    await new Promise((resolve) => server.close(resolve));
  }

  /** Resolves once what the server has heard fulfils a condition. */
  async until(done: () => boolean): Promise<void> {
    if (!done()) await new Promise<void>((resolve) => this.#waiting.push({ done, resolve }));
  }

  #serve(socket: WebSocket): void {
    let hello: Received | null = null;
    let names: string[] = [];
    socket.on('message', (data, isBinary) => {
      const frame = data as Buffer;
      const texts = isBinary ? linesOf(frame, names) : frame.toString().split('\n').map(unpacked);
      if (isBinary) this.binary++;
      for (const text of texts) {
        const line = JSON.parse(text) as Received;
        if (line.kind === 'series' && !this.knowsIds) {
          this.#say(socket, hello!, { kind: 'error', code: 'bad-kind', message: 'kind: must be …' });
          continue;
        }
        if (line.kind === 'series') {
          names = [...names, ...(line.names as string[])];
          this.#say(socket, hello!, { kind: 'series', count: names.length });
          continue;
        }
        const how = this.script(line, socket);
        const silent = how === 'silent';
        // A script may break the connection: a line it did not keep silent about is stored, and no one is told.
        if (line.kind === 'run') {
          this.hellos.push((hello = line));
          if (!silent) this.#say(socket, hello, { kind: 'welcome', protocol: 1, server: '0', seq: this.#last(hello), missing: [], attempt: 0, step: null }); // prettier-ignore
        } else if (hello && !silent) {
          const stored = this.stored.get(hello.writer!) ?? [];
          this.stored.set(hello.writer!, stored);
          if (line.seq! > this.#last(hello)) stored.push(line);
          if (how !== 'owed') this.#say(socket, hello, { kind: 'ack', seq: this.#last(hello) });
        }
        if (socket.readyState !== socket.OPEN) break;
      }
      this.#waiting = this.#waiting.filter(({ done, resolve }) => !done() || resolve());
    });
  }

  #last(hello: Received): number {
    return this.stored.get(hello.writer!)?.at(-1)?.seq ?? 0;
  }

  #say(socket: WebSocket, { run, writer }: Received, answer: object): void {
    socket.send(JSON.stringify({ run, writer, ...answer }));
  }
}

/** A line whose columns are bytes as one whose columns are JSON. */
function unpacked(text: string): string {
  if (!text.includes('"packed"')) return text;
  const { names, packed } = JSON.parse(text) as { names: string[]; packed: string };
  return jsonOf({ names, frame: new Uint8Array(Buffer.from(packed, 'base64')) });
}

/** The lines that a binary frame carries, as their trainer would have sent them. */
function linesOf(frame: Buffer, names: readonly string[]): string[] {
  const decoded = decodeLogFrame(frame, names.length);
  if (!decoded.ok) throw new Error(decoded.fault.message);
  const { seq, numbered, steps, times, columns } = decoded.frame;
  if (!numbered) return [jsonOf({ names, frame: new Uint8Array(frame) })];
  return [...steps].map((step, row) => {
    const values = columns.flatMap(({ id, rows, values }) => {
      const at = rows ? rows.indexOf(row) : row;
      return at < 0 ? [] : [[names[id], toWire(values[at])] as const];
    });
    return JSON.stringify({
      kind: 'log',
      seq: seq + row,
      time: times?.[row],
      step,
      values: Object.fromEntries(values),
    });
  });
}
