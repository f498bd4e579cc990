import { mkdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Catalogue, type Checkpoint, type Kept } from './catalogue.ts';
import { compactRun } from './compact.ts';
import { makeDataFolder } from './data-folder.ts';
import { openJournal, SEGMENT_BYTES, unsealedOf } from './journal.ts';
import { lockFolder } from './lock.ts';
import { openPointsReader, type PointsReader } from './points-reader.ts';
import type { StoreRecord } from './record.ts';
import { Rows } from './rows.ts';
import { runFolder } from './run-folder.ts';
import { Runs } from './runs.ts';
import { openSealThread, type SealThread } from './seal-thread.ts';
import { segmentFile } from './segment.ts';
import { inTurns } from './turns.ts';

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
  /**
   * Resolves when the records are durable and visible in `runs`, with the segment of the journal that holds them;
   * rejects when none of them is. One call at a time. Waits while much is not sealed yet: that is held in memory.
   */
  append(records: readonly StoreRecord[]): Promise<number>;
  /** Puts the points that the journal held at the start to their series, in turns; else each read would wait for it. */
  place(): Promise<void>;
  /** Begins to seal what may be by now, in the background and without haste. */
  seal(): void;
  /** Resolves when every segment is sealed that is not appended to any more and may be. */
  sealed(): Promise<void>;
  /** Seals everything. Not while an `append` is under way. */
  sealAll(): Promise<void>;
  /** Closes the holes in points files; see compact.ts. Not while anything is read or appended. @returns bytes given back */
  compact(): Promise<number>;
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
  /**
   * The last segment that may be sealed. What its records lead to is to be durable before, for a sealed segment is not
   * seen again. Nothing said: any.
   */
  readonly sealable?: () => number;
  /** Told of runs that have come to rest: what of them is held elsewhere in memory can be let go. */
  readonly rested?: (runs: readonly string[]) => void;
  /** Bytes after which a segment of the journal is full, and is sealed. */
  readonly segmentBytes?: number;
  /** Bytes of full segments replayed at the start; more are sealed first, as when a folder of the first format is opened. */
  readonly replayedBytes?: number;
  /** Seals segments, of a folder. */
  readonly sealThread?: (folder: string) => SealThread;
}

/** Full segments that may wait to be sealed, their points in memory; then appending waits for it. */
const MOST_WAITING = 3;

/**
 * Opens the store embedded in one folder, made if it is missing: a lock, the journal, the catalogue and the files of
 * points. See docs/storage.md.
 * @throws when another process uses the folder, when it cannot be written to, when a file of it is damaged, or when a
 * newer release wrote it
 */
export async function openStore(
  folder: string,
  {
    warn = () => undefined,
    replay,
    rested,
    sealable = () => Infinity,
    segmentBytes = SEGMENT_BYTES,
    replayedBytes = 2 * SEGMENT_BYTES,
    sealThread = openSealThread,
  }: StoreOptions = {},
): Promise<Store> {
  await makeDataFolder(folder);
  const unlock = await lockFolder(folder);
  let catalogue: Catalogue | null = null;
  let thread: SealThread | null = null;
  try {
    catalogue = new Catalogue(folder);
    thread = sealThread(folder);
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
    for (const segment of await tooMany(await fullSegments())) {
      warn(`sealing segment ${segment} of the journal before the start`);
      await sealer.seal(segment);
    }

    const runs = new Runs(kept);
    const checkpointOf = (run: string) => kept.checkpoint(run);
    const journal = await openJournal(
      journalFolder,
      (record, segment) => {
        runs.apply(record, segment, { lasting: true });
        replay?.(record, checkpointOf);
      },
      { segmentBytes, sealed: kept.sealed, warn },
    );
    const points = openPointsReader(folder, kept);
    const rows = new Rows(kept);
    /** Seals until nothing is due. */
    let sealing: Promise<void> | null = null;
    /** The segments of it that were full when it looked last. */
    let pass: Promise<unknown> | null = null;
    let closing = false;
    /** How many wait for it. */
    let awaited = 0;
    /** The segment appended to when one could not be sealed; the next full one is a reason to try again. */
    let failed = 0;

    /** Seals what is full and may be, whether that was anything; a segment that cannot be stays in the journal. */
    const sealFull = async (): Promise<boolean> => {
      let any = false;
      for (const segment of await fullSegments(journal.segment)) {
        if (closing || segment > sealable()) return any;
        try {
          const sealed = sealer.seal(segment);
          hurryIfDue();
          const { runs: changed } = await sealed;
          // In this order and at once: readers must find a point in exactly one place.
          points.forget(changed);
          rows.forget(changed);
          const resting = runs.settle(segment);
          if (resting.length > 0) rested?.(resting);
          any = true;
          await rm(segmentFile(journalFolder, segment));
        } catch (error) {
          failed = journal.segment;
          warn(
            `store: segment ${segment} of the journal could not be sealed, and is kept: ${(error as Error).message}`,
          );
          return any;
        }
      }
      return any;
    };

    const isDue = (): boolean => {
      const last = Math.min(sealable(), journal.segment - 1);
      return !closing && last > kept.sealed && journal.segment > failed;
    };

    const sealDue = async (): Promise<void> => {
      try {
        for (let any = true; any && isDue();) any = await (pass = sealFull());
      } finally {
        sealing = pass = null;
      }
    };

    /** Resolves when what is due is sealed. Every append asks: all of them get one promise, for under load it never rests. */
    const seal = (): Promise<void> => sealing ?? (isDue() ? (sealing = sealDue()) : Promise.resolve());

    /** Sealing takes its time until somebody waits for it, or the next segment is full. */
    const hurryIfDue = (): void => {
      if (awaited > 0 || journal.segment - 1 > kept.sealed + 1) sealer.hurry();
    };

    const sealInHaste = async (): Promise<void> => {
      awaited++;
      hurryIfDue();
      await seal().finally(() => awaited--);
    };

    void seal();
    return {
      runs,
      points,
      state: (run) => rows.state(run),
      findings: (run) => rows.findings(run),
      checkpoint: checkpointOf,
      async append(records) {
        await journal.append(records);
        await inTurns(records, (record) => runs.apply(record, journal.segment));
        void seal();
        hurryIfDue();
        const { segment } = journal;
        // Where nothing is being sealed, it is not the time for it, or it cannot be done: then waiting is of no use.
        if (segment - kept.sealed > MOST_WAITING + 1) await pass;
        return segment;
      },
      place: () => inTurns(runs.place(), () => undefined),
      seal: () => void seal(),
      sealed: sealInHaste,
      async sealAll() {
        await journal.rotate();
        await sealInHaste();
      },
      async compact() {
        await sealInHaste();
        let bytes = 0;
        for (const run of runs.keys()) {
          bytes += compactRun(folder, kept, run);
          points.forget([run]);
        }
        return bytes;
      },
      async remove(run) {
        if (runs.isLive(run)) throw new Error(`run ${run}: must be at rest to be deleted`);
        await sealInHaste();
        kept.transaction(() => kept.remove(run));
        runs.remove(run);
        points.forget([run]);
        rows.forget([run]);
        await rm(runFolder(folder, run), { recursive: true, force: true });
      },
      kept,
      async close() {
        closing = true;
        await sealInHaste();
        await sealer.close();
        await points.close();
        await journal.close();
        await kept.close();
        await unlock();
      },
    };

    /** Of such segments the oldest, which are more than is replayed. */
    async function tooMany(segments: readonly number[]): Promise<number[]> {
      let left = replayedBytes;
      for (let i = segments.length - 1; i >= 0; i--) {
        left -= (await stat(segmentFile(journalFolder, segments[i]))).size;
        if (left < 0) return segments.slice(0, i + 1);
      }
      return [];
    }

    /** Segments that are not appended to any more and not sealed, ascending. @param last the one appended to */
    async function fullSegments(last?: number): Promise<number[]> {
      const numbers = await unsealedOf(journalFolder, kept.sealed);
      return numbers.filter((number) => number < (last ?? numbers.at(-1) ?? 0));
    }
  }
}
