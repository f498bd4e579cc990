import { Damaged } from './entry.ts';

/** Milliseconds for which damage may be a write under way. */
const WRITING_MS = 30_000;

export interface TroublesOptions {
  readonly warn: (message: string) => void;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** What is to be known of a file. */
interface File {
  readonly path: string;
  /** Whether it is to be read again at the next look. */
  waiting: boolean;
}

/** Files that cannot be read on just now: each is complained of once, and not before it can be no write under way. */
export class Troubles {
  readonly #options: TroublesOptions;
  readonly #since = new Map<File, { readonly since: number; said: boolean }>();

  constructor(options: TroublesOptions) {
    this.#options = options;
  }

  /** A file was read well. */
  over(file: File): void {
    this.#since.delete(file);
  }

  /**
   * A file could not be read; it is tried again at the next look.
   * @param last whether the files will not grow, so that no write is under way
   * @throws the error, where it is none of the file's
   */
  add(file: File, error: NodeJS.ErrnoException, last: boolean): void {
    if (!(error instanceof Damaged) && error.code === undefined) throw error;
    const { now, warn } = this.#options;
    const trouble = this.#since.get(file) ?? { since: now(), said: false };
    this.#since.set(file, trouble);
    file.waiting = true;
    const writing = error instanceof Damaged && !last && now() - trouble.since < WRITING_MS;
    if (trouble.said || writing) return;
    trouble.said = true;
    warn(`${file.path}: ${error.message}; what is before that is kept`);
  }
}
