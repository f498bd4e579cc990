import type { RunState } from '../../../shared/frames.ts';

/** The runs that are compared, and the colour of each. */
export interface Shown {
  readonly runs: readonly RunState[];
  readonly colors: ReadonlyMap<string, string>;
}
