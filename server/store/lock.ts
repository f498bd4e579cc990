import { link, readFile, rm, writeFile } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { unwritable } from './data-folder.ts';

interface Holder {
  readonly pid: number;
  readonly host: string;
  /** When the process started, as its system tells it; guards against a process number used again. */
  readonly started: string;
}

/**
 * Takes the data folder for this process, so that two servers never write to one journal.
 * A lock left behind by a process that is gone (killed, machine restarted) is taken over.
 * @returns releases the lock
 * @throws when another living process holds it, or the folder cannot be written to
 */
export async function lockFolder(folder: string): Promise<() => Promise<void>> {
  const path = join(folder, 'lock');
  const own = join(folder, `lock.${process.pid}`);
  const self: Holder = { pid: process.pid, host: hostname(), started: startOf(process.pid) };
  await writeFile(own, JSON.stringify(self), { mode: 0o600 }).catch((error: unknown) => {
    throw unwritable(folder, error);
  });
  for (;;) {
    try {
      // A link appears whole or not at all: nobody reads a lock that is half written.
      await link(own, path);
      await rm(own);
      return () => rm(path, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const holder = await readHolder(path);
    if (holder && alive(holder)) {
      await rm(own);
      throw new Error(
        `data folder: must not be in use, but ${folder} is held by process ${holder.pid}` +
          (holder.host === hostname() ? '' : ` on ${holder.host} (delete ${path} if that machine is gone)`),
      );
    }
    await rm(path, { force: true });
  }
}

async function readHolder(path: string): Promise<Holder | null> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as Holder;
  } catch {
    return null; // gone in between
  }
}

function alive({ pid, host, started }: Holder): boolean {
  if (host !== hostname()) return true; // cannot be told from here
  if (pid === process.pid) return false; // the same number in a new container
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  return started === startOf(pid);
}

/** Clock ticks from the machine's start to the process's, on Linux; '' elsewhere. */
function startOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  } catch {
    return '';
  }
}
