import { join } from 'node:path';
import { createHash } from 'node:crypto';

/** Longest name of a run's folder; file systems end at 255 bytes. */
const LONGEST = 200;

/** The folder of a run's points, within the data folder. */
export function runFolder(data: string, run: string): string {
  return join(data, 'runs', folderName(run));
}

/** The file of a run's points. */
export function pointsFile(data: string, run: string): string {
  return join(runFolder(data, run), 'points');
}

/**
 * A run's id as a name that no file system takes for another: capitals, which some do not tell from small letters, "~"
 * and a first "." are spelled with a "~" before them. Ids hold letters, digits and . _ ~ - only.
 */
export function folderName(run: string): string {
  const name = run.replace(/[A-Z~]|^\./g, (character) => `~${character.toLowerCase()}`);
  return name.length <= LONGEST ? name : `+${createHash('sha256').update(run).digest('hex')}`;
}
