import type { Fault } from '../../shared/errors.ts';
import { type Floor, Frame } from './frame.ts';
import type { GateState, Speaker, Taken } from './state.ts';

export type { GateState, Speaker, Taken } from './state.ts';

/**
 * One trainer's side of the gate, without its socket: turns frames into records and answers. Lines belong to the last
 * `run` line before them. A line that breaks a rule is refused by itself; those around it stand.
 */
export class Session {
  readonly #gate: GateState;
  readonly #admit: (run: string) => Fault | null;
  #floor: Floor | null = null;

  /** @param admit whether a run may be spoken for; the fault when not */
  constructor(gate: GateState, admit: (run: string) => Fault | null = () => null) {
    this.#gate = gate;
    this.#admit = admit;
  }

  /** The writer whose lines are being taken; null before the first hello. */
  get speaker(): Speaker | null {
    return this.#floor?.speaker ?? null;
  }

  /** Takes one text frame: lines separated by line feeds. */
  take(text: string): Taken {
    return this.#taking((frame) => {
      for (let start = 0; start < text.length;) {
        let end = text.indexOf('\n', start);
        if (end < 0) end = text.length;
        const line = text.slice(start, end);
        if (line.trim() !== '') frame.line(line);
        start = end + 1;
      }
    });
  }

  /** Takes one binary frame. Its bytes are the taken records' from here on. */
  takeBinary(bytes: Uint8Array): Taken {
    return this.#taking((frame) => frame.points(bytes));
  }

  #taking(take: (frame: Frame) => void): Taken {
    const frame = new Frame(this.#gate, this.#floor, this.#admit);
    take(frame);
    this.#floor = frame.floor;
    return frame.done();
  }
}
