import type { EndLine } from '../../shared/lines.ts';

/** One thing that a file of another tool says of its run. */
export type Entry = LogEntry | PointsEntry | AboutEntry | EndEntry | LineEntry;

/** Values at one step. */
export interface LogEntry {
  readonly kind: 'log';
  /** A whole number from 0. */
  readonly step: number;
  /** Seconds since 1970; absent: the file does not say when. */
  readonly time?: number;
  readonly epoch?: number;
  readonly values: Readonly<Record<string, number>>;
}

/** Many values, each of which counts as a `log` entry of its own: value i is of `names[series[i]]` at `steps[i]`. */
export interface PointsEntry {
  readonly kind: 'points';
  /** By number; the reader adds to them. Names that may go on the wire. */
  readonly names: readonly string[];
  readonly series: Uint32Array;
  readonly steps: Float64Array;
  /** Seconds since 1970; NaN: the file does not say. */
  readonly times: Float64Array;
  readonly values: Float64Array;
}

/** What the run is, as its `run` line would say. */
export interface AboutEntry {
  readonly kind: 'about';
  readonly config?: Readonly<Record<string, unknown>>;
  readonly name?: string;
  readonly project?: string;
}

/** The file says that its run is over. */
export interface EndEntry {
  readonly kind: 'end';
  readonly status: EndLine['status'];
  readonly reason?: string;
}

/** A Tidemark line as it stands; those after a `run` line are of that run. */
export interface LineEntry {
  readonly kind: 'line';
  readonly text: string;
  /** The `run` line's own words; absent for the other lines. */
  readonly hello?: { readonly run: string; readonly writer: string };
  /** Of a numbered line. */
  readonly seq?: number;
}

/**
 * Decodes one file from its beginning, in as many pieces as it comes. The same bytes give the same entries however
 * they are cut: the n-th `log` entry of a file, or point of many, is the n-th for ever, and has that number on the wire.
 */
export interface Reader {
  /**
   * Takes bytes that follow on those consumed before; what it leaves, it is given again with more behind it.
   * @param bytes lives no longer than the call
   * @param last whether nothing follows, so that an unfinished line counts
   * @returns how many bytes it has consumed
   * @throws Damaged when the bytes cannot be what the tool wrote
   */
  read(bytes: Buffer, take: (entry: Entry) => void, last: boolean): number;
}

/** Bytes that no tool wrote so: a checksum that is wrong, JSON that is none. */
export class Damaged extends Error {
  override readonly name = 'Damaged';
}

/** A file that is no training log, whatever its name: a data set. It is passed over. */
export class NoLog extends Error {
  override readonly name = 'NoLog';
}
