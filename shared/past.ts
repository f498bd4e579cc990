import type { Best, Finding } from './finding.ts';

/** What was known of a run when its first rank stood at a step. */
export interface Past {
  readonly run: string;
  /** The step of the last row up to the one asked for, and what came with it; null: nothing had come yet. */
  readonly step: number | null;
  readonly epoch: number | null;
  /** The attempt that stood there: the latest one that has reached the step. */
  readonly attempt: number;
  /** Trainer's time of that row, in seconds since 1970. */
  readonly time: number | null;
  /** Points of all series up to there. */
  readonly points: number;
  readonly loss: { readonly series: string; readonly step: number; readonly value: number | string } | null;
  readonly best: Best | null;
  readonly verdict: string;
  /** As they were then: a finding that was resolved later is open. */
  readonly findings: readonly Finding[];
  /** Parts of the store that could not be read, in words: what is told may lack something. */
  readonly damaged: readonly string[];
}
