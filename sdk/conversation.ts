import type { Answer, ErrorAnswer, Stop, Welcome } from '../shared/answers.ts';
import type { ErrorCode } from '../shared/errors.ts';
import { PROTOCOL } from '../shared/version.ts';
import type { Outbox } from './outbox.ts';
import { Packer } from './packer.ts';

/** What an answer of the server asks the shell to do. */
export type Event =
  /** The server asks this run to stop. */
  | { readonly kind: 'stop'; readonly stop: Stop }
  /** To be said to people, once for each code. `lost`: a line was refused for good. */
  | { readonly kind: 'warning'; readonly code: string; readonly message: string; readonly lost: boolean }
  /** The server takes nothing of this outbox: do not come back with it. */
  | { readonly kind: 'refused'; readonly outbox: Outbox; readonly code: string; readonly message: string }
  /** The server is in trouble: close the connection and come back later. */
  | { readonly kind: 'retry'; readonly code: string; readonly message: string };

/** Lines of one frame, and characters, unless a single line is longer. */
const FRAME_LINES = 512;
const FRAME_CHARACTERS = 1024 * 1024;

/** Faults of the server, not of the line: it is sent again later. */
const TRANSIENT: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'store-failed',
  'internal',
  'too-many-runs',
  'quota-runs',
]);

/** Answers to a `series` line: the server is older, or does not take one of the names. */
const NO_IDS: ReadonlyMap<ErrorCode, 'older' | 'name'> = new Map<ErrorCode, 'older' | 'name'>([
  ['bad-kind', 'older'],
  ['bad-line', 'name'],
  ['too-many-series', 'name'],
]);

/**
 * The trainer's side of the protocol, without any I/O: told of connections and answers, it says which frame to send
 * next. Speaks for several outboxes one after the other: first what earlier starts of the run left behind, in the
 * order they wrote it, then the run's own.
 *
 * ```
 *   closed ──opened──▶ open ──frame: hello──▶ greeting ──welcome──▶ live ──advance──▶ open (the next outbox)
 *     ▲                 │                        │                   │
 *     └─────closed──────┴────────────────────────┴───────────────────┘
 *                                                └─ error ─▶ refused (the next outbox, or the end)
 * ```
 */
export class Conversation {
  #state: 'closed' | 'open' | 'greeting' | 'live' | 'refused' = 'closed';
  #acknowledged = false;
  #frameCharacters = FRAME_CHARACTERS;
  readonly #outboxes: Outbox[];
  readonly #many: number | undefined;
  /** Of this connection and outbox: what was agreed ends with them. */
  #packer: Packer;
  /** Frames made and not handed out yet, of lines that count as sent. */
  #frames: (string | Uint8Array)[] = [];

  /**
   * @param outboxes in the order of delivery, the run's own last
   * @param many lines from which on they go as binary columns
   */
  constructor(outboxes: readonly Outbox[], many?: number) {
    this.#outboxes = [...outboxes];
    this.#many = many;
    this.#packer = new Packer(many);
  }

  /** The outbox being delivered. */
  get current(): Outbox {
    return this.#outboxes[0];
  }

  /** Whether the server takes nothing more of this run. */
  get refused(): boolean {
    return this.#state === 'refused';
  }

  /** Whether the run's own lines are being taken. */
  get live(): boolean {
    return this.#state === 'live' && this.#outboxes.length === 1;
  }

  /** Whether the server has acknowledged anything on this connection: it is well. */
  get acknowledged(): boolean {
    return this.#acknowledged;
  }

  opened(): void {
    this.#acknowledged = false;
    this.#frames = [];
    if (!this.refused) this.#state = 'open';
  }

  /** @param code the WebSocket's close code; 1009 says that a frame was too large */
  closed(code: number): Event[] {
    if (!this.refused) this.#state = 'closed';
    return code === 1009 ? this.#tooLarge() : [];
  }

  /** Goes on to the next outbox when everything of the current one is delivered; answers the delivered one. */
  advance(): Outbox | null {
    if (this.#state !== 'live' || this.#outboxes.length === 1 || !this.current.empty) return null;
    this.#state = 'open';
    return this.#outboxes.shift()!;
  }

  /** The next frame to send; null when there is nothing to say now. */
  frame(): string | Uint8Array | null {
    if (this.#state === 'open') {
      this.#state = 'greeting';
      this.#packer = new Packer(this.#many);
      this.#frames = [];
      return this.current.hello;
    }
    if (this.#state !== 'live') return null;
    if (this.#frames.length === 0) {
      const block = this.current.next?.block;
      if (block !== undefined) {
        // Under ids it costs a fraction of its text: worth an answer's wait.
        const asked = this.#packer.ask(block.names);
        if (asked !== null || this.#packer.asking) return asked;
      }
      const lines = this.current.take(FRAME_LINES, this.#frameCharacters);
      if (lines.length > 0) this.#frames = this.#packer.frames(lines);
    }
    return this.#frames.shift() ?? null;
  }

  /** Takes a frame of the server's answers. */
  hear(frame: string): Event[] {
    return frame.split('\n').flatMap((text) => {
      const answer = parse(text);
      return answer ? this.#answer(answer) : [];
    });
  }

  #answer(answer: Answer): Event[] {
    switch (answer.kind) {
      case 'welcome':
        return this.#welcome(answer);
      case 'ack':
        if (answer.writer !== this.current.writer) return [];
        this.#acknowledged = true;
        this.current.ack(answer.seq);
        return [];
      case 'series':
        if (this.#state === 'live' && answer.writer === this.current.writer) this.#packer.agree(answer.count);
        return [];
      case 'gap':
        if (answer.writer === this.current.writer) this.current.gap(answer.from, answer.to);
        return [];
      case 'stop':
        // What an earlier start of the run left behind is not the training that is to stop.
        return this.live ? [{ kind: 'stop', stop: answer }] : [];
      case 'error':
        return this.#error(answer);
      default:
        return []; // a newer server's answer
    }
  }

  #welcome({ protocol, server, writer, seq, missing }: Welcome): Event[] {
    if (protocol !== PROTOCOL) {
      const older = protocol < PROTOCOL ? 'the server' : 'this SDK';
      const message = `protocol: must be ${PROTOCOL}, got ${protocol} from server ${server}; ${older} is the older one`;
      return this.#refuse('protocol-mismatch', message);
    }
    if (this.#state !== 'greeting' || writer !== this.current.writer) return [];
    this.current.welcome(seq, missing);
    this.#state = 'live';
    return [];
  }

  #error({ code, message, seq, to = seq }: ErrorAnswer): Event[] {
    if (TRANSIENT.has(code)) return [{ kind: 'retry', code, message }];
    // The server reads on by itself.
    if (code === 'quota-points') return [{ kind: 'warning', code, message, lost: false }];
    if (code === 'protocol-mismatch' || code === 'token-missing' || code === 'token-wrong')
      return this.#refuse(code, message);
    if (seq !== undefined) {
      let lost = false;
      for (let each = seq; each <= to!; each++) lost = this.current.refuse(each) || lost;
      const which = to === seq ? `line ${seq} was` : `lines ${seq} to ${to} were`;
      return [{ kind: 'warning', code, message: `${message} (${which} refused)`, lost }];
    }
    if (this.#state === 'live' && this.#packer.asking) {
      const why = NO_IDS.get(code);
      this.#packer.refuse(why ?? 'older');
      if (why !== undefined) return [];
    }
    if (this.#state === 'greeting') return this.#refuse(code, message);
    return [{ kind: 'warning', code, message, lost: false }];
  }

  #refuse(code: string, message: string): Event[] {
    const outbox = this.current;
    if (this.#outboxes.length > 1) {
      this.#outboxes.shift();
      this.#state = 'open';
    } else this.#state = 'refused';
    return [{ kind: 'refused', outbox, code, message }];
  }

  /** Sends smaller frames from now on; a line that was a frame of its own is given up. */
  #tooLarge(): Event[] {
    const first = this.current.held.at(0);
    if (first === undefined || first.text.length < this.#frameCharacters) {
      this.#frameCharacters /= 2;
      return [];
    }
    this.current.refuse(first.seq);
    const message = `line ${first.seq}, ${first.text.length} characters, is larger than the server takes`;
    return [{ kind: 'warning', code: 'frame-too-large', message, lost: true }];
  }
}

/** An answer, or null for what is none: a proxy's page, a blank line. */
function parse(text: string): Answer | null {
  if (text === '') return null;
  try {
    const answer: unknown = JSON.parse(text);
    return typeof answer === 'object' && answer !== null && 'kind' in answer ? (answer as Answer) : null;
  } catch {
    return null;
  }
}
