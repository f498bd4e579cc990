import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Settings } from './settings.ts';
import { originOf, spoolName } from './writer-name.ts';

/** Seconds after which a spool file that nobody touched is nobody's. A living writer touches its own every 30 s. */
const ABANDONED = 120;

/** What is to be known of the machine to tell an abandoned file from a living writer's. */
export interface Surroundings {
  /** Whether a process of this number runs on this machine. */
  readonly isAlive: (pid: number) => boolean;
  /** When a file was last written to, in seconds since 1970. */
  readonly modified: (path: string) => number;
  /** Seconds since 1970. */
  readonly now: number;
}

/**
 * The spool files that earlier starts of this run left behind, oldest first: those of processes of this machine that
 * have ended, and those that nobody has touched for two minutes.
 * @param living writers of this process that have not ended
 */
export function leftovers(
  { dir, run, writer }: Pick<Settings, 'dir' | 'run' | 'writer'>,
  living: readonly string[],
  { isAlive, modified, now }: Surroundings,
): string[] {
  const [host, pid] = originOf(writer);
  const ours = new Set([writer, ...living].map((each) => spoolName(run, each)));
  return readdirSync(dir)
    .filter((name) => name.startsWith(`${run}@`) && name.endsWith('.jsonl') && !ours.has(name))
    .map((name) => ({ name, path: join(dir, name), time: modified(join(dir, name)) }))
    .filter(({ name, time }) => {
      const [itsHost, itsPid] = originOf(name.slice(run.length + 1, -'.jsonl'.length));
      // A process number like our own was an earlier process's: after a container's restart they are the same.
      return (
        now - time > ABANDONED ||
        (itsHost === host && Number.isInteger(itsPid) && (itsPid === pid || !isAlive(itsPid)))
      );
    })
    .sort((a, b) => a.time - b.time)
    .map(({ path }) => path);
}

/** Whether a process of this number runs on this machine. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'; // it runs, and is another user's
  }
}
