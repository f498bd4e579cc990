import { mkdir } from 'node:fs/promises';

/** Makes the data folder if it is missing; only its owner may look into it. @throws when it cannot be made */
export async function makeDataFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 }).catch((error: unknown) => {
    throw unwritable(folder, error);
  });
}

/** An error that says which folder cannot be written to, in place of one that a file in it could not be. */
export function unwritable(folder: string, error: unknown): unknown {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === undefined || !CODES.has(code)) return error;
  return new Error(`data folder: must be writable, but ${folder} is not (${message})`, { cause: error });
}

/** Why a system does not let a folder be written to: rights, a disk mounted to be read, one that is full, a file. */
const CODES: ReadonlySet<string> = new Set([
  'EACCES',
  'EPERM',
  'EROFS',
  'ENOSPC',
  'EDQUOT',
  'ENOTDIR',
  'EEXIST',
]);
