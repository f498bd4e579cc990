import { isDeepStrictEqual } from 'node:util';
import type { Analysis, RunCheckpoint } from './pipeline/pipeline.ts';
import { pipelineInput } from './pipeline-input.ts';
import { runOf, type StoreRecord } from './store/record.ts';

/** Where a run's pipeline stood when a record of the journal's had gone through it. */
interface Kept {
  /** Inputs it had seen. */
  readonly inputs: number;
  readonly analysis: Analysis;
}

/**
 * Gathers where each run's pipeline stood, and what it has not seen since: from the checkpoints that are kept beside
 * the journal, and from the journal.
 */
export class Restored {
  /** The analysis of each run at its last checkpoint, with the state to go on from. */
  readonly analyses = new Map<string, Analysis>();
  /** Inputs up to that checkpoint. */
  readonly inputs = new Map<string, Progress>();
  /** Inputs since, by run. */
  readonly #since = new Map<string, StoreRecord[]>();
  readonly #kept: (run: string) => Kept | undefined;

  /** @param kept where the run's pipeline stood before the journal's first record */
  constructor(kept: (run: string) => Kept | undefined = () => undefined) {
    this.#kept = kept;
  }

  /** Takes the journal's next record. */
  add(record: StoreRecord): void {
    const run = runOf(record);
    const since = this.#sinceOf(run);
    if (record.kind === 'checkpoint') {
      const seen = record.inputs - (this.inputs.get(run)?.inputs ?? 0);
      // Sealed in the meantime, and further.
      if (seen < 0) return;
      this.#stand(run, record);
      this.#since.set(run, since.slice(seen));
    } else if (pipelineInput(record) !== null) since.push(record);
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
  readonly news = (concluded: readonly StoreRecord[], runs: RunLookup): StoreRecord[] => {
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
  };

  /** The inputs of a run since its checkpoint, which is looked up when the run is first met. */
  #sinceOf(run: string): StoreRecord[] {
    let since = this.#since.get(run);
    if (since === undefined) {
      this.#since.set(run, (since = []));
      const kept = this.#kept(run);
      if (kept) this.#stand(run, kept);
    }
    return since;
  }

  #stand(run: string, { inputs, analysis }: Kept): void {
    this.analyses.set(run, analysis);
    this.inputs.set(run, { inputs, unsaved: 0 });
  }
}

/** How far the pipeline of a run has come. */
export interface Progress {
  /** Inputs given to it. */
  readonly inputs: number;
  /** Points since its state was last saved. */
  readonly unsaved: number;
}

interface RunLookup {
  get(id: string): { readonly findings: ReadonlyMap<string, object> } | undefined;
}
