/// <reference lib="esnext.disposable" preserve="true" />
import type { Stop } from '../shared/answers.ts';
import type { DefineLine, EndLine, Severity } from '../shared/lines.ts';
import type { Complain, Values } from './flatten.ts';
import type { Columns } from './columns.ts';
import { LineWriter, type ColumnsPosition, type LogPosition, type NumberedLine } from './line-writer.ts';
import { newWords, WORD, type Reply, type Written } from './mailbox.ts';
import type { Settings } from './settings.ts';
import { startSender, type SenderHandle } from './thread.ts';
import { Transit } from './transit.ts';

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
  readonly #transit: Transit | null;
  readonly #complain: Complain;
  readonly #settings: Settings;
  #dropped = 0;
  #stops = 0;
  #stop: StopRequest | null = null;
  #stopping = false;
  #ended: Promise<void> | null = null;
  #finished: () => void = () => undefined;

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
      this.#sender = this.#transit = null;
      return;
    }
    const living = [...unfinished.keys()].map((run) => run.#settings.writer);
    unfinished.set(this, (code) => this.#exit(code));
    this.#sender = startSender({ settings, living, words }, (error) => {
      complain('sender', `the sender failed, and nothing more is sent: ${error.message}`);
      Atomics.store(this.#words, WORD.finished, 1);
    });
    this.#transit = new Transit(this.#sender.port, this.#words, (reply) => this.#hear(reply), complain);
    void this.#sender.died.then(() => this.#close());
  }

  /**
   * Logs values at a step: `run.log({ 'train/loss': 0.31, val: { loss: 0.4 } }, { step: 100, epoch: 2 })`.
   * Nested objects are named by their path, `val/loss`. NaN and the infinities are kept as they are.
   */
  log(values: Values, position?: LogPosition): void {
    this.#say(() => this.#lines.log(values, position).map(asLine));
  }

  /**
   * Logs many steps at once, series by series: `run.logColumns({ 'train/loss': losses }, { steps })`. Each is an array,
   * typed or not, as long as `steps`, with null where it has no value; it is copied before this returns. Who has much of
   * it awaits `room()` between calls.
   */
  logColumns(columns: Columns, position?: ColumnsPosition): void {
    this.#say(() => this.#lines.logColumns(columns, position).map((block) => ({ kind: 'block', ...block })));
  }

  /**
   * Waits until there is room for more: what was logged is in the spool file, and where the server is there, what it
   * lacks fits in memory. Never rejects, and waits 10 s at most. `log` and `logColumns` work without it, until so much
   * waits that some has to be dropped.
   */
  room(): Promise<void> {
    return this.#transit === null || this.#ended ? Promise.resolve() : this.#transit.room();
  }

  /** Declares what a series is. */
  define(definition: Definition): void {
    this.#say(() => [asLine(this.#lines.define(definition))]);
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
    const content = {
      detector,
      ...(enabled !== undefined && { enabled }),
      ...(parameters !== undefined && { parameters }),
    };
    this.#say(() => [asLine(this.#lines.setting(content))]);
  }

  /** Says something that people should see at once. */
  alert(title: string, options: { text?: string | undefined; level?: Severity | undefined } = {}): void {
    this.#say(() => [asLine(this.#lines.alert(title, options))]);
  }

  /** Keeps a remark with the run. */
  note(text: string): void {
    this.#say(() => [asLine(this.#lines.note(text))]);
  }

  /**
   * Whether the server asks this run to stop. The first true tells the server that the run stops at the step logged
   * last: save or restore the checkpoint of `stopRequest.step`, leave the loop, and `finish`.
   */
  shouldStop(): boolean {
    const asked = this.stopRequest !== null;
    if (asked && !this.#stopping) {
      this.#stopping = true;
      this.#say(() => [asLine(this.#lines.stopping())]);
    }
    return asked;
  }

  /** The server's wish that this run stop, or null. Reading it does not yet acknowledge it. */
  get stopRequest(): StopRequest | null {
    if (Atomics.load(this.#words, WORD.stops) !== this.#stops) this.#transit?.receive();
    return this.#stop;
  }

  /** Lines lost: refused by the server, or beyond what memory and spool file hold. */
  get dropped(): number {
    return this.#dropped + (this.#transit?.dropped ?? 0) + Atomics.load(this.#words, WORD.dropped);
  }

  /** Ends the run and waits until the server has everything. Never rejects. Calling it again changes nothing. */
  finish({ status, reason, timeout = this.#settings.finish ?? FINISH }: FinishOptions = {}): Promise<void> {
    if (this.#ended) return this.#ended;
    this.#say(() => [asLine(this.#lines.end(status ?? (this.#stopping ? 'stopped' : 'finished'), reason))]);
    this.#ended = this.#sender ? this.#deliver(this.#sender, timeout) : Promise.resolve();
    return this.#ended;
  }

  /** Lets `await using` end the run. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.finish();
  }

  #deliver({ died }: SenderHandle, timeout: number): Promise<void> {
    return new Promise((resolve) => {
      // The sender answers in time; this is for one that hangs.
      const patience = setTimeout(() => this.#close(), (timeout + ANSWER) * 1000);
      this.#finished = () => {
        clearTimeout(patience);
        unfinished.delete(this);
        resolve();
      };
      this.#transit?.finish(timeout);
      void died.then(() => this.#close());
    });
  }

  /** Nothing more is to be heard of the sender: it has finished, died, or hangs. Its last words may be on their way. */
  #close(): void {
    this.#transit?.close();
    this.#finished();
  }

  /** The process exits, and `finish` was not called or not awaited. The sender's thread goes on until this returns. */
  #exit(code: number): void {
    const patience = this.#settings.finish ?? FAREWELL;
    if (!this.#ended) {
      const failed = code !== 0;
      const status = failed ? 'failed' : this.#stopping ? 'stopped' : 'finished';
      const reason = failed ? `the process exited with code ${code}` : undefined;
      this.#say(() => [asLine(this.#lines.end(status, reason))]);
      this.#transit?.finish(patience);
    }
    this.#sender?.waitFinished(patience + 0.5);
  }

  #hear(reply: Reply): void {
    if (reply.kind === 'stop') {
      const { step, epoch, reason } = reply.stop;
      this.#stop = { step, epoch, reason };
      this.#stops++;
    } else if (reply.kind === 'finished') {
      const { run, url, mode } = this.#settings;
      const later = `a later start of run ${run} delivers it, or curl --data-binary @FILE ${url}/api/lines`;
      if (reply.kept !== null && mode === 'online')
        this.#complain('kept', `the server did not take everything; the rest is in ${reply.kept}: ${later}`);
      this.#close();
    }
  }

  #say(write: () => Written[]): void {
    if (!this.#transit) return;
    if (this.#ended) {
      this.#complain('finished', `run ${this.id} has ended; what is logged after \`finish\` is not kept`);
      return;
    }
    try {
      this.#transit.send(write());
    } catch (error) {
      this.#dropped++;
      this.#complain(
        'log',
        `a line could not be written: ${error instanceof Error ? error.message : String(error)}`,
      );
    }
  }
}

function asLine(line: NumberedLine): Written {
  return { kind: 'line', ...line };
}

/** Runs of this process that have not ended, and what they do when it exits. */
const unfinished = new Map<Run, (code: number) => void>();
process.on('exit', (code) => unfinished.forEach((exit) => exit(code)));
