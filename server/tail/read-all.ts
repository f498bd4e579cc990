import { open } from 'node:fs/promises';
import type { Entry, PointsEntry } from './entry.ts';
import type { Place } from './locate.ts';
import { eachLog } from './points.ts';

const CHUNK = 4 * 1024 * 1024;

/** Reads a file that will not grow, from its beginning to its end. @throws NoLog, Damaged, or what the file system says */
export async function readAll(
  path: string,
  { format, open: begin }: Place,
): Promise<Exclude<Entry, PointsEntry>[]> {
  const entries: Exclude<Entry, PointsEntry>[] = [];
  const take = eachLog((entry) => void entries.push(entry));
  const reader = begin();
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    let chunk = format.grows === 'whole' ? size : Math.min(CHUNK, size);
    for (let offset = 0; offset < size;) {
      const bytes = Buffer.allocUnsafe(Math.min(chunk, size - offset));
      const { bytesRead } = await file.read(bytes, 0, bytes.length, offset);
      const last = offset + bytesRead >= size;
      const consumed = reader.read(bytes.subarray(0, bytesRead), take, last);
      if (bytesRead === 0 || (consumed === 0 && last)) break; // a torn tail
      if (consumed === 0) chunk *= 2;
      offset += consumed;
    }
  } finally {
    await file.close();
  }
  return entries;
}
