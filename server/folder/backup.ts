import { existsSync } from 'node:fs';
import { type FileHandle, mkdir, open, readdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Catalogue, catalogueFile } from '../store/catalogue.ts';
import { segmentsOf } from '../store/journal.ts';
import { segmentFile } from '../store/segment.ts';
import { pointsFile } from '../store/run-folder.ts';

const TRIES = 5;
const PIECE = 4 * 1024 * 1024;

/**
 * Copies a data folder as it is at one moment, also while a server writes to it: the catalogue, of each points file what
 * the catalogue speaks of, the segments of the journal behind it, and what people keep beside the runs. Segments are
 * opened before the catalogue is copied, so that one that is sealed and deleted meanwhile can be read all the same.
 * @returns bytes copied
 * @throws when there is something at `to` already
 */
export async function backup(folder: string, to: string): Promise<number> {
  if (existsSync(to) && (await readdir(to)).length > 0)
    throw new Error(`backup: must go to an empty folder, but ${to} is not`);
  await mkdir(join(to, 'journal'), { recursive: true, mode: 0o700 });
  const journal = join(folder, 'journal');
  for (let tries = 1; ; tries++) {
    const segments = new Map<number, FileHandle>();
    const openAll = async () => {
      for (const number of await segmentsOf(journal))
        if (!segments.has(number)) segments.set(number, await open(segmentFile(journal, number), 'r'));
    };
    try {
      await openAll();
      let bytes = 0;
      let sealed = 0;
      if (existsSync(catalogueFile(folder))) {
        // Of a try before, which met a server that was just sealing: a copy is only made to where nothing is.
        await rm(catalogueFile(to), { force: true });
        const source = new Catalogue(folder, { readOnly: true });
        await source.backup(to).finally(() => source.close());
        const copied = new Catalogue(to, { readOnly: true });
        ({ sealed } = copied);
        for (const { id } of copied.list()) {
          const end = copied.end(id);
          if (end === 0) continue;
          bytes += await copyFile(pointsFile(folder, id), pointsFile(to, id), end);
        }
        await copied.close();
      }
      await openAll();
      const numbers = [...segments.keys()].filter((number) => number > sealed).sort((a, b) => a - b);
      const whole = numbers.every((number, i) => number === sealed + 1 + i || sealed === 0);
      if (!whole) throw Object.assign(new Error('journal: a segment is gone'), { code: 'ENOENT' });
      for (const number of numbers)
        bytes += await copy(segments.get(number)!, segmentFile(join(to, 'journal'), number));
      for (const name of await documentsOf(folder))
        bytes += await copyFile(join(folder, name), join(to, name));
      return bytes;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || tries === TRIES) throw error;
    } finally {
      for (const file of segments.values()) await file.close();
    }
  }
}

/** Tokens, settings, alerts, webhooks and what is watched: each a small file that is replaced as a whole. */
async function documentsOf(folder: string): Promise<string[]> {
  return (await readdir(folder)).filter((name) => name.endsWith('.json'));
}

async function copyFile(from: string, to: string, length?: number): Promise<number> {
  const file = await open(from, 'r');
  return copy(file, to, length).finally(() => file.close());
}

async function copy(from: FileHandle, to: string, length = Infinity): Promise<number> {
  await mkdir(dirname(to), { recursive: true, mode: 0o700 });
  const file = await open(to, 'w', 0o600);
  const piece = new Uint8Array(PIECE);
  let at = 0;
  while (at < length) {
    const { bytesRead } = await from.read(piece, 0, Math.min(PIECE, length - at), at);
    if (bytesRead === 0) break;
    for (let written = 0; written < bytesRead;)
      written += (await file.write(piece, written, bytesRead - written, at + written)).bytesWritten;
    at += bytesRead;
  }
  await file.datasync();
  await file.close();
  return at;
}
