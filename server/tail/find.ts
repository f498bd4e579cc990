import { readdir, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { locate, type Place } from './locate.ts';
import type { Seen } from './source.ts';

/** A file that a tool writes, and what it is like. */
export interface Found extends Seen {
  readonly place: Place;
}

/** Folders that hold no runs, however deep they are. */
const PASSED_OVER = /^(\..*|node_modules|__pycache__|site-packages)$/;
const DEEPEST = 24;

/**
 * Finds the files of known tools in a folder and below it, also behind symbolic links, each folder once.
 * @param root absolute; may be a file
 * @param complain told of what cannot be read
 */
export async function find(
  root: string,
  complain: (path: string, message: string) => void,
): Promise<Found[]> {
  const found: Found[] = [];
  const visited = new Set<string>();

  const look = async (path: string): Promise<void> => {
    const place = locate(path);
    if (place === null) return;
    const seen = await seenAt(path).catch(failed(path));
    if (seen !== null) found.push({ ...seen, place });
  };

  const failed = (path: string) => (error: NodeJS.ErrnoException) => {
    // What is gone since it was listed is no trouble.
    if (error.code !== 'ENOENT') complain(path, error.message);
    return null;
  };

  const walk = async (folder: string, depth: number): Promise<void> => {
    const real = await realpath(folder).catch(failed(folder));
    if (real === null || visited.has(real) || depth > DEEPEST) return;
    visited.add(real);
    const entries = await readdir(folder, { withFileTypes: true }).catch(failed(folder));
    for (const entry of entries ?? []) {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) {
        if (!PASSED_OVER.test(entry.name)) await walk(path, depth + 1);
      } else if (entry.isFile()) await look(path);
      else if (entry.isSymbolicLink()) {
        const target = await stat(path).catch(failed(path));
        if (target?.isDirectory() && !PASSED_OVER.test(entry.name)) await walk(path, depth + 1);
        else if (target?.isFile()) await look(path);
      }
    }
  };

  const top = await stat(root).catch(failed(root));
  if (top?.isFile()) await look(root);
  else if (top?.isDirectory()) await walk(root, 0);
  return found;
}

/** What a file is like now. */
export async function seenAt(path: string): Promise<Seen | null> {
  const found = await stat(path);
  return found.isFile() ? { path, size: found.size, modified: found.mtimeMs } : null;
}
