import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Catalogue, type Checkpoint, type Kept } from './catalogue.ts';
import { makeDataFolder } from './data-folder.ts';
import { openJournal, SEGMENT_BYTES, segmentFile, segmentsOf } from './journal.ts';
import { lockFolder } from './lock.ts';
import { openPointsReader, type PointsReader } from './points-reader.ts';
import type { StoreRecord } from './record.ts';
import { runFolder } from './run-folder.ts';
import { Runs } from './runs.ts';
import { openSealThread, type SealThread } from './seal-thread.ts';

/** What the server keeps, and the one way to add to it. */
export interface Store {
  /** Every run, as of the last durable record. */
  readonly runs: Runs;
  /** Reads points, sealed or not. */
  readonly points: PointsReader;
  /** A resting run's row of the list, as JSON; null when there is none. */
  state(run: string): string | null;
  /** A resting run's findings, as a JSON array. */
  findings(run: string): string;
  /** Where a run's pipeline stood when its last sealed record had gone through it. */
  checkpoint(run: string): Checkpoint | undefined;
  /** Resolves when the records are durable and visible in `runs`; rejects when none of them is. One call at a time. */
  append(records: readonly StoreRecord[]): Promise<void>;
  /** Resolves when every segment is sealed that is not appended to any more. */
  sealed(): Promise<void>;
  /** Seals everything. Not while an `append` is under way. */
  sealAll(): Promise<void>;
  /** Deletes a run that is at rest, for good. */
  remove(run: string): Promise<void>;
  /** What is kept of runs beside their points. */
  readonly kept: Kept;
  close(): Promise<void>;
}

export interface StoreOptions {
  /** Told of everything that was put right at the start, and of what could not be sealed. */
  readonly warn?: (message: string) => void;
  /** Told of every record that is not sealed, in order. */
  readonly replay?: (record: StoreRecord, kept: (run: string) => Checkpoint | undefined) => void;
  /** Told of runs that have come to rest: what of them is held elsewhere in memory can be let go. */
  readonly rested?: (runs: readonly string[]) => void;
  /** Bytes after which a segment of the journal is full, and is sealed. */
  readonly segmentBytes?: number;
}

/** Full segments replayed at the start; more are sealed first, as when a folder of the first format is opened. */
const REPLAYED = 2;

/**
 * Opens the store embedded in one folder, made if it is missing: a lock, the journal, the catalogue and the files of
 * points. See docs/storage.md.
 * @throws when another process uses the folder, when it cannot be written to, when a file of it is damaged, or when a
 * newer release wrote it
 */
export async function openStore(
  folder: string,
  { warn = () => undefined, replay, rested, segmentBytes = SEGMENT_BYTES }: StoreOptions = {},
): Promise<Store> {
  await makeDataFolder(folder);
  const unlock = await lockFolder(folder);
  let catalogue: Catalogue | null = null;
  let thread: SealThread | null = null;
  try {
    catalogue = new Catalogue(folder);
    thread = openSealThread(folder);
    return await openWith(catalogue, thread);
  } catch (error) {
    await thread?.close();
    await catalogue?.close();
    await unlock();
    throw error;
  }

  async function openWith(kept: Catalogue, sealer: SealThread): Promise<Store> {
    const journalFolder = join(folder, 'journal');
    await mkdir(journalFolder, { recursive: true });
    for (const segment of (await fullSegments()).slice(0, -REPLAYED || undefined)) {
      warn(`sealing segment ${segment} of the journal before the start`);
      await sealer.seal(segment);
    }

    const runs = new Runs(kept);
    const checkpointOf = (run: string) => kept.checkpoint(run);
    const journal = await openJournal(
      journalFolder,
      (record, segment) => {
        runs.apply(record, segment);
        replay?.(record, checkpointOf);
      },
      { segmentBytes, sealed: kept.sealed, warn },
    );
    const points = openPointsReader(folder, kept);
    let sealing: Promise<void> = Promise.resolve();
    let closing = false;

    /** Seals what is full; a segment that cannot be sealed stays in the journal, and is tried again after the next. */
    const sealFull = (): Promise<void> =>
      (sealing = sealing.then(async () => {
        for (const segment of closing ? [] : await fullSegments(journal.segment)) {
          try {
            const { runs: changed } = await sealer.seal(segment);
            // In this order and at once: readers must find a point in exactly one place.
            points.forget(changed);
            const resting = runs.settle(segment);
            if (resting.length > 0) rested?.(resting);
            await rm(segmentFile(journalFolder, segment));
          } catch (error) {
            warn(
              `store: segment ${segment} of the journal could not be sealed, and is kept: ${(error as Error).message}`,
            );
            return;
          }
        }
      }));

    void sealFull();
    return {
      runs,
      points,
      state: (run) => kept.state(run),
      findings: (run) => kept.findings(run),
      checkpoint: checkpointOf,
      async append(records) {
        const before = journal.segment;
        await journal.append(records);
        for (const record of records) runs.apply(record, journal.segment);
        // What was concluded from the segment before is durable too: it was in this group at the latest.
        if (journal.segment !== before) void sealFull();
      },
      sealed: () => sealing,
      async sealAll() {
        await journal.rotate();
        await sealFull();
      },
      async remove(run) {
        if (runs.isLive(run)) throw new Error(`run ${run}: must be at rest to be deleted`);
        await sealing;
        kept.transaction(() => kept.remove(run));
        runs.remove(run);
        points.forget([run]);
        await rm(runFolder(folder, run), { recursive: true, force: true });
      },
      kept,
      async close() {
        closing = true;
        await sealing;
        await sealer.close();
        await points.close();
        await journal.close();
        await kept.close();
        await unlock();
      },
    };

    /** Segments that are not appended to any more and not sealed, ascending. @param last the one appended to */
    async function fullSegments(last?: number): Promise<number[]> {
      const numbers = (await segmentsOf(journalFolder)).filter((number) => number > kept.sealed);
      return numbers.filter((number) => number < (last ?? numbers.at(-1) ?? 0));
    }
  }
}
