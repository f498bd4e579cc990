import type { Range } from './range.ts';

/** One detector as the page offers it to be set: what `GET /api/detectors` answers with. */
export interface DetectorInfo {
  readonly name: string;
  /** What it asks of a run, in a sentence. */
  readonly question: string;
  readonly looks: string;
  readonly parameters: readonly ParameterInfo[];
}

export interface ParameterInfo extends Range {
  readonly name: string;
  readonly default: number;
  readonly meaning: string;
}
