import { createReadStream } from 'node:fs';
import { type FileHandle, mkdir, open, readdir, rm, truncate, writeFile } from 'node:fs/promises';
import { encodeRecord } from './record-bytes.ts';
import type { StoreRecord } from './record.ts';
import { type Extent, frame, MAGIC, readSegment, segmentFile } from './segment.ts';
import { inTurns } from './turns.ts';

/**
 * The append-only log of accepted records: numbered segments in one folder; see segment.ts. `append` resolves when its
 * records are on disk (fdatasync). After a crash the last segment may end in a torn record, which was never
 * acknowledged: it is set aside beside the segment and the segment cut before it. Damage anywhere else is an error that
 * names the place.
 */
export interface Journal {
  /** Appends records in order, as one group; resolves when all of them are durable, rejects when none is to be relied on. */
  append(records: readonly StoreRecord[]): Promise<void>;
  /** The segment that the last `append` wrote to; those before it are not written to any more. */
  readonly segment: number;
  /** Begins the next segment, unless this one holds nothing. */
  rotate(): Promise<void>;
  close(): Promise<void>;
}

export interface JournalOptions {
  /** Bytes after which the next segment begins. */
  readonly segmentBytes?: number;
  /** The last segment that is kept elsewhere: up to it they are deleted unread. */
  readonly sealed?: number;
  /** Told of a torn tail that was set aside. */
  readonly warn?: (message: string) => void;
}

/** Bytes after which the next segment begins, where nothing else is said. */
export const SEGMENT_BYTES = 64 * 1024 * 1024;
const SEGMENT = /^(\d{8})\.log$/;

/**
 * Opens the journal in `folder`, made if it is missing, after handing every record in it to `replay` in order.
 * The caller holds the folder's lock.
 */
export async function openJournal(
  folder: string,
  replay: (record: StoreRecord, segment: number) => void,
  { segmentBytes = SEGMENT_BYTES, sealed = 0, warn = () => undefined }: JournalOptions = {},
): Promise<Journal> {
  await mkdir(folder, { recursive: true });
  const numbers = await unsealedOf(folder, sealed);
  for (const number of await segmentsOf(folder)) if (number <= sealed) await rm(segmentFile(folder, number));
  let end = 0;
  let older = false;
  for (const number of numbers) {
    const file = segmentFile(folder, number);
    const read = readSegment(file, (record) => replay(record, number), { last: number === numbers.at(-1) });
    ({ end, older } = read);
    if (end > 0 && end < read.length) await setAside(file, read, warn);
  }
  let number = numbers.at(-1) ?? sealed;
  const goesOn = numbers.length > 0 && end > 0 && !older;
  if (older) number++;
  let file = goesOn
    ? await open(segmentFile(folder, number), 'r+')
    : await startSegment(folder, (number = Math.max(sealed + 1, number)));
  let size = goesOn ? end : MAGIC.length;
  let broken: Error | null = null;

  const rotate = async (): Promise<void> => {
    if (size <= MAGIC.length) return;
    const next = await startSegment(folder, number + 1);
    await file.close();
    [file, number, size] = [next, number + 1, MAGIC.length];
  };

  return {
    get segment() {
      return number;
    },
    rotate,
    async append(records) {
      if (records.length === 0) return; // a greeting that says nothing new does not need the disk
      if (broken) throw broken;
      if (size >= segmentBytes) await rotate();
      const group: Uint8Array[] = [];
      await inTurns(records, (record) => group.push(...frame(encodeRecord(record))));
      try {
        const length = await writeAll(file, group, size);
        await file.datasync();
        size += length;
      } catch (error) {
        // Whatever part of the group reached the file must not be read as accepted after a restart.
        await file.truncate(size).catch((cause: unknown) => {
          broken = new Error('journal: could not be cut back after a failed write; restart Tidemark', {
            cause,
          });
        });
        throw error;
      }
    },
    close: () => file.close(),
  };
}

/**
 * Hands every record of a journal's segments behind `sealed` to `visit`, in order, and changes nothing: also while a
 * server appends to it, whose unfinished last record is left out.
 */
export async function readJournal(
  folder: string,
  visit: (record: StoreRecord, segment: number) => void,
  sealed = 0,
): Promise<void> {
  const numbers = await unsealedOf(folder, sealed);
  for (const number of numbers) {
    const last = number === numbers.at(-1);
    readSegment(segmentFile(folder, number), (record) => visit(record, number), { last });
  }
}

/** The numbers of the segments in a folder, ascending. */
export async function segmentsOf(folder: string): Promise<number[]> {
  return (await readdir(folder))
    .flatMap((name) => SEGMENT.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => a - b);
}

/**
 * The numbers of the segments behind the last sealed one, ascending.
 * @throws when one of them is missing, for what it held would be; as if it could not be opened
 */
export async function unsealedOf(folder: string, sealed: number): Promise<number[]> {
  const numbers = (await segmentsOf(folder)).filter((number) => number > sealed);
  const missing = numbers.findIndex((number, i) => number !== sealed + 1 + i);
  if (missing < 0) return numbers;
  const file = segmentFile(folder, sealed + 1 + missing);
  const message = `${file}: must be there, for later segments are; restore this file from a backup`;
  throw Object.assign(new Error(message), { code: 'ENOENT' });
}

async function writeFully(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let at = 0; at < bytes.length;) {
    const { bytesWritten } = await file.write(bytes, at, bytes.length - at, position + at);
    at += bytesWritten;
  }
}

/** Writes buffers one behind the other, without joining them; the bytes written. */
async function writeAll(file: FileHandle, buffers: readonly Uint8Array[], position: number): Promise<number> {
  let at = position;
  for (let first = 0; first < buffers.length; first += MOST_VECTORS) {
    const some = buffers.slice(first, first + MOST_VECTORS);
    const total = some.reduce((sum, { length }) => sum + length, 0);
    const { bytesWritten } = await file.writev(some, at);
    // A write cut short, by a full disk say, is gone on with and then says why.
    if (bytesWritten < total)
      await writeFully(file, Buffer.concat(some).subarray(bytesWritten), at + bytesWritten);
    at += total;
  }
  return at - position;
}

/** Buffers of one call, as many as every system takes (IOV_MAX). */
const MOST_VECTORS = 1024;

/** Creates a segment; durable itself and in its folder before anything is appended to it. */
async function startSegment(folder: string, number: number): Promise<FileHandle> {
  const file = await open(segmentFile(folder, number), 'w+', 0o600);
  try {
    await writeFully(file, MAGIC, 0);
    await file.datasync();
    const directory = await open(folder, 'r');
    await directory.sync().finally(() => directory.close());
    return file;
  } catch (error) {
    await file.close(); // a full disk is tried again and again
    throw error;
  }
}

/** Keeps the end of a segment that is no whole record in a file of its own, and cuts the segment before it. */
async function setAside(
  file: string,
  { end, length }: Extent,
  warn: (message: string) => void,
): Promise<void> {
  const aside = `${file}.torn-${end}`;
  const tail = createReadStream(file, { start: end, end: length - 1 });
  await writeFile(aside, tail, { mode: 0o600 });
  await truncate(file, end);
  warn(`${file}: a torn record of ${length - end} bytes at byte ${end} was set aside in ${aside}`);
}
