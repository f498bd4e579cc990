/// <reference lib="esnext.disposable" preserve="true" />
import { receiveMessageOnPort } from 'node:worker_threads';
import type { Stop } from '../shared/answers.ts';
import type { DefineLine, EndLine, Severity } from '../shared/lines.ts';
import type { Complain, Values } from './flatten.ts';
import { LineWriter, type LogPosition, type NumberedLine } from './line-writer.ts';
import { newWords, WORD, type Letter, type Reply } from './mailbox.ts';
import type { Settings } from './settings.ts';
import { startSender, type SenderHandle } from './thread.ts';

/** What a series is, where its name does not say so. */
export type Definition = Omit<DefineLine, 'kind' | 'seq' | 'time'>;

/** Why, and at which step's checkpoint, the run is to stop. */
export type StopRequest = Pick<Stop, 'step' | 'epoch' | 'reason'>;

export interface FinishOptions {
  /** Default: "stopped" when the run obeyed a stop, else "finished". */
  status?: EndLine['status'] | undefined;
  /** Why, for people. */
  reason?: string | undefined;
  /** Seconds to wait for the server. What it has not taken by then stays in the spool file. Default: `finish` of `init`. */
  timeout?: number | undefined;
}

/** Lines on their way to the sender's thread; more are dropped, and counted. */
const IN_TRANSIT = 200_000;
/** Seconds that the end of a run waits for the server, and that a process waits which exits without it. */
const FINISH = 5;
const FAREWELL = 3;
/** Seconds that the sender's thread is given to answer, beyond those: it may have to start on a busy machine. */
const ANSWER = 30;

/**
 * One run, followed while it trains. No method waits for the server or the disk, and none throws: what goes wrong is
 * said once on standard error.
 */
export class Run implements AsyncDisposable {
  readonly id: string;
  /** The page where the run can be watched. */
  readonly url: string;

  readonly #lines: LineWriter;
  readonly #words: Int32Array;
  /** null: the mode is "disabled". */
  readonly #sender: SenderHandle | null;
  readonly #complain: Complain;
  readonly #settings: Settings;
  #posted = 0;
  #dropped = 0;
  #stops = 0;
  #stop: StopRequest | null = null;
  #stopping = false;
  #ended: Promise<void> | null = null;

  /** @param clock seconds since 1970 */
  constructor(settings: Settings, clock: () => number, complain: Complain) {
    this.id = settings.run;
    this.url = `${settings.url}/#/run/${settings.run}`;
    this.#settings = settings;
    this.#complain = complain;
    this.#lines = new LineWriter(clock, complain);
    const words = newWords();
    this.#words = new Int32Array(words);
    if (settings.mode === 'disabled') {
      this.#sender = null;
      return;
    }
    const living = [...unfinished.keys()].map((run) => run.#settings.writer);
    unfinished.set(this, (code) => this.#exit(code));
    this.#sender = startSender({ settings, living, words }, (error) => {
      complain('sender', `the sender failed, and nothing more is sent: ${error.message}`);
      Atomics.store(this.#words, WORD.finished, 1);
    });
  }

  /**
   * Logs values at a step: `run.log({ 'train/loss': 0.31, val: { loss: 0.4 } }, { step: 100, epoch: 2 })`.
   * Nested objects are named by their path, `val/loss`. NaN and the infinities are kept as they are.
   */
  log(values: Values, position?: LogPosition): void {
    this.#say(() => this.#lines.log(values, position));
  }

  /** Declares what a series is. */
  define(definition: Definition): void {
    this.#say(() => [this.#lines.define(definition)]);
  }

  /**
   * Sets a detector for this run, from here on: its parameters, by the names in docs/detectors.md, or whether it looks
   * at the run at all. What it does not have is refused by the server, with a warning.
   */
  setDetector(
    detector: string,
    setting: {
      enabled?: boolean | undefined;
      parameters?: Readonly<Record<string, number>> | undefined;
    },
  ): void {
    const { enabled, parameters } = setting;
    this.#say(() => [
      this.#lines.setting({
        detector,
        ...(enabled !== undefined && { enabled }),
        ...(parameters !== undefined && { parameters }),
      }),
    ]);
  }

  /** Says something that people should see at once. */
  alert(title: string, options: { text?: string | undefined; level?: Severity | undefined } = {}): void {
    this.#say(() => [this.#lines.alert(title, options)]);
  }

  /** Keeps a remark with the run. */
  note(text: string): void {
    this.#say(() => [this.#lines.note(text)]);
  }

  /**
   * Whether the server asks this run to stop. The first true tells the server that the run stops at the step logged
   * last: save or restore the checkpoint of `stopRequest.step`, leave the loop, and `finish`.
   */
  shouldStop(): boolean {
    const asked = this.stopRequest !== null;
    if (asked && !this.#stopping) {
      this.#stopping = true;
      this.#say(() => [this.#lines.stopping()]);
    }
    return asked;
  }

  /** The server's wish that this run stop, or null. Reading it does not yet acknowledge it. */
  get stopRequest(): StopRequest | null {
    if (this.#sender && Atomics.load(this.#words, WORD.stops) !== this.#stops) {
      for (let received; (received = receiveMessageOnPort(this.#sender.port)) !== undefined;)
        this.#hear(received.message as Reply);
    }
    return this.#stop;
  }

  /** Lines lost: refused by the server, or beyond what memory and spool file hold. */
  get dropped(): number {
    return this.#dropped + Atomics.load(this.#words, WORD.dropped);
  }

  /** Ends the run and waits until the server has everything. Never rejects. Calling it again changes nothing. */
  finish({ status, reason, timeout = this.#settings.finish ?? FINISH }: FinishOptions = {}): Promise<void> {
    if (this.#ended) return this.#ended;
    this.#say(() => [this.#lines.end(status ?? (this.#stopping ? 'stopped' : 'finished'), reason)]);
    this.#ended = this.#sender ? this.#deliver(this.#sender, timeout) : Promise.resolve();
    return this.#ended;
  }

  /** Lets `await using` end the run. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.finish();
  }

  #deliver({ port, died }: SenderHandle, timeout: number): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(patience);
        unfinished.delete(this);
        port.close();
        resolve();
      };
      // The sender answers in time; this is for one that died, or hangs.
      const patience = setTimeout(done, (timeout + ANSWER) * 1000);
      void died.then(() => {
        // Its last words may still be on their way.
        for (let letter; (letter = receiveMessageOnPort(port)) !== undefined;)
          this.#hear(letter.message as Reply);
        done();
      });
      port.on('message', (reply: Reply) => {
        this.#hear(reply);
        if (reply.kind === 'finished') done();
      });
      this.#post({ kind: 'finish', timeout });
    });
  }

  /** The process exits, and `finish` was not called or not awaited. The sender's thread goes on until this returns. */
  #exit(code: number): void {
    const patience = this.#settings.finish ?? FAREWELL;
    if (!this.#ended) {
      const failed = code !== 0;
      const status = failed ? 'failed' : this.#stopping ? 'stopped' : 'finished';
      this.#say(() => [this.#lines.end(status, failed ? `the process exited with code ${code}` : undefined)]);
      this.#post({ kind: 'finish', timeout: patience });
    }
    this.#sender?.waitFinished(patience + 0.5);
  }

  #hear(reply: Reply): void {
    if (reply.kind === 'stop') {
      const { step, epoch, reason } = reply.stop;
      this.#stop = { step, epoch, reason };
      this.#stops++;
    } else if (reply.kept !== null) {
      const { run, url, mode } = this.#settings;
      const later = `a later start of run ${run} delivers it, or curl --data-binary @FILE ${url}/api/lines`;
      if (mode === 'online')
        this.#complain('kept', `the server did not take everything; the rest is in ${reply.kept}: ${later}`);
    }
  }

  #say(write: () => NumberedLine[]): void {
    if (!this.#sender) return;
    if (this.#ended) {
      this.#complain('finished', `run ${this.id} has ended; what is logged after \`finish\` is not kept`);
      return;
    }
    try {
      for (const line of write()) this.#send(line);
    } catch (error) {
      this.#dropped++;
      this.#complain(
        'log',
        `a line could not be written: ${error instanceof Error ? error.message : String(error)}`,
      );
    }
  }

  #send({ seq, text }: NumberedLine): void {
    if (((this.#posted - Atomics.load(this.#words, WORD.taken)) | 0) >= IN_TRANSIT) {
      this.#dropped++;
      this.#complain(
        'in transit',
        'lines come faster than they can be sent; some are dropped, and show as a gap',
      );
      return;
    }
    this.#posted = (this.#posted + 1) | 0;
    this.#post({ kind: 'line', seq, text });
  }

  #post(letter: Letter): void {
    this.#sender?.port.postMessage(letter);
  }
}

/** Runs of this process that have not ended, and what they do when it exits. */
const unfinished = new Map<Run, (code: number) => void>();
process.on('exit', (code) => unfinished.forEach((exit) => exit(code)));
