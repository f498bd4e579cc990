import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The folder that holds package.json: the repository, or the installed package. */
export const ROOT = findRoot(import.meta.dirname);

/** This release, as package.json has it. */
export const VERSION = (JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string })
  .version;

/** Sources lie one folder below it, built files two. */
function findRoot(folder: string): string {
  try {
    readFileSync(join(folder, 'package.json'));
    return folder;
  } catch {
    return findRoot(dirname(folder));
  }
}
