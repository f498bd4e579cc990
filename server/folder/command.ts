import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { DEFAULTS } from '../config.ts';
import { openMonitor } from '../monitor.ts';
import { openReadOnly } from '../store/read-only.ts';
import { openStore, type Store } from '../store/store.ts';
import { backup } from './backup.ts';
import { exportRuns, type Format, FORMATS } from './export.ts';
import { type FolderCommand, isFolderCommand } from './help.ts';
import { importLines } from './import.ts';
import { expired } from './retention.ts';
import { usageOf } from './usage.ts';

export interface FolderOutput {
  readonly print: (text: string) => void;
  readonly warn: (text: string) => void;
}

/** A call that cannot be taken. */
class BadCall extends Error {
  override readonly name = 'BadCall';
}

type Values = ReturnType<typeof read>['values'];

interface Command {
  /** Options that it takes beside --data. Others are refused: whoever gives one to a command that deletes means it. */
  readonly options?: readonly (keyof Values)[];
  /** Whether it takes words beside its own name. */
  readonly words?: boolean;
  readonly work: (folder: string, rest: string[], values: Values, out: FolderOutput) => Promise<void>;
}

const COMMANDS: Readonly<Record<FolderCommand, Command>> = {
  export: { options: ['format', 'out', 'run'], work: exportTo },
  import: { words: true, work: importFrom },
  du: { work: du },
  backup: { words: true, work: backupTo },
  compact: { work: compact },
  retention: { options: ['older', 'size', 'project', 'dry-run'], work: retain },
};

async function exportTo(folder: string, _rest: string[], { format = 'jsonl', out, run = [] }: Values) {
  if (!FORMATS.includes(format as Format))
    throw new BadCall(`--format: must be ${FORMATS.join(', ')}, got ${format}`);
  if (format === 'parquet' && out === undefined) throw new BadCall('--out: must be a file for parquet');
  const stored = await openReadOnly(folder);
  try {
    const unknown = run.find((id) => !stored.runs.has(id));
    if (unknown !== undefined) throw new BadCall(`--run: must be a run of ${folder}, got ${unknown}`);
    const chosen = run.length > 0 ? run : [...stored.runs.keys()];
    await exportRuns(stored, chosen, format as Format, out === undefined ? null : resolve(out));
  } finally {
    await stored.close();
  }
}

async function importFrom(folder: string, files: string[], _values: Values, { print, warn }: FolderOutput) {
  if (files.length === 0) throw new BadCall('import: must be given a file of lines, got none');
  const { lines, refused } = await importLines(folder, files, warn);
  refused.slice(0, 20).forEach(warn);
  print(`${lines} lines taken, ${refused.length} refused`);
}

async function du(folder: string, _rest: string[], _values: Values, { print }: FolderOutput) {
  const stored = await openReadOnly(folder);
  try {
    const rows = [...stored.runs.keys()].map((id) => {
      const run = stored.runs.get(id);
      return {
        id,
        project: run?.project ?? '',
        points: run?.points ?? 0,
        bytes: usageOf(stored.kept, folder, id),
      };
    });
    rows.sort((a, b) => b.bytes - a.bytes);
    for (const { id, project, points, bytes } of rows)
      print(`${sizeText(bytes).padStart(10)}  ${String(points).padStart(12)} points  ${id}  (${project})`);
    print(`${sizeText(rows.reduce((sum, { bytes }) => sum + bytes, 0)).padStart(10)}  sealed, in all`);
  } finally {
    await stored.close();
  }
}

async function backupTo(folder: string, rest: string[], _values: Values, { print }: FolderOutput) {
  if (rest.length !== 1) throw new BadCall('backup: must be given one folder to copy to');
  const [to] = rest;
  print(`${sizeText(await backup(folder, resolve(to)))} copied to ${resolve(to)}`);
}

async function compact(folder: string, _rest: string[], _values: Values, { print, warn }: FolderOutput) {
  const store = await openSealed(folder, warn);
  try {
    print(`sealed, and ${sizeText(await store.compact())} of holes given back`);
  } finally {
    await store.close();
  }
}

/**
 * Opens a folder and seals all of it. What a kill kept from the detectors they see first: a sealed record is not seen
 * again, and its findings would never be told.
 */
async function openSealed(folder: string, warn: (message: string) => void): Promise<Store> {
  const now = () => Date.now() / 1000;
  const monitor = await openMonitor((hooks) => openStore(folder, { warn, ...hooks }), { now, warn });
  await monitor.close();
  const store = await openStore(folder, { warn });
  await store.sealAll().catch(async (error: unknown) => {
    await store.close();
    throw error;
  });
  return store;
}

async function retain(
  folder: string,
  _rest: string[],
  { older, size, project, 'dry-run': dry = false }: Values,
  { print, warn }: FolderOutput,
) {
  if (older === undefined && size === undefined)
    throw new BadCall('retention: must be given --older or --size');
  const store = await openSealed(folder, warn);
  try {
    const before = older === undefined ? null : Date.now() / 1000 - secondsOf(older);
    const bytes = size === undefined ? null : bytesOf(size);
    for (const id of expired(store, folder, { project: project ?? null, before, bytes })) {
      if (!dry) await store.remove(id);
      print(`${dry ? 'would delete' : 'deleted'} ${id}`);
    }
  } finally {
    await store.close();
  }
}

/** Runs a command on a data folder. @returns the exit code: 0, or 2 for a call that cannot be taken, 1 for what failed */
export async function folderCommand(args: string[], out: FolderOutput): Promise<0 | 1 | 2> {
  try {
    const { values, positionals } = read(args);
    const [command, ...rest] = positionals;
    if (!isFolderCommand(command)) throw new BadCall(`command: must be of a data folder, got ${command}`);
    const folder = resolve(values.data ?? DEFAULTS.data);
    if (command !== 'import' && !statSync(folder, { throwIfNoEntry: false })?.isDirectory())
      throw new BadCall(`--data: must be a folder, but there is none at ${folder}`);
    const { options = [], words = false, work } = COMMANDS[command];
    const strange = (Object.keys(values) as (keyof Values)[]).find(
      (option) => option !== 'data' && !options.includes(option),
    );
    if (strange !== undefined)
      throw new BadCall(`--${strange}: must not be given to ${command}; see tidemark --help`);
    if (rest.length > 0 && !words)
      throw new BadCall(`${command}: must be given options only, got ${rest.join(' ')}; see tidemark --help`);
    await work(folder, rest, values, out);
    return 0;
  } catch (error) {
    out.warn((error as Error).message);
    return error instanceof BadCall || error instanceof TypeError ? 2 : 1;
  }
}

function read(args: string[]) {
  return parseArgs({
    args,
    allowPositionals: true,
    options: {
      data: { type: 'string' },
      format: { type: 'string' },
      out: { type: 'string' },
      run: { type: 'string', multiple: true },
      older: { type: 'string' },
      size: { type: 'string' },
      project: { type: 'string' },
      'dry-run': { type: 'boolean' },
    },
  });
}

/** 90s, 12h, 30d, 8w as seconds. */
function secondsOf(text: string): number {
  const match = /^(\d+(?:\.\d+)?)([shdw])$/.exec(text);
  if (match === null) throw new BadCall(`--older: must be a number and s, h, d or w, got ${text}`);
  return Number(match[1]) * { s: 1, h: 3_600, d: 86_400, w: 604_800 }[match[2] as 's' | 'h' | 'd' | 'w'];
}

/** 500M, 10G, 2T as bytes. */
function bytesOf(text: string): number {
  const match = /^(\d+(?:\.\d+)?)([KMGT]?)$/.exec(text);
  if (match === null) throw new BadCall(`--size: must be a number and K, M, G or T, got ${text}`);
  return Number(match[1]) * 1024 ** ['', 'K', 'M', 'G', 'T'].indexOf(match[2]);
}

function sizeText(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  const power = Math.min(units.length - 1, Math.floor(Math.log2(Math.max(1, bytes)) / 10));
  return `${(bytes / 1024 ** power).toFixed(power === 0 ? 0 : 1)} ${units[power]}`;
}
