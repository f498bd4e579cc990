import { catchError, Subject, tap } from 'rxjs';
import { conclusions } from './conclusions.ts';
import type { PipelineInput } from './pipeline/input.ts';
import { type Analysis, analyse } from './pipeline/pipeline.ts';
import { pipelineInput } from './pipeline-input.ts';
import { pointsIn, type StoreRecord } from './store/record.ts';
import type { Runs } from './store/runs.ts';

export interface AnalysesOptions {
  /** The runs, as of their last durable record; not asked for before the store is open. */
  readonly runs: () => Runs;
  /** Where a run's pipeline stood when it was saved last. */
  readonly saved: (
    run: string,
  ) => { readonly inputs: number; readonly analysis?: Analysis | undefined } | undefined;
  /** Seconds since 1970. */
  readonly now: () => number;
  readonly warn: (message: string) => void;
  /** Points of a run after which its pipeline's state is saved. */
  readonly checkpointPoints: number;
}

/** The pipeline and its latest analysis of each run, and how far each has come since its state was saved. */
export class Analyses {
  /** Whether states may be saved: not while what they have said could not be kept, for nobody would say it again. */
  maySave = true;
  readonly #options: AnalysesOptions;
  readonly #latest = new Map<string, Analysis>();
  readonly #progress = new Map<string, Progress>();
  readonly #inputs = new Subject<PipelineInput>();

  constructor(options: AnalysesOptions) {
    this.#options = options;
    const states = { get: (id: string) => this.get(id)?.state, set: () => undefined };
    this.#inputs
      .pipe(
        analyse(states),
        tap((analysis) => this.#latest.set(analysis.run, analysis)),
        catchError((error: Error, again) => {
          const said = error.stack ?? error.message;
          options.warn(`pipeline: failed; it goes on from the states saved last: ${said}`);
          return again;
        }),
      )
      .subscribe();
  }

  get(id: string): Analysis | undefined {
    const latest = this.#latest.get(id);
    const runs = this.#options.runs();
    if (latest !== undefined || !runs.has(id)) return latest;
    const saved = this.#options.saved(id)?.analysis;
    if (saved !== undefined && runs.isLive(id)) this.#latest.set(id, saved);
    return saved;
  }

  /** Takes up a run where its pipeline stood before the start. */
  takeUp(id: string, analysis: Analysis, inputs: number): void {
    this.#latest.set(id, analysis);
    this.#progress.set(id, { inputs, unsaved: 0 });
  }

  /**
   * Lets the pipeline see a durable record.
   * @param joined how many of the journal's it was made of
   * @returns what follows from it, which is to be made durable in turn
   */
  conclude(record: StoreRecord, joined: number): StoreRecord[] {
    const input = pipelineInput(record);
    if (input === null) return [];
    const before = this.get(input.run);
    this.#inputs.next(input);
    const analysis = this.get(input.run);
    const run = this.#options.runs().get(input.run);
    if (analysis === undefined || analysis === before || run === undefined) return [];

    const points = pointsIn(record);
    const { inputs, unsaved } = this.#progressOf(run.id);
    const due = this.maySave && (input.kind === 'end' || unsaved + points >= this.#options.checkpointPoints);
    this.#progress.set(run.id, { inputs: inputs + joined, unsaved: due ? 0 : unsaved + points });
    const said = conclusions(analysis, run, this.#options.now());
    return due ? [...said, this.#checkpoint(analysis)] : said;
  }

  /** Forgets a run, which has come to rest. */
  forget(id: string): void {
    this.#latest.delete(id);
    this.#progress.delete(id);
  }

  /** The states that are not saved yet. */
  unsaved(): StoreRecord[] {
    if (!this.maySave) return [];
    return [...this.#latest.values()]
      .filter(({ run }) => (this.#progress.get(run)?.unsaved ?? 0) > 0)
      .map((analysis) => this.#checkpoint(analysis));
  }

  close(): void {
    this.#inputs.complete();
  }

  #progressOf(id: string): Progress {
    return this.#progress.get(id) ?? { inputs: this.#options.saved(id)?.inputs ?? 0, unsaved: 0 };
  }

  #checkpoint(analysis: Analysis): StoreRecord {
    const { run } = analysis;
    return {
      kind: 'checkpoint',
      run,
      inputs: this.#progressOf(run).inputs,
      analysis: { ...analysis, findings: [] },
    };
  }
}

/** How far the pipeline of a run has come. */
interface Progress {
  /** Inputs given to it. */
  readonly inputs: number;
  /** Points since its state was last saved. */
  readonly unsaved: number;
}
