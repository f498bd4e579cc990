import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { findTailed, isTailed } from './read-tailed.ts';
import { UnusableFile } from './recording.ts';

const READABLE = /\.(jsonl|csv)$/i;

/**
 * What to read at a path: a file itself, a server's data folder itself, or what is below a folder in the order of the
 * names: all `.jsonl` and `.csv` files, and what other tools have written (a folder stands for its event files).
 * @throws UnusableFile when there is nothing there
 */
export async function findFiles(path: string): Promise<string[]> {
  const found = await stat(path).catch(() => null);
  if (found === null) throw new UnusableFile(`${path}: must be a file or a folder, but there is nothing`);
  if (found.isFile()) {
    if (READABLE.test(path) || isTailed(path)) return [path];
    throw new UnusableFile(`${path}: must end in .jsonl or .csv, or be a file that tidemark watch knows`);
  }
  if (await isDataFolder(path)) return [path];
  const names = await readdir(path, { recursive: true });
  const files = names.filter((name) => READABLE.test(name)).sort();
  const tailed = await findTailed(path);
  if (files.length + tailed.length === 0)
    throw new UnusableFile(`${path}: must hold .jsonl or .csv files, or those of other tools, got none`);
  return [...files.map((name) => join(path, name)), ...tailed].sort();
}

export async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => null))?.isDirectory() ?? false;
}

/** Whether a folder is a server's: it holds a journal. */
export async function isDataFolder(path: string): Promise<boolean> {
  const found = await stat(join(path, 'journal')).catch(() => null);
  return found?.isDirectory() ?? false;
}
