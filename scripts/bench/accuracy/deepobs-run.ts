import type { Finding } from '../../../shared/finding.ts';

/** One run of DeepOBS and what is said of it. */
export interface Run {
  readonly name: string;
  readonly problem: string;
  readonly group: string;
  readonly rate: number;
  readonly train: Float64Array;
  readonly val: Float64Array;
  /** The last state of each finding, in the order in which they were opened. */
  readonly findings: readonly Finding[];
  readonly opened: readonly Finding[];
  readonly verdict: string;
}
