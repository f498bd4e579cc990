import { type FileHandle, open } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import type { PointColumns } from '../../shared/points.ts';
import { sortedBySteps, type Attempt } from './attempt.ts';
import type { ChunkPlace } from './block.ts';
import { chunkTimes } from './chunk-times.ts';
import type { Kept } from './catalogue.ts';
import { DamagedChunk, decodeChunk } from './chunk.ts';
import { concatenated, type Part } from './columns.ts';
import { FIRST, LAST, WIDTH } from './nodes.ts';
import { pointsFile } from './run-folder.ts';
import type { Run } from './run.ts';
import { type Series, seriesKey } from './run-series.ts';
import { indexOf, type SeriesIndex } from './series-index.ts';
import { type ReadChunks, readWindow, type Window, type Wish } from './window.ts';

/** Reads points of runs, sealed or not. */
export interface PointsReader {
  /** What a stretch of a series draws like; see window.ts. Empty when the series has no such attempt. */
  window(run: Run, series: Series, attempt: number, wish: EpochWish | Wish): Promise<Window>;
  /**
   * The steps of a stretch of epochs, by the run's series `epoch`: from the first step of an epoch not below `from` to
   * the last one of an epoch not above `to`. Epochs must not fall with steps. Nothing, when the rank logs no epochs.
   */
  stepsOf(run: Run, rank: number, attempt: number, wish: EpochWish): Promise<Wish>;
  /** Every point of a series in one attempt, ascending by step, some thousands at a time. @throws when one is damaged */
  scan(run: Run, series: Series, attempt: number): AsyncGenerator<PointColumns>;
  /** Lets go of what is remembered of runs whose chunks have changed. */
  forget(runs: readonly string[]): void;
  close(): Promise<void>;
}

/** Chunks decoded that are kept for the next window, as when a chart is panned. */
const CACHED_CHUNKS = 256;
/** Chunks of indexes that are kept: half a kilobyte of memory each. */
const CACHED_PLACES = 100_000;
/** Points files kept open. */
const OPEN_FILES = 32;
/** Bytes between two chunks that are read with them rather than in a read of their own. */
const GAP = 16 * 1024;
const LONGEST_READ = 512 * 1024;
/** A stretch of epochs. */
export type EpochWish = Omit<Wish, 'axis'> & { readonly axis: 'epoch' | 'step' | 'time' };

/** Chunks decoded before others have their turn. */
const BATCH = 64;

/** Neighbouring bytes of a points file that are being read. */
interface Piece {
  /** Of the wanted chunks the first that is in it, and the first behind it. */
  readonly at: number;
  readonly next: number;
  /** Its first byte in the file. */
  readonly start: number;
  readonly bytes: Uint8Array;
  /** Bytes that were there. */
  readonly read: Promise<number | Error>;
}

export function openPointsReader(folder: string, catalogue: Pick<Kept, 'chunks'>): PointsReader {
  const files = new Lru<Promise<FileHandle>>(OPEN_FILES, (file) => void closeQuietly(file));
  const indexes = new Lru<SeriesIndex>(CACHED_PLACES);
  const decoded = new Lru<PointColumns>(CACHED_CHUNKS);

  /** The index of what is sealed, which must be what the attempt takes for sealed: a seal may just be happening. */
  const index = async (run: Run, series: Series, number: number, attempt: Attempt): Promise<SeriesIndex> => {
    const key = `${run.id}\n${series.number}\n${number}`;
    for (let tries = 0; ; tries++) {
      const found = indexes.get(key) ?? indexOf(catalogue.chunks(run.id, series.number, number));
      if (found.count === attempt.sealed) {
        indexes.set(key, found, found.chunks.length + 1);
        return found;
      }
      indexes.delete(key);
      if (tries > 1_000)
        throw new Error(
          `store: ${run.id}, ${series.name}: must have ${attempt.sealed} sealed points, got ${found.count}`,
        );
      await delay(tries === 0 ? 0 : 5);
    }
  };

  /** The same with what is known of its chunks' times; those that an older release cut are read for it, once. */
  const timedIndex = async (
    run: Run,
    series: Series,
    number: number,
    attempt: Attempt,
  ): Promise<SeriesIndex> => {
    const key = `${run.id}\n${series.number}\n${number}`;
    for (;;) {
      const found = await index(run, series, number, attempt);
      if (found.unknown.length === 0) return found;
      const chunks = [...found.chunks];
      for await (const { chunk, points } of readPlaces(run, series, number, chunks, found.unknown))
        if (typeof points !== 'string') chunks[chunk] = { ...chunks[chunk], times: chunkTimes(points.times) };
      const looked = indexOf(chunks);
      if (found.count !== attempt.sealed) continue; // something was sealed meanwhile
      if (indexes.get(key) === found) indexes.set(key, looked, chunks.length + 1);
      return looked;
    }
  };

  const fileOf = (run: string): Promise<FileHandle> => {
    let file = files.get(run);
    if (file === undefined) {
      const opened = (file = open(pointsFile(folder, run), 'r'));
      files.set(run, opened, 1);
      // One that cannot be opened now, for too many are open, may be in a moment.
      opened.catch(() => {
        if (files.get(run) === opened) files.delete(run);
      });
    }
    return file;
  };

  /** Reads chunks in order, neighbours of the file together. */
  async function* readPlaces(
    run: Run,
    series: Series,
    attempt: number,
    chunks: readonly ChunkPlace[],
    wanted: readonly number[],
  ): AsyncGenerator<{ chunk: number; points: PointColumns | string }> {
    const owner = { series: series.number, attempt };
    const keyOf = ({ offset }: ChunkPlace) => `${run.id}\n${series.number}\n${attempt}\n${offset}`;
    const decode = (place: ChunkPlace, bytes: Uint8Array): PointColumns | string => {
      try {
        return decodeChunk(bytes, owner);
      } catch (error) {
        const where =
          place.offset === null ? 'the catalogue' : `${pointsFile(folder, run.id)} at byte ${place.offset}`;
        const why =
          error instanceof DamagedChunk ? error.message : `cannot be read (${(error as Error).message})`;
        return `run ${run.id}, series ${series.name}, steps ${place.nodes[FIRST]} to ${place.nodes[place.nodes.length - WIDTH + LAST]}: the chunk in ${where} ${why}`;
      }
    };
    const isKept = (at: number) => {
      const place = chunks[wanted[at]];
      return place.offset === null || decoded.get(keyOf(place)) !== undefined;
    };
    /** Buffers whose chunks are decoded. */
    const spare: Uint8Array[] = [];
    let ahead: Piece | null = null;
    for (let at = 0; at < wanted.length;) {
      const place = chunks[wanted[at]];
      const known = place.offset === null ? undefined : decoded.get(keyOf(place));
      if (known !== undefined || place.offset === null) {
        yield { chunk: wanted[at++], points: known ?? decode(place, place.bytes!) };
        continue;
      }
      const piece: Piece = ahead?.at === at ? ahead : readPiece(run.id, chunks, wanted, at, spare);
      const { start, next, bytes } = piece;
      // The next one is read while this one is decoded.
      ahead = next < wanted.length && !isKept(next) ? readPiece(run.id, chunks, wanted, next, spare) : null;
      const read = await piece.read;
      for (; at < next; at++) {
        const one = chunks[wanted[at]];
        const from = one.offset! - start;
        const points =
          read instanceof Error
            ? `run ${run.id}: ${pointsFile(folder, run.id)} cannot be read (${read.message})`
            : decode(one, bytes.subarray(from, Math.min(read, from + one.length)));
        if (typeof points !== 'string' && wanted.length <= CACHED_CHUNKS / 2)
          decoded.set(keyOf(one), points, 1);
        yield { chunk: wanted[at], points };
      }
      spare.push(bytes);
    }
  }

  /** Begins to read the chunks from `wanted[at]` on that are near each other in the file. */
  function readPiece(
    run: string,
    chunks: readonly ChunkPlace[],
    wanted: readonly number[],
    at: number,
    spare: Uint8Array[],
  ): Piece {
    const start = chunks[wanted[at]].offset!;
    let end = start + chunks[wanted[at]].length;
    let next = at + 1;
    for (; next < wanted.length && next - at < BATCH; next++) {
      const { offset, length } = chunks[wanted[next]];
      if (offset === null || offset < end || offset > end + GAP || offset + length > start + LONGEST_READ)
        break;
      end = offset + length;
    }
    const length = end - start;
    const free = spare.pop();
    const bytes = free && free.length >= length ? free : new Uint8Array(length);
    const read = fileOf(run)
      .then((file) => file.read(bytes, 0, length, start))
      .then(({ bytesRead }) => bytesRead)
      .catch((error: unknown) => error as Error);
    return { at, next, start, bytes, read };
  }

  const tailOf = (attempt: Attempt, byTime = false): Part[] =>
    attempt.parts.flatMap(({ columns }) => columns.parts(0, byTime));

  return {
    async window(run, series, number, wish) {
      const attempt = series.attempts.get(number);
      if (attempt === undefined)
        return { ...concatenated([]), total: 0, damaged: [], seen: { length: 0, rewrites: 0 } };
      const stretch =
        wish.axis === 'epoch'
          ? await this.stepsOf(run, series.rank, number, wish)
          : { ...wish, axis: wish.axis };
      const byTime = stretch.axis === 'time';
      const found = await (byTime ? timedIndex : index)(run, series, number, attempt);
      const seen = { length: attempt.length, rewrites: attempt.rewrites };
      const read: ReadChunks = (wanted) => readPlaces(run, series, number, found.chunks, wanted);
      return { ...(await readWindow(found, tailOf(attempt, byTime), read, stretch)), seen };
    },
    async stepsOf(run, rank, number, { from, to, width }) {
      const series = run.series.get(seriesKey('epoch', rank));
      const wish = { axis: 'step', width } as const;
      if (from === -Infinity && to === Infinity) return { ...wish, from, to };
      const attempt = series?.attempts.get(number);
      if (!series || !attempt) return { ...wish, from: Infinity, to: -Infinity };
      const { chunks } = await index(run, series, number, attempt);
      const parts: PointColumns[] = tailOf(attempt);
      // Only the chunks in which an end of the stretch lies are read.
      const needed = chunks.flatMap(({ nodes }, chunk) => {
        const [first, last] = [nodes[FIRST + 2], nodes[nodes.length - WIDTH + LAST + 2]];
        return (first <= from && from <= last) || (first <= to && to <= last) || (from <= first && last <= to)
          ? [chunk]
          : [];
      });
      const ends = [needed[0], needed.at(-1)].filter((chunk) => chunk !== undefined);
      for await (const { points } of readPlaces(run, series, number, chunks, [...new Set(ends)]))
        if (typeof points !== 'string') parts.push(points);
      let [start, end] = [Infinity, -Infinity];
      for (const { steps, values } of parts) {
        for (let i = 0; i < steps.length; i++) {
          if (values[i] < from || values[i] > to) continue;
          start = Math.min(start, steps[i]);
          end = Math.max(end, steps[i]);
        }
      }
      return { ...wish, from: start, to: end };
    },
    async *scan(run, series, number) {
      const attempt = series.attempts.get(number);
      if (attempt === undefined) return;
      const { chunks } = await index(run, series, number, attempt);
      const tail = tailOf(attempt).map((points) => concatenated([points]));
      const first = Math.min(...tail.map(({ steps }) => steps[0]));
      const held: PointColumns[] = [];
      const all = chunks.map((_, chunk) => chunk);
      for await (const { points } of readPlaces(run, series, number, chunks, all)) {
        if (typeof points === 'string') throw new Error(points);
        // Chunks that late points of the tail fall into wait for the tail.
        if (held.length > 0 || points.steps[points.steps.length - 1] > first) held.push(points);
        else yield points;
      }
      const rest = sortedBySteps(concatenated([...held, ...tail]));
      if (rest.steps.length > 0) yield rest;
    },
    forget(runs) {
      for (const run of runs) {
        indexes.deletePrefix(`${run}\n`);
        // Sealing changes no offset; a compacted folder has others.
        decoded.deletePrefix(`${run}\n`);
        // A run that was deleted and comes again has another file under the same name.
        files.delete(run);
      }
    },
    async close() {
      for (const file of files.values()) await closeQuietly(file);
    },
  };
}

async function closeQuietly(file: Promise<FileHandle>): Promise<void> {
  const opened = await file.catch(() => null);
  await opened?.close();
}

/** Keeps what was asked for last, up to a weight. */
class Lru<Value> {
  readonly #most: number;
  readonly #gone: (value: Value) => void;
  readonly #kept = new Map<string, { value: Value; weight: number }>();
  #weight = 0;

  constructor(most: number, gone: (value: Value) => void = () => undefined) {
    this.#most = most;
    this.#gone = gone;
  }

  get(key: string): Value | undefined {
    const found = this.#kept.get(key);
    if (found === undefined) return undefined;
    this.#kept.delete(key);
    this.#kept.set(key, found);
    return found.value;
  }

  set(key: string, value: Value, weight: number): void {
    if (this.#kept.get(key)?.value !== value) this.delete(key);
    else return;
    this.#kept.set(key, { value, weight });
    this.#weight += weight;
    for (const oldest of this.#kept.keys()) {
      if (this.#weight <= this.#most || oldest === key) break;
      this.delete(oldest);
    }
  }

  delete(key: string): void {
    const found = this.#kept.get(key);
    if (found === undefined) return;
    this.#kept.delete(key);
    this.#weight -= found.weight;
    this.#gone(found.value);
  }

  deletePrefix(prefix: string): void {
    for (const key of [...this.#kept.keys()]) if (key.startsWith(prefix)) this.delete(key);
  }

  values(): Value[] {
    return [...this.#kept.values()].map(({ value }) => value);
  }
}
