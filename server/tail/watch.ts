import { realpath } from 'node:fs/promises';
import { AddedFile } from './added-file.ts';
import { type Delivery, Gone } from './delivery.ts';
import { find, type Found, seenAt } from './find.ts';
import { identify } from './locate.ts';
import type { Marks } from './marks.ts';
import { RowsFile } from './rows-file.ts';
import { type RunMark, TailedRun } from './tailed-run.ts';

export interface WatchOptions {
  /** Folders, or files. */
  readonly roots: readonly string[];
  readonly delivery: Delivery;
  readonly marks: Marks;
  /** Ids of the runs that the server has. */
  readonly known: () => Promise<ReadonlySet<string>>;
  /** Milliseconds without news of any file after which a run counts as finished. */
  readonly quietMs: number;
  readonly warn: (message: string) => void;
  /** Told of each run when it is first seen. */
  readonly found?: (run: TailedRun) => void;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** Milliseconds between two looks through the folders, at the least, and times what a look took. */
const FOLDERS_MS = 3_000;
const FOLDERS_SHARE = 20;

/**
 * Follows the files that other tools write below some folders. It asks the file system, by time, what has changed:
 * that works on every one, network ones included. Nothing runs but during `look`.
 */
export class Watch {
  readonly #options: WatchOptions;
  readonly #runs = new Map<string, TailedRun>();
  readonly #said = new Set<string>();
  #known: ReadonlySet<string> | null = null;
  /** When the folders are due again. */
  #due = 0;

  constructor(options: WatchOptions) {
    this.#options = options;
  }

  get runs(): readonly TailedRun[] {
    return [...this.#runs.values()];
  }

  /**
   * One look: finds files, reads what they have more of, sends it and waits until it is durable.
   * @param last whether the files will not grow: unfinished lines count, and every run is over
   * @returns whether it went through; else the connection was lost, and what was not acknowledged is read again
   */
  async look(last = false): Promise<boolean> {
    const { delivery, marks } = this.#options;
    await delivery.open();
    try {
      if (this.#known === null) await this.#ask();
      await this.#refresh();
      let waiting = this.runs.filter((run) => !run.asleep);
      // In turns: a large import keeps no live run waiting.
      while (waiting.length > 0) {
        const more: TailedRun[] = [];
        for (const run of waiting) {
          if (await run.turn(delivery, last)) more.push(run);
          marks.set(run.identity.run, run.mark());
        }
        marks.save();
        waiting = more;
        if (more.length > 0) await this.#refresh();
      }
      return true;
    } catch (error) {
      if (!(error instanceof Gone)) throw error;
      for (const run of this.#runs.values()) if (!run.asleep) run.rewind();
      this.#known = null;
      return false;
    }
  }

  /** Asks what the server has: what it does not know of is read anew. */
  async #ask(): Promise<void> {
    this.#known = await this.#options.known().catch((error: unknown) => {
      this.#complain('the server', (error as Error).message);
      throw new Gone((error as Error).message);
    });
    for (const run of this.#runs.values()) if (this.#isLost(run.mark())) run.rewind();
  }

  /** Whether the server no longer has a run that it had. */
  #isLost({ runs }: RunMark): boolean {
    return runs.some((run) => !this.#known?.has(run));
  }

  /** Looks at the files: those of running runs each time, and through the folders now and then. */
  async #refresh(): Promise<void> {
    const { now, roots } = this.#options;
    if (now() < this.#due) {
      for (const run of this.#runs.values()) if (!run.ended) await this.#lookAt(run);
      return;
    }
    const begun = now();
    for (const given of roots) {
      const root = await realpath(given).catch(() => given);
      for (const found of await find(root, this.#complain)) this.#take(root, found);
    }
    const finished = now();
    this.#due = finished + Math.max(FOLDERS_MS, FOLDERS_SHARE * (finished - begun));
  }

  async #lookAt(run: TailedRun): Promise<void> {
    for (const source of run.sources.values()) {
      const seen = await seenAt(source.path).catch(() => null); // the next look through the folders says what it is
      if (seen !== null) source.look(seen, this.#options.now());
    }
  }

  #take(root: string, { place, ...seen }: Found): void {
    const { marks, quietMs, warn, now, found } = this.#options;
    const identity = identify(root, place);
    let run = this.#runs.get(identity.run);
    if (run === undefined) {
      const mark = marks.get(identity.run);
      if (mark && this.#isLost(mark)) marks.delete(identity.run);
      run = new TailedRun(identity, [place.format.name], marks.get(identity.run), { quietMs, warn, now });
      this.#runs.set(identity.run, run);
      found?.(run);
    }
    const source = run.sources.get(place.source);
    if (source === undefined) {
      const mark = marks.get(identity.run)?.sources[place.source] ?? null;
      const File = place.format.grows === 'added' ? AddedFile : RowsFile;
      run.sources.set(place.source, new File(place, seen, mark));
    } else if (source.path === seen.path || seen.modified >= source.modified) source.look(seen, now());
  }

  readonly #complain = (path: string, message: string): void => {
    if (this.#said.has(path)) return;
    this.#said.add(path);
    this.#options.warn(`${path}: ${message}`);
  };
}
