import { LIMITS } from '../shared/limits.ts';
import type {
  AlertLine,
  DefineLine,
  SettingLine,
  EndLine,
  Line,
  LogLine,
  NoteLine,
  Severity,
  StoppingLine,
} from '../shared/lines.ts';
import { flatten, type Complain, type Values } from './flatten.ts';

/** One line of a writer, ready to be sent: its number and its JSON, without the line's end. */
export interface NumberedLine {
  readonly seq: number;
  readonly text: string;
}

export interface LogPosition {
  /** Optimizer step, a whole number from 0. Left out: the step after the last one logged. */
  readonly step?: number | undefined;
  /** Epoch, fractions allowed. */
  readonly epoch?: number | undefined;
}

/** What a line says beyond its number and its time. */
type Content<L extends Line> = Omit<L, 'kind' | 'seq' | 'time'>;

/**
 * Writes a run's lines and numbers them 1, 2, 3, … Knows the step in force. Never throws: what cannot be said is
 * complained of.
 */
export class LineWriter {
  #seq = 0;
  #step = -1;
  readonly #clock: () => number;
  readonly #complain: Complain;

  /** @param clock seconds since 1970 */
  constructor(clock: () => number, complain: Complain) {
    this.#clock = clock;
    this.#complain = complain;
  }

  /** The last step logged; -1 before the first. */
  get step(): number {
    return this.#step;
  }

  /** Metric values at one step: one line, more where there are more values than a line may carry, none without any. */
  log(values: Values, { step, epoch }: LogPosition = {}): NumberedLine[] {
    const at = step === undefined ? this.#step + 1 : this.#check(step);
    this.#step = at;
    const entries = Object.entries(flatten(values, this.#complain));
    const lines: NumberedLine[] = [];
    for (let from = 0; from < entries.length; from += LIMITS.lineValues) {
      const share = from + LIMITS.lineValues < entries.length || from > 0;
      lines.push(
        this.#line('log', {
          step: at,
          ...(this.#isEpoch(epoch) && { epoch }),
          values: Object.fromEntries(share ? entries.slice(from, from + LIMITS.lineValues) : entries),
        } satisfies Content<LogLine>),
      );
    }
    return lines;
  }

  setting(content: Content<SettingLine>): NumberedLine {
    return this.#line('setting', content);
  }

  define(content: Content<DefineLine>): NumberedLine {
    return this.#line('define', content);
  }

  alert(
    title: string,
    { text, level }: { text?: string | undefined; level?: Severity | undefined },
  ): NumberedLine {
    return this.#line('alert', {
      ...this.#here(),
      title: printable(title, LIMITS.nameLength),
      ...(text !== undefined && { text: text.slice(0, TEXT_LENGTH) }),
      ...(level !== undefined && { level }),
    } satisfies Content<AlertLine>);
  }

  note(text: string): NumberedLine {
    return this.#line('note', {
      ...this.#here(),
      text: text.slice(0, TEXT_LENGTH),
    } satisfies Content<NoteLine>);
  }

  stopping(): NumberedLine {
    return this.#line('stopping', { step: Math.max(this.#step, 0) } satisfies Content<StoppingLine>);
  }

  end(status: EndLine['status'], reason?: string): NumberedLine {
    return this.#line('end', {
      status,
      ...(reason !== undefined && { reason: reason.slice(0, TEXT_LENGTH) }),
    } satisfies Content<EndLine>);
  }

  #line(kind: Line['kind'], content: object): NumberedLine {
    const seq = ++this.#seq;
    return { seq, text: JSON.stringify({ kind, seq, time: this.#clock(), ...content }) };
  }

  #here(): { step?: number } {
    return this.#step >= 0 ? { step: this.#step } : {};
  }

  #check(step: number): number {
    if (Number.isSafeInteger(step) && step >= 0) return step;
    this.#complain(
      'step',
      `step: must be a whole number from 0, got ${String(step)}; the next step is taken`,
    );
    return this.#step + 1;
  }

  #isEpoch(epoch: number | undefined): epoch is number {
    if (epoch === undefined) return false;
    if (Number.isFinite(epoch) && epoch >= 0) return true;
    this.#complain('epoch', `epoch: must be a finite number from 0, got ${String(epoch)}; it is left out`);
    return false;
  }
}

/** Characters of a text that the server takes. */
const TEXT_LENGTH = 16_384;

/** One line of text without control characters, cut at `length` characters; never empty. */
export function printable(text: string, length: number): string {
  // eslint-disable-next-line no-control-regex
  return text.replace(/[\u0000-\u001f\u007f]+/g, ' ').slice(0, length) || '?';
}
