import type { Answer } from '../../shared/answers.ts';
import type { Limits } from '../../shared/limits.ts';
import type { ProjectSettings } from '../settings/config-file.ts';
import type { StoreRecord } from '../store/record.ts';
import type { RunLookup } from '../store/runs.ts';
import type { Intake } from './intake.ts';

/** What every session of one gate has in common. */
export interface GateState {
  readonly limits: Limits;
  /** The store's runs: what is durable. */
  readonly runs: RunLookup;
  /** What is accepted, by run; emptied when the store fails. */
  readonly intakes: Map<string, Intake>;
  /** Seconds since 1970. */
  readonly now: () => number;
  /** How the detectors are set for the runs of a project. */
  readonly settings: ProjectSettings;
}

/** What became of one frame or body. */
export interface Taken {
  /** To be made durable, in order. */
  readonly records: readonly StoreRecord[];
  /** Answers that need not wait. */
  readonly answers: readonly Answer[];
  /** Runs whose welcome is due once everything before is durable. */
  readonly welcomes: readonly Speaker[];
  /** Writers whose lines are to be acknowledged once the records are durable. */
  readonly acks: readonly Speaker[];
}

/** A writer of a run, as a hello named it. */
export interface Speaker {
  readonly run: string;
  readonly writer: string;
  readonly rank: number;
}
