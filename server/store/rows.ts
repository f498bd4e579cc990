import type { Kept } from './catalogue.ts';

/** Characters kept; a thousand runs have about one million. */
const MOST = 32_000_000;

/** What lists show of resting runs, as JSON, remembered until it changes: a list of a thousand is asked for again and again. */
export class Rows {
  readonly #kept: Pick<Kept, 'state' | 'findings'>;
  readonly #known = new Map<string, { readonly state: string | null; readonly findings: string }>();
  #length = 0;

  constructor(kept: Pick<Kept, 'state' | 'findings'>) {
    this.#kept = kept;
  }

  /** The run's row; null when there is none. */
  state(run: string): string | null {
    return this.#of(run).state;
  }

  /** The run's findings, a JSON array. */
  findings(run: string): string {
    return this.#of(run).findings;
  }

  /** Hears of runs that have changed, or are gone. */
  forget(runs: readonly string[]): void {
    for (const run of runs) {
      const known = this.#known.get(run);
      if (known === undefined) continue;
      this.#known.delete(run);
      this.#length -= lengthOf(known);
    }
  }

  #of(run: string) {
    const known = this.#known.get(run);
    if (known !== undefined) return known;
    const read = { state: this.#kept.state(run), findings: this.#kept.findings(run) };
    if (this.#length + lengthOf(read) <= MOST) {
      this.#known.set(run, read);
      this.#length += lengthOf(read);
    }
    return read;
  }
}

function lengthOf({ state, findings }: { readonly state: string | null; readonly findings: string }): number {
  return (state?.length ?? 0) + findings.length;
}
