import { isDeepStrictEqual } from 'node:util';
import type { Analysis, RunCheckpoint } from './pipeline/pipeline.ts';
import { pipelineInput } from './pipeline-input.ts';
import { type CheckpointRecord, runOf, type StoreRecord } from './store/record.ts';

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
  readonly #runs = new Map<string, Since>();
  readonly #kept: (run: string) => Kept | undefined;
  readonly #stands = new Map<string, Stand>();

  /** @param kept where the run's pipeline stood before the journal's first record */
  constructor(kept: (run: string) => Kept | undefined = () => undefined) {
    this.#kept = kept;
  }

  /** Takes the journal's next record. */
  add(record: StoreRecord): void {
    const run = runOf(record);
    let since = this.#runs.get(run);
    if (since === undefined) this.#runs.set(run, (since = { inputs: [], checkpoint: null, before: 0 }));
    if (record.kind === 'checkpoint') {
      since.checkpoint = record;
      since.before = since.inputs.length;
    } else if (pipelineInput(record) !== null) since.inputs.push(record);
  }

  /** The runs that the journal speaks of. */
  runs(): IterableIterator<string> {
    return this.#runs.keys();
  }

  /** Where a run's pipeline stood at its last checkpoint, and what is to follow; undefined: not in the journal. */
  stand(run: string): Stand | undefined {
    const since = this.#runs.get(run);
    if (since === undefined) return undefined;
    let stand = this.#stands.get(run);
    if (stand === undefined) this.#stands.set(run, (stand = this.#standOf(run, since)));
    return stand;
  }

  /** The analysis of each run at its last checkpoint, with the state to go on from. */
  get analyses(): Map<string, Analysis> {
    return new Map(this.#all().flatMap(([run, { analysis }]) => (analysis ? [[run, analysis]] : [])));
  }

  /** The states to go on from, by run. */
  states(): Map<string, RunCheckpoint> {
    return new Map([...this.analyses].map(([run, { state }]) => [run, state]));
  }

  /** The records that the saved states have not seen, in each run's order. */
  get pending(): StoreRecord[] {
    return this.#all().flatMap(([, { pending }]) => pending);
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

  #all(): [string, Stand][] {
    return [...this.#runs.keys()].map((run) => [run, this.stand(run)!]);
  }

  /** Looked up late: of the checkpoints only the last that counts is ever decoded. */
  #standOf(run: string, { inputs, checkpoint, before }: Since): Stand {
    const kept = this.#kept(run);
    const seen = (checkpoint?.inputs ?? 0) - (kept?.inputs ?? 0);
    // Else it was sealed in the meantime, and further.
    if (checkpoint !== null && seen >= 0)
      return {
        inputs: checkpoint.inputs,
        analysis: checkpoint.analysis,
        pending: inputs.slice(Math.min(seen, before)),
      };
    return { inputs: kept?.inputs ?? 0, analysis: kept?.analysis, pending: inputs };
  }
}

/** What the journal says of a run. */
interface Since {
  /** What its pipeline is to see. */
  readonly inputs: StoreRecord[];
  /** The last checkpoint, and how many of the inputs were before it. */
  checkpoint: CheckpointRecord | null;
  before: number;
}

/** Where a run's pipeline stood. */
export interface Stand {
  /** Inputs it had seen. */
  readonly inputs: number;
  /** undefined: it had seen nothing. */
  readonly analysis: Analysis | undefined;
  /** What it has not seen, in order. */
  readonly pending: readonly StoreRecord[];
}

interface RunLookup {
  get(id: string): { readonly findings: ReadonlyMap<string, object> } | undefined;
}
