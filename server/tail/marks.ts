import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { RunMark } from './tailed-run.ts';

const VERSION = 1;

/**
 * Keeps how far the files were read, in a small file. It only saves work: without it the files are read again, and the
 * server drops by number what it has; but of a file that was once begun anew it alone knows how often.
 */
export class Marks {
  readonly #path: string;
  readonly #runs: Map<string, RunMark>;
  #saved = '';

  constructor(path: string) {
    this.#path = path;
    this.#runs = read(path);
  }

  get(run: string): RunMark | null {
    return this.#runs.get(run) ?? null;
  }

  set(run: string, mark: RunMark): void {
    this.#runs.set(run, mark);
  }

  /** The server knows nothing of this run. */
  delete(run: string): void {
    this.#runs.delete(run);
  }

  /** Writes what has changed; the file is whole at any time. */
  save(): void {
    const text = JSON.stringify({ version: VERSION, runs: Object.fromEntries(this.#runs) });
    if (text === this.#saved) return;
    mkdirSync(dirname(this.#path), { recursive: true, mode: 0o700 });
    const fresh = `${this.#path}.new`;
    writeFileSync(fresh, text, { mode: 0o600 });
    renameSync(fresh, this.#path);
    this.#saved = text;
  }
}

function read(path: string): Map<string, RunMark> {
  try {
    const kept = JSON.parse(readFileSync(path, 'utf8')) as { version: number; runs: Record<string, RunMark> };
    return new Map(kept.version === VERSION ? Object.entries(kept.runs) : []);
  } catch {
    return new Map(); // there is none yet, or it is none: everything is read again
  }
}
