import type { Severity } from './lines.ts';

/**
 * What a detector says of a run: one fact, with its evidence and what to do about it.
 * A finding is opened, may be updated, and is resolved when it no longer holds. The same points give the same
 * findings, however they were batched, so `id` names the same finding live, replayed and after a restart.
 */
export interface Finding {
  readonly id: string;
  readonly run: string;
  readonly attempt: number;
  readonly detector: string;
  readonly severity: Severity;
  readonly status: 'open' | 'resolved';
  /** The series it is drawn on, the one that matters most first. */
  readonly series: readonly string[];
  /** The step where what is described began. */
  readonly from: number;
  /** The step at which it was first said. */
  readonly step: number;
  /** The step of its latest update, or of its resolution. */
  readonly until: number;
  /** The epoch of `from`, where the run logs epochs. */
  readonly epoch: number | null;
  /** Trainer's time of the point that made it be said, in seconds since 1970. */
  readonly time: number;
  /** One sentence, as a person would say it. */
  readonly title: string;
  /** Numbers with their units in the key's words; non-finite values as wire strings. */
  readonly evidence: Readonly<Record<string, number | string | null>>;
  /** What to do, the most likely first, each with its reason. */
  readonly advice: readonly string[];
}

/** The best validation so far. */
export interface Best {
  readonly series: string;
  readonly step: number;
  readonly epoch: number | null;
  readonly value: number;
  /** Validations since. 0: the latest one is the best. */
  readonly age: number;
}
