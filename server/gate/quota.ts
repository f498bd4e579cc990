import { fault, type Fault } from '../../shared/errors.ts';
import type { Run } from '../store/run.ts';

/** What the holder of a token may send; null: as much as it likes. */
export interface Quota {
  /** Points a second, over all its sockets; twice as many may come in a burst. */
  readonly points: number | null;
  /** Runs that run at once. */
  readonly runs: number | null;
}

/** The quotas of all holders. */
export interface Quotas {
  of(holder: string): Allowance;
}

/**
 * @param quotaOf what each holder of a token may send
 * @param now a clock in ms
 */
export function openQuotas(quotaOf: (holder: string) => Quota, now = () => performance.now()): Quotas {
  const allowances = new Map<string, Allowance>();
  return {
    of(holder) {
      let allowance = allowances.get(holder);
      if (allowance === undefined) allowances.set(holder, (allowance = new Allowance(quotaOf(holder), now)));
      return allowance;
    },
  };
}

/** Everybody may send everything. */
export const NO_QUOTAS: Quotas = openQuotas(() => ({ points: null, runs: null }));

/**
 * What one holder has left: points come in at a rate and go out as they are sent (a token bucket). Whoever has sent more
 * is not read from until it is made up for; nothing is refused, and nothing lost.
 */
export class Allowance {
  readonly #quota: Quota;
  readonly #now: () => number;
  #left: number;
  #filled: number;
  /** Runs it has spoken for. */
  readonly #runs = new Set<string>();

  constructor(quota: Quota, now: () => number) {
    this.#quota = quota;
    this.#now = now;
    this.#left = quota.points ?? 0;
    this.#filled = now();
  }

  /** Takes points off. @returns how long the holder is to rest, in ms */
  spend(points: number): number {
    if (points === 0) return 0;
    this.#fill();
    this.#left -= points;
    return this.#owed();
  }

  /** How long the holder has still to rest, in ms: whoever comes anew with the same token does not begin anew. */
  get rest(): number {
    this.#fill();
    return this.#owed();
  }

  #fill(): void {
    const rate = this.#quota.points ?? 0;
    const now = this.#now();
    this.#left = Math.min(rate, this.#left + (rate * (now - this.#filled)) / 1000);
    this.#filled = now;
  }

  #owed(): number {
    const rate = this.#quota.points;
    return rate === null || this.#left >= 0 ? 0 : (-this.#left / rate) * 1000;
  }

  /** Lets the holder speak for a run; the fault when as many as may are running. */
  admit(
    run: string,
    runs: { has(run: string): boolean; get(run: string): Pick<Run, 'status'> | undefined },
  ): Fault | null {
    const most = this.#quota.runs;
    if (most === null || this.#runs.has(run)) return null;
    for (const id of this.#runs)
      if (runs.has(id) && runs.get(id)!.status !== 'running') this.#runs.delete(id);
    if (this.#runs.size >= most) {
      const rule = `one of at most ${most} runs that this token may have running`;
      return fault('quota-runs', { field: 'run', rule, value: run });
    }
    this.#runs.add(run);
    return null;
  }

  /** Why the holder has to rest. */
  fault(): Fault {
    const rule = `at most ${this.#quota.points} a second with this token; the server reads on when it is made up for`;
    return fault('quota-points', { field: 'points', rule });
  }
}
