import { mkdirSync, statSync } from 'node:fs';
import type { MessagePort } from 'node:worker_threads';
import { Pace } from '../shared/pace.ts';
import { textOf } from './block.ts';
import { Conversation, type Event } from './conversation.ts';
import type { Complain } from './flatten.ts';
import { isAlive, leftovers } from './leftovers.ts';
import type { NumberedLine } from './line-writer.ts';
import { WORD, weightOf, type Letter, type Post, type Reply, type Written } from './mailbox.ts';
import { Outbox } from './outbox.ts';
import { ServerSocket } from './server-socket.ts';
import { Spool } from './spool.ts';
import { spoolName } from './writer-name.ts';

/** Lines that keep coming gather for 20 ms for each frame; a line after a pause goes out at once, and so the next two. */
const PACE = { interval: 20, saved: 40 };
/** Bytes that may wait for the network before more is handed over. */
const BACKLOG = 1024 * 1024;
/** Weight of the lines that are written to the spool file before it sends and listens again: some megabytes. */
const SLICE = 16_384;
/** Bytes of the spool file above which what was delivered is cut off: when nothing is left to send, and when something is. */
const TIDY_EMPTY = 64 * 1024;
const TIDY = 64 * 1024 * 1024;
/** Milliseconds between two marks that this writer is alive. */
const TOUCH = 30_000;

/**
 * Delivers a run's lines: takes them from the training thread, writes them to the spool file, sends them, and forgets
 * what the server has acknowledged. All I/O of the SDK is here and in what this file starts.
 */
export class Sender {
  readonly #post: Post;
  readonly #port: MessagePort;
  readonly #words: Int32Array;
  readonly #warn: Complain;
  readonly #own: Outbox;
  readonly #conversation: Conversation;
  readonly #spools = new Map<Outbox, Spool>();
  readonly #touch: NodeJS.Timeout;
  #socket: ServerSocket | null = null;
  #pending: Written[] = [];
  /** Those who wait for room. */
  #waiting = 0;
  readonly #pace = new Pace(PACE);
  /** Takes back that what is pending is flushed later; null: it is not. */
  #unplanned: (() => void) | null = null;
  #finishing = false;

  constructor(post: Post, port: MessagePort, warn: Complain) {
    this.#post = post;
    this.#port = port;
    this.#warn = warn;
    this.#words = new Int32Array(post.words);
    const { settings } = post;
    this.#own = new Outbox(settings.hello, settings.writer);
    this.#guard(() => {
      mkdirSync(settings.dir, { recursive: true, mode: 0o700 });
      this.#spools.set(
        this.#own,
        Spool.create(settings.dir, spoolName(settings.run, settings.writer), settings.hello),
      );
    });
    const earlier = settings.mode === 'online' ? this.#earlier() : [];
    this.#conversation = new Conversation([...earlier, this.#own]);
    this.#touch = setInterval(() => {
      this.#guard(() => {
        for (const spool of this.#spools.values()) spool.touch(Date.now() / 1000);
      });
    }, TOUCH).unref();
    port.on('message', (letter: Letter) => this.take(letter));
    if (settings.mode === 'online') this.#connect();
  }

  take(letter: Letter): void {
    if (letter.kind === 'finish') {
      this.#finish(letter.timeout);
      return;
    }
    if (letter.kind === 'room') {
      this.#waiting++;
      this.flush();
      return;
    }
    this.#pending.push(letter);
    this.#plan();
  }

  /** Has what is pending flushed as soon as it may be, but not before what comes in the same turn. */
  #plan(): void {
    if (this.#unplanned) return;
    const wait = this.#pace.due - performance.now();
    if (wait > 0) {
      const timer = setTimeout(() => this.flush(), wait).unref();
      this.#unplanned = () => clearTimeout(timer);
    } else {
      const turn = setImmediate(() => this.flush());
      this.#unplanned = () => clearImmediate(turn);
    }
  }

  /** Writes what has gathered to the spool file, and sends it. @param all not only as much as leaves time to send */
  flush(all = false): void {
    this.#unplanned?.();
    this.#unplanned = null;
    const any = this.#pending.length > 0;
    do this.#writeSome();
    while (all && this.#pending.length > 0);
    // What is left goes on in the next turn: it belongs to the same frame.
    if (this.#pending.length > 0) this.#plan();
    else if (any) this.#pace.sent(performance.now());
    this.#pump();
  }

  #writeSome(): void {
    let count = 0;
    let weight = 0;
    while (count < this.#pending.length && weight < SLICE) weight += weightOf(this.#pending[count++]);
    if (count === 0) return;
    this.#keep(this.#pending.splice(0, count).map(lineOf));
    Atomics.add(this.#words, WORD.taken, count);
    Atomics.add(this.#words, WORD.weight, weight);
  }

  #earlier(): Outbox[] {
    const outboxes: Outbox[] = [];
    this.#guard(() => {
      const around = {
        isAlive,
        modified: (path: string) => statSync(path).mtimeMs / 1000,
        now: Date.now() / 1000,
      };
      for (const path of leftovers(this.#post.settings, this.#post.living, around)) {
        const spool = Spool.open(path);
        if (!spool) continue;
        const { writer } = JSON.parse(spool.hello) as { writer: string };
        const outbox = new Outbox(spool.hello, writer, { spilled: true });
        this.#spools.set(outbox, spool);
        outboxes.push(outbox);
      }
    });
    return outboxes;
  }

  #connect(): void {
    const { url, token } = this.#post.settings;
    this.#socket = new ServerSocket({
      url,
      token,
      random: Math.random,
      onOpen: () => {
        this.#conversation.opened();
        this.#pump();
      },
      onText: (text) => {
        this.#conversation.hear(text).forEach((event) => this.#heed(event));
        if (this.#conversation.acknowledged) this.#socket?.settled();
        this.#pump();
      },
      onClose: (code) => {
        this.#conversation.closed(code).forEach((event) => this.#heed(event));
        this.#makeRoom();
      },
      onRefused: (status) => {
        if (status === 401 || status === 403) {
          const problem =
            token === null ? 'asks for a token: set TIDEMARK_TOKEN' : 'does not take this token';
          this.#giveUp('token', `the server at ${url} ${problem}`);
        } else this.#warn(`status ${status}`, `${url} answers with HTTP status ${status}; trying again`);
      },
      onError: (message) => this.#warn('connection', `no connection to ${url} (${message}); trying again`),
    });
  }

  #heed(event: Event): void {
    switch (event.kind) {
      case 'stop':
        this.#reply({ kind: 'stop', stop: event.stop });
        Atomics.add(this.#words, WORD.stops, 1);
        break;
      case 'warning':
        if (event.lost) Atomics.add(this.#words, WORD.dropped, 1);
        this.#warn(event.code, event.message);
        break;
      case 'retry':
        this.#warn(event.code, `${event.message}; trying again`);
        this.#socket?.restart();
        break;
      case 'refused': {
        const path = this.#spools.get(event.outbox)?.path;
        if (event.outbox === this.#own) this.#giveUp(event.code, event.message);
        else this.#warn(event.code, `${event.message}; what an earlier start logged stays in ${path}`);
      }
    }
  }

  /** The server will not have this run: everything stays in the spool file. */
  #giveUp(code: string, message: string): void {
    this.#warn(
      code,
      `${message}; nothing more is sent, and lines stay in ${this.#spools.get(this.#own)?.path}`,
    );
    this.#socket?.close();
    this.#socket = null;
    if (this.#finishing) this.#finished();
  }

  #keep(lines: readonly NumberedLine[]): void {
    const spool = this.#spools.get(this.#own);
    let offset = -1;
    this.#guard(() => (offset = spool?.append(lines.map((line) => line.text)) ?? -1));
    const inFile = offset >= 0;
    for (const line of lines) {
      const first = !this.#own.spilled;
      if (!this.#own.add(line)) {
        if (first) spool?.seek(inFile ? offset : spool.size);
        if (!inFile) this.#lose();
      }
      offset += Buffer.byteLength(line.text) + 1;
    }
  }

  #lose(): void {
    Atomics.add(this.#words, WORD.dropped, 1);
    this.#warn('spool full', 'the spool file takes no more; lines are dropped, and show as a gap');
  }

  /** Sends as much as the network takes. */
  #pump(): void {
    while (this.#socket?.isOpen && this.#socket.backlog < BACKLOG) {
      this.#refill();
      const delivered = this.#conversation.advance();
      if (delivered) this.#forget(delivered);
      const frame = this.#conversation.frame();
      if (frame === null) break;
      this.#socket.send(frame, () => {
        if (this.#socket?.backlog === 0) this.#pump();
      });
    }
    if (this.#conversation.live) {
      this.#tidy();
      if (this.#finishing && this.#own.empty) this.#finished();
    }
    this.#makeRoom();
  }

  /** Answers those who wait: all is in the file, and the server has what memory cannot hold of it, or is away. */
  #makeRoom(): void {
    if (this.#pending.length > 0 || (this.#own.spilled && this.#socket?.isOpen)) return;
    for (; this.#waiting > 0; this.#waiting--) this.#reply({ kind: 'room' });
  }

  #refill(): void {
    const { current } = this.#conversation;
    while (current.hungry) {
      const before = current.held.length;
      this.#guard(() => {
        const { lines, end } = this.#spools.get(current)?.read() ?? { lines: [], end: true };
        current.refill(lines, end);
      });
      if (current.held.length === before) break;
    }
  }

  /** Keeps the spool file from growing with what was delivered. */
  #tidy(): void {
    const spool = this.#spools.get(this.#own);
    if (!spool || this.#own.spilled) return;
    if (spool.size > (this.#own.empty ? TIDY_EMPTY : TIDY))
      this.#guard(() => spool.rewrite(this.#own.held.map((line) => line.text)));
  }

  #forget(outbox: Outbox): void {
    const spool = this.#spools.get(outbox);
    this.#spools.delete(outbox);
    this.#guard(() => spool?.remove());
  }

  #finish(timeout: number): void {
    this.#finishing = true;
    this.flush(true);
    const hopeless = this.#socket === null;
    if (hopeless) this.#finished();
    else setTimeout(() => this.#finished(), timeout * 1000).unref();
  }

  #finished(): void {
    if (Atomics.load(this.#words, WORD.finished) === 1) return;
    clearInterval(this.#touch);
    this.#socket?.close();
    const kept = this.#own.empty ? null : (this.#spools.get(this.#own)?.path ?? null);
    if (this.#own.empty) this.#forget(this.#own);
    this.#guard(() => this.#spools.forEach((spool) => spool.close()));
    this.#spools.clear();
    this.#reply({ kind: 'finished', kept });
    Atomics.store(this.#words, WORD.finished, 1);
    Atomics.notify(this.#words, WORD.finished);
    this.#port.close();
  }

  #reply(reply: Reply): void {
    this.#port.postMessage(reply);
  }

  /** The disk may be full or gone; training and sending go on without it. */
  #guard(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#warn('spool', `spool file: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
}

/** What came from the training thread, as it is kept and sent. */
function lineOf(letter: Written): NumberedLine {
  return letter.kind === 'line' ? letter : { seq: letter.seq, text: textOf(letter), block: letter };
}
