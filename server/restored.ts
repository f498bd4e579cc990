import { isDeepStrictEqual } from 'node:util';
import type { Analysis, RunCheckpoint } from './pipeline/pipeline.ts';
import { pipelineInput } from './pipeline-input.ts';
import { runOf, type StoreRecord } from './store/record.ts';
import type { Run } from './store/run.ts';

/** Gathers from the journal where each run's pipeline stood, and what it has not seen since. */
export class Restored {
  /** The analysis of each run at its last checkpoint, with the state to go on from. */
  readonly analyses = new Map<string, Analysis>();
  /** Inputs up to that checkpoint. */
  readonly inputs = new Map<string, Progress>();
  /** Inputs since, by run. */
  readonly #since = new Map<string, StoreRecord[]>();

  /** Takes the journal's next record. */
  add(record: StoreRecord): void {
    const run = runOf(record);
    const since = this.#since.get(run) ?? [];
    if (record.kind === 'checkpoint') {
      const seen = record.inputs - (this.inputs.get(run)?.inputs ?? 0);
      this.analyses.set(run, record.analysis);
      this.inputs.set(run, { inputs: record.inputs, unsaved: 0 });
      this.#since.set(run, since.slice(seen));
    } else if (pipelineInput(record) !== null) {
      since.push(record);
      this.#since.set(run, since);
    }
  }

  /** The states to go on from, by run. */
  states(): Map<string, RunCheckpoint> {
    return new Map([...this.analyses].map(([run, { state }]) => [run, state]));
  }

  /** The records that the saved states have not seen, in each run's order. */
  get pending(): StoreRecord[] {
    return [...this.#since.values()].flat();
  }

  /**
   * What of the conclusions drawn from the pending records is not in the store yet. The same records gave the same
   * findings before; only what a crash kept from the disk is news, and of a finding only its last form.
   */
  news(concluded: readonly StoreRecord[], runs: ReadonlyMap<string, Run>): StoreRecord[] {
    const last = new Map<string, StoreRecord>();
    for (const record of concluded) {
      if (record.kind === 'finding') last.set(record.finding.id, record);
      else last.set(`${record.kind}\n${runOf(record)}`, record);
    }
    return [...last.values()].filter(
      (record) =>
        record.kind !== 'finding' ||
        !isDeepStrictEqual(runs.get(record.finding.run)?.findings.get(record.finding.id), record.finding),
    );
  }
}

/** How far the pipeline of a run has come. */
export interface Progress {
  /** Inputs given to it. */
  readonly inputs: number;
  /** Points since its state was last saved. */
  readonly unsaved: number;
}
