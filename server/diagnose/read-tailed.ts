import { stat } from 'node:fs/promises';
import { basename, extname } from 'node:path';
import { PROTOCOL } from '../../shared/version.ts';
import { type AboutEntry, Damaged, type Entry, type LogEntry, NoLog } from '../tail/entry.ts';
import { find, type Found } from '../tail/find.ts';
import { readAll } from '../tail/read-all.ts';
import { lineOf } from '../tail/line-of.ts';
import { locate } from '../tail/locate.ts';
import { readLines } from './read-lines.ts';
import { type Recording, UnusableFile } from './recording.ts';

/** Formats that `tidemark watch` knows and that are not read as they are; CSV and Tidemark's lines are. */
const FORMATS = new Set(['tensorboard', 'trainer-state', 'wandb']);

/** Whether a file is one of another tool's. */
export function isTailed(path: string): boolean {
  const format = locate(path)?.format.name;
  return format !== undefined && FORMATS.has(format);
}

/** What other tools have written below a folder: the folders of event files, and files that are runs by themselves. */
export async function findTailed(folder: string): Promise<string[]> {
  const found = await find(folder, (path, message) => {
    throw new UnusableFile(`${path}: could not be read (${message})`);
  });
  const newest = new Map<string, Found>();
  for (const one of found) {
    if (!FORMATS.has(one.place.format.name)) continue;
    const { home, format } = one.place;
    const key = format.name === 'wandb' ? one.path : `${format.name} ${home}`;
    const before = newest.get(key);
    if (before === undefined || one.modified >= before.modified) newest.set(key, one);
  }
  const paths = [...newest.values()].map(({ path, place }) =>
    place.format.name === 'tensorboard' ? place.home : path,
  );
  return paths.sort();
}

/**
 * Reads a run that another tool has written: an event file or the folder of several, a Trainer's state, a `.wandb`.
 * The points of several files come in the order of their times.
 * @throws UnusableFile when it is damaged, or holds no points
 */
export async function readTailed(path: string): Promise<Recording> {
  const isFolder = (await stat(path)).isDirectory();
  const found = isFolder ? await find(path, () => undefined) : [await only(path)];
  const own = found.filter(
    ({ place }) => !isFolder || (place.format.name === 'tensorboard' && place.home === path),
  );
  const files = await Promise.all(own.map(entriesOf));
  const about = files.flat().filter((entry): entry is AboutEntry => entry.kind === 'about');
  const config = Object.assign({}, ...about.map((entry) => entry.config ?? {})) as object;
  const end = files.flat().find((entry) => entry.kind === 'end');
  const logs = merge(files.map((entries) => entries.filter((entry) => entry.kind === 'log')));
  if (logs.length === 0) throw new UnusableFile(`${path}: must hold scalars, got none`);
  const lines = [
    JSON.stringify({ kind: 'run', protocol: PROTOCOL, run: 'file', writer: 'file', config }),
    ...logs.map((entry, i) => lineOf(entry, i + 1)),
    ...(end ? [JSON.stringify(end)] : []),
  ];
  // A state or an event file is called the same in every run.
  const { place } = own[0];
  const isFile = place.format.name === 'wandb' || place.home === path;
  const run = isFile && !isFolder ? basename(path, extname(path)) : basename(place.home);
  const [recording] = readLines(path, run, lines.join('\n'));
  return recording;
}

async function only(path: string): Promise<Found> {
  const [found] = await find(path, (_, message) => {
    throw new UnusableFile(`${path}: could not be read (${message})`);
  });
  return found;
}

async function entriesOf({ path, place }: Found): Promise<Entry[]> {
  return readAll(path, place).catch((error: unknown) => {
    if (error instanceof Damaged || error instanceof NoLog)
      throw new UnusableFile(`${path}: ${error.message}`);
    throw error;
  });
}

/** Entries of several files in the order of their times, those of each file in its own order. */
function merge(files: readonly LogEntry[][]): LogEntry[] {
  if (files.length === 1) return files[0];
  const next = files.map(() => 0);
  const merged: LogEntry[] = [];
  for (;;) {
    let earliest = -1;
    for (let i = 0; i < files.length; i++) {
      if (next[i] === files[i].length) continue;
      if (earliest < 0 || timeOf(files[i][next[i]]) < timeOf(files[earliest][next[earliest]])) earliest = i;
    }
    if (earliest < 0) return merged;
    merged.push(files[earliest][next[earliest]++]);
  }
}

function timeOf({ time }: LogEntry): number {
  return time ?? -Infinity;
}
