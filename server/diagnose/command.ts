import { readFile } from 'node:fs/promises';
import { basename, extname } from 'node:path';
import type { Severity } from '../../shared/lines.ts';
import { parseJson } from '../tail/formats/json.ts';
import { hasStep } from '../tail/formats/object.ts';
import { diagnose } from './diagnose.ts';
import { findFiles, isDataFolder, isFolder } from './find-files.ts';
import { jsonLines, report } from './print.ts';
import { addSettings } from './add-settings.ts';
import { readCsv } from './read-csv.ts';
import { readDataFolder } from './read-data-folder.ts';
import { readLines } from './read-lines.ts';
import { isTailed, readTailed } from './read-tailed.ts';
import { type Recording, UnusableFile } from './recording.ts';

export interface DiagnoseOptions {
  readonly json: boolean;
  /** The least severity of a finding, open or resolved, that makes the exit code 1; never: none does. */
  readonly failOn: Severity | 'never';
  readonly print: (text: string) => void;
  readonly warn: (text: string) => void;
}

export const LEVELS = ['info', 'warning', 'critical', 'never'] as const;

/**
 * Diagnoses the runs recorded at the paths.
 * @returns the exit code: 0 healthy, 1 a finding at or above `failOn`, 2 a path or file that cannot be used; the
 * others are diagnosed all the same
 */
export async function diagnoseCommand(
  paths: readonly string[],
  { json, failOn, print, warn }: DiagnoseOptions,
): Promise<0 | 1 | 2> {
  let failed = false;
  const unusable: string[] = [];
  const giveUp = (error: unknown) => {
    if (!(error instanceof UnusableFile)) throw error;
    unusable.push(error.message);
    warn(error.message);
    return [];
  };

  for (const path of paths) {
    for (const file of await findFiles(path).catch(giveUp)) {
      for (const recording of await readRecordings(file).catch(giveUp)) {
        const diagnosis = diagnose(recording);
        failed ||= diagnosis.findings.some(
          ({ severity }) => LEVELS.indexOf(severity) >= LEVELS.indexOf(failOn),
        );
        if (json) jsonLines(diagnosis).forEach(print);
        else print(`${report(diagnosis)}\n`);
      }
    }
  }
  return unusable.length > 0 ? 2 : failed ? 1 : 0;
}

/** The runs that a file, or a server's data folder, has recorded. */
export async function readRecordings(file: string): Promise<Recording[]> {
  if (await isDataFolder(file)) return readDataFolder(file);
  if (isTailed(file) || (await isFolder(file))) return [await addSettings(await readTailed(file), file)];
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw new UnusableFile(`${file}: could not be read (${(error as Error).message})`);
  });
  if (isOthers(text)) return [await addSettings(await readTailed(file), file)];
  const extension = extname(file);
  const run = basename(file, extension);
  if (extension.toLowerCase() !== '.csv') return readLines(file, run, text);
  return [await addSettings(readCsv(file, run, text), file)];
}

/** Whether the text begins with an object that is no line of Tidemark's, but of some script's own log. */
function isOthers(text: string): boolean {
  const first = /^\s*(\{.*)/.exec(text.slice(0, 65_536))?.[1];
  const object = first === undefined ? undefined : parseJson(first);
  return typeof object === 'object' && object !== null && !('kind' in object) && hasStep({ ...object });
}
