import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { UnusableFile } from './recording.ts';

const READABLE = /\.(jsonl|csv)$/i;

/**
 * What to read at a path: a file itself, a server's data folder itself, or all `.jsonl` and `.csv` files below a
 * folder, in the order of their names.
 * @throws UnusableFile when there is nothing there
 */
export async function findFiles(path: string): Promise<string[]> {
  const found = await stat(path).catch(() => null);
  if (found === null) throw new UnusableFile(`${path}: must be a file or a folder, but there is nothing`);
  if (found.isFile()) {
    if (READABLE.test(path)) return [path];
    throw new UnusableFile(`${path}: must end in .jsonl or .csv`);
  }
  if (await isDataFolder(path)) return [path];
  const names = await readdir(path, { recursive: true });
  const files = names.filter((name) => READABLE.test(name)).sort();
  if (files.length === 0) throw new UnusableFile(`${path}: must hold .jsonl or .csv files, got none`);
  return files.map((name) => join(path, name));
}

/** Whether a folder is a server's: it holds a journal. */
export async function isDataFolder(path: string): Promise<boolean> {
  const found = await stat(join(path, 'journal')).catch(() => null);
  return found?.isDirectory() ?? false;
}
