import { open } from 'node:fs/promises';
import type { Entry } from './entry.ts';
import type { Place } from './locate.ts';

const CHUNK = 4 * 1024 * 1024;

/** Reads a file that will not grow, from its beginning to its end. @throws NoLog, Damaged, or what the file system says */
export async function readAll(path: string, { format, open: begin }: Place): Promise<Entry[]> {
  const entries: Entry[] = [];
  const reader = begin();
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    let chunk = format.grows === 'whole' ? size : Math.min(CHUNK, size);
    for (let offset = 0; offset < size;) {
      const bytes = Buffer.allocUnsafe(Math.min(chunk, size - offset));
      const { bytesRead } = await file.read(bytes, 0, bytes.length, offset);
      const last = offset + bytesRead >= size;
      const consumed = reader.read(bytes.subarray(0, bytesRead), (entry) => void entries.push(entry), last);
      if (bytesRead === 0 || (consumed === 0 && last)) break; // a torn tail
      if (consumed === 0) chunk *= 2;
      offset += consumed;
    }
  } finally {
    await file.close();
  }
  return entries;
}
