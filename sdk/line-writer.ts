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
import type { Block } from './block.ts';
import { blocksOf, isList, namedColumns, type Columns, type NumberedBlock } from './columns.ts';
import { describe, flatten, type Complain, type Values } from './flatten.ts';

/** One line of a writer, ready to be sent: its number and its JSON, without the line's end. */
export interface NumberedLine {
  readonly seq: number;
  readonly text: string;
  /** The same, of many steps, as it can be sent where ids of series are agreed. */
  readonly block?: Block;
}

export interface LogPosition {
  /** Optimizer step, a whole number from 0. Left out: the step after the last one logged. */
  readonly step?: number | undefined;
  /** Epoch, fractions allowed. */
  readonly epoch?: number | undefined;
}

export interface ColumnsPosition {
  /** Optimizer steps, whole numbers from 0 that do not descend. Left out: those after the last one logged. */
  readonly steps?: ArrayLike<number> | undefined;
  /** Seconds since 1970, as many as steps. Left out: now, for all. */
  readonly times?: ArrayLike<number> | undefined;
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

  /**
   * Metric values at many steps, copied: lines of some thousand values each. Of steps that cannot be used nothing is
   * kept, as the server would keep nothing; a column that is not as long as they are is left out.
   */
  logColumns(columns: Columns, { steps, times }: ColumnsPosition = {}): NumberedBlock[] {
    const found = namedColumns(columns, this.#complain);
    const at = this.#steps(steps, steps?.length ?? found.values().next().value?.length ?? 0);
    if (at === null || at.length === 0) return [];
    this.#step = at[at.length - 1];
    for (const [name, { length }] of found) {
      if (length === at.length) continue;
      this.#complain(
        `value ${name}`,
        `${name}: must have as many values as steps, ${at.length}, got ${length}; it is left out`,
      );
      found.delete(name);
    }
    return blocksOf(found, at, this.#times(times, at.length), () => ++this.#seq, this.#complain);
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

  /** So many steps as numbers; null where one of them is no step. */
  #steps(steps: ArrayLike<number> | undefined, length: number): Float64Array | null {
    if (steps === undefined) return Float64Array.from({ length }, (_, i) => this.#step + 1 + i);
    const complain = (rule: string, got: string) =>
      this.#complain('steps', `${rule}, got ${got}; the call is left out`);
    if (!isList(steps)) {
      complain('steps: must be an array of whole numbers', describe(steps));
      return null;
    }
    const checked = new Float64Array(length);
    for (let i = 0; i < length; i++) {
      const step = steps[i];
      if (!Number.isSafeInteger(step) || step < 0) {
        complain(`steps/${i}: must be a whole number from 0`, String(step));
        return null;
      }
      if (i > 0 && step < steps[i - 1]) {
        complain(`steps/${i}: must be at least ${steps[i - 1]}, the step before it`, String(step));
        return null;
      }
      checked[i] = step;
    }
    return checked;
  }

  /** So many times; now for those that are none. */
  #times(times: ArrayLike<number> | undefined, length: number): Float64Array {
    const checked = new Float64Array(length).fill(this.#clock());
    if (times === undefined) return checked;
    const complain = (rule: string, got: string) =>
      this.#complain('times', `${rule}, got ${got}; the time now is taken`);
    if (!isList(times)) complain('times: must be an array of seconds', describe(times));
    else if (times.length !== length)
      complain(`times: must be as many as steps, ${length}`, String(times.length));
    else {
      for (let i = 0; i < length; i++) {
        if (times[i] >= 0 && times[i] <= LATEST) checked[i] = times[i];
        else complain(`times/${i}: must be seconds from 0 to ${LATEST}`, String(times[i]));
      }
    }
    return checked;
  }

  #isEpoch(epoch: number | undefined): epoch is number {
    if (epoch === undefined) return false;
    if (Number.isFinite(epoch) && epoch >= 0) return true;
    this.#complain('epoch', `epoch: must be a finite number from 0, got ${String(epoch)}; it is left out`);
    return false;
  }
}

/** The latest time that the server takes, in seconds since 1970. */
const LATEST = 1e11;

/** Characters of a text that the server takes. */
const TEXT_LENGTH = 16_384;

/** One line of text without control characters, cut at `length` characters; never empty. */
export function printable(text: string, length: number): string {
  // eslint-disable-next-line no-control-regex
  return text.replace(/[\u0000-\u001f\u007f]+/g, ' ').slice(0, length) || '?';
}
