import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Entry, LogEntry, Reader } from '../../../../server/tail/entry.ts';
import { eachLog } from '../../../../server/tail/points.ts';

/** Files that the tools themselves have written; make.py there says how. */
export const FIXTURES = join(import.meta.dirname, '../../../fixtures/tail');

export const fixture = (path: string) => readFileSync(join(FIXTURES, path));

/** All entries of a file that comes in pieces of `size` bytes; of many points each as the `log` entry it counts as. */
export function read(reader: Reader, bytes: Buffer, size = bytes.length): Entry[] {
  const entries: Entry[] = [];
  let from = 0;
  for (let to = Math.min(size, bytes.length); ; to = Math.min(to + size, bytes.length)) {
    const last = to === bytes.length;
    from += reader.read(
      bytes.subarray(from, to),
      eachLog((entry) => entries.push(entry)),
      last,
    );
    if (last) return entries;
  }
}

export const logs = (entries: readonly Entry[]) =>
  entries.filter((entry): entry is LogEntry => entry.kind === 'log');

/** The points of one series. */
export const points = (entries: readonly Entry[], series: string) =>
  logs(entries)
    .filter(({ values }) => series in values)
    .map(({ step, values }) => [step, values[series]] as const);
