import type { NumberedLine } from './line-writer.ts';

/** Lines and bytes kept in memory; what is beyond them waits in the spool file. */
export interface OutboxLimits {
  readonly lines: number;
  readonly bytes: number;
}

const IN_MEMORY: OutboxLimits = { lines: 20_000, bytes: 16 * 1024 * 1024 };

/**
 * The lines of one writer that the server has not acknowledged, in order, and which of them are to be sent next.
 * Holds a bounded window of them; once it is full, the lines after it are `spilled`: they are in the spool file only,
 * until `refill` brings them back.
 *
 * ```
 *   acknowledged │ sent, held │ unsent, held │ spilled (in the file)
 *                └────────────┴──────────────┘
 *                 #held        #next
 * ```
 */
export class Outbox {
  /** The `run` line that comes before all others on every connection. */
  readonly hello: string;
  readonly writer: string;
  /** Whether there are lines that are in the spool file only. */
  spilled: boolean;

  readonly #limits: OutboxLimits;
  #held: NumberedLine[] = [];
  /** Index of the next line to send on this connection. */
  #next = 0;
  /** Lines the server named as missing after they were sent, to be sent once more. */
  #again: NumberedLine[] = [];
  #bytes = 0;

  constructor(hello: string, writer: string, { spilled = false, limits = IN_MEMORY } = {}) {
    this.hello = hello;
    this.writer = writer;
    this.spilled = spilled;
    this.#limits = limits;
  }

  /** Takes a new line. False: there is no room, and it counts as spilled. */
  add(line: NumberedLine): boolean {
    if (!this.spilled && this.#roomFor(line)) this.#hold(line);
    else this.spilled = true;
    return !this.spilled;
  }

  /** Whether lines should be read back from the spool file. */
  get hungry(): boolean {
    return (
      this.spilled && this.#held.length <= this.#limits.lines / 2 && this.#bytes <= this.#limits.bytes / 2
    );
  }

  /** Takes lines back from the spool file, in order. @param end whether they were the last ones of it */
  refill(lines: readonly NumberedLine[], end: boolean): void {
    for (const line of lines) this.#hold(line);
    this.spilled = !end;
  }

  /** Whether everything was acknowledged. */
  get empty(): boolean {
    return this.#held.length === 0 && !this.spilled;
  }

  /** Lines held in memory, unacknowledged, in order. */
  get held(): readonly NumberedLine[] {
    return this.#held;
  }

  /** The next line to send on this connection. */
  get next(): NumberedLine | undefined {
    return this.#again.at(0) ?? this.#held.at(this.#next);
  }

  /** A new connection: the server has everything up to `seq` but for the ranges `missing`; the rest is sent again. */
  welcome(seq: number, missing: readonly (readonly [number, number])[]): void {
    this.#keep((line) => line.seq > seq || missing.some(([from, to]) => line.seq >= from && line.seq <= to));
    this.#next = 0;
    this.#again = [];
  }

  /** Everything up to `seq` is durable, refused, or named in a gap. */
  ack(seq: number): void {
    let count = 0;
    while (count < this.#next && this.#held[count].seq <= seq) this.#bytes -= sizeOf(this.#held[count++]);
    if (count === 0) return;
    this.#held = this.#held.slice(count);
    this.#next -= count;
  }

  /** Lines `from` to `to` never arrived: what is held of them goes out once more. */
  gap(from: number, to: number): void {
    for (let i = 0; i < this.#next; i++) {
      const line = this.#held[i];
      if (line.seq >= from && line.seq <= to) this.#again.push(line);
    }
  }

  /** The server refused a line for good. False: it is none of those held. */
  refuse(seq: number): boolean {
    const before = this.#held.length;
    const sent = this.#held.findIndex((line) => line.seq === seq);
    this.#keep((line) => line.seq !== seq);
    if (sent >= 0 && sent < this.#next) this.#next--;
    return this.#held.length < before;
  }

  /** The next lines not yet sent on this connection, as many as one frame may carry. */
  take(lines: number, characters: number): NumberedLine[] {
    const taken: NumberedLine[] = [];
    let size = 0;
    const fits = (line: NumberedLine | undefined): line is NumberedLine =>
      line !== undefined &&
      taken.length < lines &&
      (taken.length === 0 || size + line.text.length + 1 <= characters);
    const put = (line: NumberedLine): void => {
      taken.push(line);
      size += line.text.length + 1;
    };
    while (fits(this.#again[0])) put(this.#again.shift()!);
    while (fits(this.#held[this.#next])) put(this.#held[this.#next++]);
    return taken;
  }

  #roomFor(line: NumberedLine): boolean {
    return (
      this.#held.length < this.#limits.lines &&
      (this.#held.length === 0 || this.#bytes + sizeOf(line) <= this.#limits.bytes)
    );
  }

  #hold(line: NumberedLine): void {
    this.#held.push(line);
    this.#bytes += sizeOf(line);
  }

  #keep(wanted: (line: NumberedLine) => boolean): void {
    this.#held = this.#held.filter(wanted);
    this.#again = this.#again.filter(wanted);
    this.#bytes = this.#held.reduce((sum, line) => sum + sizeOf(line), 0);
  }
}

/** What a line takes in memory. */
function sizeOf({ text, block }: NumberedLine): number {
  return text.length + (block?.frame.byteLength ?? 0);
}
