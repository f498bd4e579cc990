import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Catalogue, catalogueFile, NO_CATALOGUE, type Kept } from './catalogue.ts';
import { readJournal } from './journal.ts';
import { openPointsReader, type PointsReader } from './points-reader.ts';
import { runOf, type StoreRecord } from './record.ts';
import { Runs } from './runs.ts';

/** A data folder as it was when it was opened. */
export interface StoredRuns {
  readonly runs: Runs;
  readonly points: PointsReader;
  /** What is kept of runs beside their points. */
  readonly kept: Kept;
  /** The records of a run, in order, when none of them is sealed; null otherwise. */
  unsealed(run: string): readonly StoreRecord[] | null;
  close(): Promise<void>;
}

/** How often a folder is read anew, when a server seals a segment in between. */
const TRIES = 10;

/**
 * Opens a data folder to read it, changing nothing; also while a server writes to it.
 * @throws when it is damaged, or of another format
 */
export async function openReadOnly(folder: string): Promise<StoredRuns> {
  for (let tries = 1; ; tries++) {
    const catalogue = existsSync(catalogueFile(folder)) ? new Catalogue(folder, { readOnly: true }) : null;
    const kept = catalogue ?? NO_CATALOGUE;
    const runs = new Runs(kept);
    const records = new Map<string, StoreRecord[]>();
    try {
      await readJournal(
        join(folder, 'journal'),
        (record, segment) => {
          runs.apply(record, segment, { lasting: true });
          const id = runOf(record);
          const own = records.get(id);
          if (own) own.push(record);
          else records.set(id, [record]);
        },
        kept.sealed,
      );
    } catch (error) {
      await catalogue?.close();
      // A server may have sealed and deleted a segment since the catalogue was opened.
      const gone = (error as NodeJS.ErrnoException).code === 'ENOENT';
      if (gone && existsSync(join(folder, 'journal')) && tries < TRIES) continue;
      throw error;
    }
    const points = openPointsReader(folder, kept);
    return {
      runs,
      points,
      kept,
      unsealed: (run) => (kept.run(run) === null ? (records.get(run) ?? []) : null),
      async close() {
        await points.close();
        await catalogue?.close();
      },
    };
  }
}
