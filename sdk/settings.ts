import { join } from 'node:path';
import { LIMITS } from '../shared/limits.ts';
import { SERIES_NAME, type RunLine } from '../shared/lines.ts';
import { DEFAULT_PORT, PROTOCOL } from '../shared/version.ts';
import type { Complain } from './flatten.ts';
import { writerName } from './writer-name.ts';
import { printable } from './line-writer.ts';

/** How a run is to be followed. Everything may be left out. */
export interface InitOptions {
  /** Groups runs on the page. Default: TIDEMARK_PROJECT. */
  project?: string | undefined;
  /** The run's name for people. Default: TIDEMARK_NAME, else its id. */
  name?: string | undefined;
  /** Hyper-parameters: whatever JSON can carry, up to 256 kB. */
  config?: Readonly<Record<string, unknown>> | undefined;
  /** Names the run: letters, digits, `.`, `_`, `~`, `-`, up to 128. The same id again goes on with the same run. Default: TIDEMARK_RUN_ID, else a new one. */
  id?: string | undefined;
  /** The server. Default: TIDEMARK_URL, else http://127.0.0.1:8433. */
  url?: string | undefined;
  /** The server's writing token, where it asks for one. Default: TIDEMARK_TOKEN. */
  token?: string | undefined;
  tags?: readonly string[] | undefined;
  notes?: string | undefined;
  /** Which of several trainers of one run this is, from 0. Detectors judge the run by rank 0. */
  rank?: number | undefined;
  /** "best-epoch": be asked to stop once the best epoch is sure to be past. Default: "never"; a person may always ask. */
  stop?: 'best-epoch' | 'never' | undefined;
  /** Folder of the spool files. Default: TIDEMARK_DIR, else `.tidemark/spool` in the home folder. */
  dir?: string | undefined;
  /** "online": send. "offline": write the spool file only. "disabled": do nothing. Default: TIDEMARK_MODE, else "online". */
  mode?: Mode | undefined;
  /**
   * Seconds that the run's end waits at most for the server to have everything, 0 to 3600. Default: TIDEMARK_FINISH, else
   * 5, and 3 where the process exits without `finish`.
   */
  finish?: number | undefined;
}

export type Mode = 'online' | 'offline' | 'disabled';

/** Options with every default taken; plain data that can be posted to the sender's thread. */
export interface Settings {
  readonly run: string;
  readonly writer: string;
  /** The `run` line. */
  readonly hello: string;
  /** The page of this server. */
  readonly url: string;
  readonly token: string | null;
  readonly dir: string;
  readonly mode: Mode;
  /** Seconds that the end waits; null: the defaults. */
  readonly finish: number | null;
}

/** What the defaults depend on. */
export interface Environment {
  readonly variables: Readonly<Record<string, string | undefined>>;
  /** The user's home folder. */
  readonly home: string;
  readonly host: string;
  readonly pid: number;
  /** Seconds since 1970. */
  readonly now: number;
  /** Answers a number in [0, 1). */
  readonly random: () => number;
}

/** Takes the defaults and checks everything. What cannot be used is complained of and replaced: training must start. */
export function settle(options: InitOptions, environment: Environment, complain: Complain): Settings {
  const { variables, home, host, pid, now, random } = environment;
  const given = <T>(option: T | undefined, variable: string): T | string | undefined =>
    option ?? (variables[variable] === '' ? undefined : variables[variable]);
  const run = runId(given(options.id, 'TIDEMARK_RUN_ID'), random, complain);
  const writer = writerName(host, pid, letters(8, random));
  const project = given(options.project, 'TIDEMARK_PROJECT');
  const name = given(options.name, 'TIDEMARK_NAME');
  const config = usableConfig(options.config, complain);
  const rank = usableRank(options.rank, complain);
  const hello: RunLine = {
    kind: 'run',
    protocol: PROTOCOL,
    run,
    writer,
    ...(rank !== 0 && { rank }),
    ...(project !== undefined && { project: printable(project, LIMITS.nameLength) }),
    ...(name !== undefined && { name: printable(name, LIMITS.nameLength) }),
    ...(config !== undefined && { config }),
    ...(options.tags && { tags: usableTags(options.tags, complain) }),
    ...(options.notes !== undefined && { notes: options.notes.slice(0, 16_384) }),
    ...(options.stop !== undefined && { stop: options.stop }),
    time: now,
  };
  return {
    run,
    writer,
    hello: JSON.stringify(hello),
    url: usableUrl(given(options.url, 'TIDEMARK_URL'), complain),
    token: given(options.token, 'TIDEMARK_TOKEN') ?? null,
    dir: given(options.dir, 'TIDEMARK_DIR') ?? join(home, '.tidemark', 'spool'),
    mode: usableMode(given(options.mode, 'TIDEMARK_MODE'), complain),
    finish: usableFinish(given(options.finish, 'TIDEMARK_FINISH'), complain),
  };
}

/** Where trainers connect: the page's address with the WebSocket scheme. */
export function trainerAddress(url: string): string {
  return `${url.replace(/^http/, 'ws')}/api/trainer`;
}

function runId(id: string | undefined, random: () => number, complain: Complain): string {
  if (id === undefined) return letters(10, random);
  if (/^[A-Za-z0-9._~-]{1,128}$/.test(id)) return id;
  const usable = id.replace(/[^A-Za-z0-9._~-]+/g, '-').slice(0, 128) || letters(10, random);
  complain(
    'id',
    `id: must be 1 to 128 letters, digits, ".", "_", "~" or "-", got ${quote(id)}; ${usable} is taken`,
  );
  return usable;
}

/** Lower-case letters and digits. */
function letters(count: number, random: () => number): string {
  return Array.from({ length: count }, () => Math.floor(random() * 36).toString(36)).join('');
}

function usableConfig(
  config: InitOptions['config'],
  complain: Complain,
): Record<string, unknown> | undefined {
  if (config === undefined) return undefined;
  try {
    const text = JSON.stringify(config, (_key, value: unknown) =>
      (typeof value === 'number' && !Number.isFinite(value)) || typeof value === 'bigint'
        ? String(value)
        : value,
    );
    if (Buffer.byteLength(text) <= LIMITS.configBytes) return JSON.parse(text) as Record<string, unknown>;
    complain(
      'config',
      `config: must be at most ${LIMITS.configBytes} bytes as JSON, got ${text.length}; it is left out`,
    );
  } catch (error) {
    complain('config', `config: must be what JSON can carry, got ${String(error)}; it is left out`);
  }
  return undefined;
}

function usableRank(rank = 0, complain: Complain): number {
  if (Number.isInteger(rank) && rank >= 0 && rank <= 1_000_000) return rank;
  complain('rank', `rank: must be a whole number from 0 to 1000000, got ${String(rank)}; 0 is taken`);
  return 0;
}

function usableTags(tags: readonly string[], complain: Complain): string[] {
  const usable = tags.filter((tag) => tag.length <= LIMITS.nameLength && SERIES_NAME.test(tag)).slice(0, 64);
  if (usable.length < tags.length)
    complain(
      'tags',
      `tags: must be at most 64 of 1 to 256 printable characters, got ${quote(tags)}; some are left out`,
    );
  return usable;
}

function usableUrl(url: string | undefined, complain: Complain): string {
  const fallback = `http://127.0.0.1:${DEFAULT_PORT}`;
  if (url === undefined) return fallback;
  const parsed = URL.canParse(url) ? new URL(url) : null;
  if (parsed && /^https?:$/.test(parsed.protocol)) return parsed.origin + parsed.pathname.replace(/\/+$/, '');
  complain('url', `url: must be an http or https address, got ${quote(url)}; ${fallback} is taken`);
  return fallback;
}

function usableMode(mode = 'online', complain: Complain): Mode {
  if (mode === 'online' || mode === 'offline' || mode === 'disabled') return mode;
  complain('mode', `mode: must be "online", "offline" or "disabled", got ${quote(mode)}; "online" is taken`);
  return 'online';
}

function usableFinish(given: number | string | undefined, complain: Complain): number | null {
  if (given === undefined) return null;
  const seconds = typeof given === 'string' && given.trim() === '' ? NaN : Number(given);
  if (seconds >= 0 && seconds <= 3600) return seconds;
  complain('finish', `finish: must be a number of seconds from 0 to 3600, got ${quote(given)}; 5 is taken`);
  return null;
}

function quote(value: unknown): string {
  return JSON.stringify(value).slice(0, 80);
}
