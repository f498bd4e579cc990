import type { PipelineInput } from '../pipeline/input.ts';

/** One run as a file recorded it. */
export interface Recording {
  /** The file's name without its extension. */
  readonly run: string;
  readonly path: string;
  /** What the pipeline is to see, in the order it was written; the same as if it had been sent. */
  readonly inputs: readonly PipelineInput[];
  /** What was passed over, and why. */
  readonly remarks: readonly string[];
}

/** Rows of one table: large enough that the pipeline's cost per table does not count, small enough to stay in cache. */
export const TABLE_ROWS = 1024;

/** A file that holds no run; the message names it, and the line and column where there is one. */
export class UnusableFile extends Error {
  override readonly name = 'UnusableFile';
}
