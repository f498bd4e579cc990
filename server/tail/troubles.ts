import { Damaged } from './entry.ts';
import type { Source } from './source.ts';

/** Milliseconds for which damage may be a write under way. */
const WRITING_MS = 30_000;

export interface TroublesOptions {
  readonly warn: (message: string) => void;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** Files that cannot be read on just now: each is complained of once, and not before it can be no write under way. */
export class Troubles {
  readonly #options: TroublesOptions;
  readonly #since = new Map<Source, { readonly since: number; said: boolean }>();

  constructor(options: TroublesOptions) {
    this.#options = options;
  }

  /** A file was read well. */
  over(source: Source): void {
    this.#since.delete(source);
  }

  /**
   * A file could not be read; it is tried again at the next look.
   * @param last whether the files will not grow, so that no write is under way
   * @throws the error, where it is none of the file's
   */
  add(source: Source, error: NodeJS.ErrnoException, last: boolean): void {
    if (!(error instanceof Damaged) && error.code === undefined) throw error;
    const { now, warn } = this.#options;
    const trouble = this.#since.get(source) ?? { since: now(), said: false };
    this.#since.set(source, trouble);
    source.waiting = true;
    const writing = error instanceof Damaged && !last && now() - trouble.since < WRITING_MS;
    if (trouble.said || writing) return;
    trouble.said = true;
    warn(`${source.path}: ${error.message}; what is before that is kept`);
  }
}
