import { createHash } from 'node:crypto';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { DEFAULT_PORT } from '../../shared/version.ts';
import { Delivery } from './delivery.ts';
import { knownRuns } from './known-runs.ts';
import { Marks } from './marks.ts';
import { Watch } from './watch.ts';

export interface WatchCommand {
  readonly roots: readonly string[];
  /** The server's page. */
  readonly url: string;
  readonly token: string | null;
  /** File of the marks. */
  readonly marks: string;
  /** Minutes without news of any file after which a run counts as finished. */
  readonly quiet: number;
  /** Read what there is, take it for all there will be, and end. */
  readonly once: boolean;
  readonly print: (text: string) => void;
  readonly warn: (text: string) => void;
}

/** Milliseconds between two looks, at the least, and times what a look took. */
const LOOK_MS = 500;
const LOOK_SHARE = 5;

/** The server and token that a trainer of this environment would use. */
export function serverOf(given: string | undefined): { url: string; token: string | null } {
  const { TIDEMARK_URL, TIDEMARK_TOKEN } = process.env;
  const usable = (text: string | undefined) => (text === '' ? undefined : text);
  const url = given ?? usable(TIDEMARK_URL) ?? `http://127.0.0.1:${DEFAULT_PORT}`;
  return { url: url.replace(/\/+$/, ''), token: usable(TIDEMARK_TOKEN) ?? null };
}

/** Where `tidemark watch` keeps its marks, for these folders and this server. */
export function marksFile(url: string, roots: readonly string[]): string {
  const names = [url, ...roots.map((root) => resolve(root)).sort()].join('\n');
  const digest = createHash('sha256').update(names).digest('hex').slice(0, 16);
  return join(homedir(), '.tidemark', 'watch', `${digest}.json`);
}

/** Follows files until `stop` is called, or once. Resolves when it has ended. */
export function startWatch(command: WatchCommand): { done: Promise<void>; stop: () => void } {
  const { roots, url, token, marks, quiet, once, print, warn } = command;
  const delivery = new Delivery({ url, token, warn });
  const watch = new Watch({
    roots: roots.map((root) => resolve(root)),
    delivery,
    marks: new Marks(marks),
    known: () => knownRuns(url, token),
    quietMs: quiet * 60_000,
    warn,
    found: ({ identity: { project, name } }) => print(`following ${project}: ${name}`),
    now: Date.now,
  });

  const ending = new AbortController();
  const { signal } = ending;
  let wake = (): void => undefined;
  // The connection alone does not keep the process alive.
  const alive = setInterval(() => undefined, 3_600_000);
  const done = (async () => {
    while (!signal.aborted) {
      const begun = performance.now();
      const through = await watch.look(once);
      if (once && through) break;
      const pause = Math.max(LOOK_MS, LOOK_SHARE * (performance.now() - begun));
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, pause);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  })().finally(() => {
    clearInterval(alive);
    delivery.close();
  });
  return {
    done: done.catch((error: unknown) => {
      if (!signal.aborted) throw error;
    }),
    stop() {
      ending.abort();
      wake();
      delivery.close();
    },
  };
}
