import { type FileHandle, mkdir, open, readdir, readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { decodeRecord, encodeRecord, type StoreRecord } from './record.ts';

/**
 * The append-only log of accepted records: numbered segments in one folder, each a header and then records framed as
 *
 *     uint32 length of the payload · uint32 CRC-32 of the payload · payload
 *
 * little-endian. `append` resolves when its records are on disk (fdatasync). After a crash the last segment may end
 * in a torn record, which was never acknowledged: it is set aside beside the segment and the segment cut before it.
 * Damage anywhere else is an error that names the place.
 */
export interface Journal {
  /** Appends records in order, as one group; resolves when all of them are durable, rejects when none is to be relied on. */
  append(records: readonly StoreRecord[]): Promise<void>;
  close(): Promise<void>;
}

export interface JournalOptions {
  /** Bytes after which the next segment begins. */
  readonly segmentBytes?: number;
  /** Told of a torn tail that was set aside. */
  readonly warn?: (message: string) => void;
}

const MAGIC = Buffer.from('TIDEMARK JOURNAL 1\n');
const FRAME = 8;
const SEGMENT = /^(\d{8})\.log$/;

/**
 * Opens the journal in `folder`, made if it is missing, after handing every record in it to `replay` in order.
 * The caller holds the folder's lock.
 */
export async function openJournal(
  folder: string,
  replay: (record: StoreRecord) => void,
  { segmentBytes = 64 * 1024 * 1024, warn = () => undefined }: JournalOptions = {},
): Promise<Journal> {
  await mkdir(folder, { recursive: true });
  const numbers = await segmentsOf(folder);
  let end = 0;
  for (const number of numbers) {
    const file = path(folder, number);
    end = await readSegment(file, number === numbers.at(-1), replay, (tail, at) =>
      setAside(file, tail, at, warn),
    );
  }
  let number = numbers.at(-1) ?? 0;
  let file =
    number > 0 && end > 0
      ? await open(path(folder, number), 'r+')
      : await startSegment(folder, (number = Math.max(1, number)));
  let size = Math.max(end, MAGIC.length);
  let broken: Error | null = null;

  return {
    async append(records) {
      if (broken) throw broken;
      if (size >= segmentBytes) {
        const next = await startSegment(folder, number + 1);
        await file.close();
        [file, number, size] = [next, number + 1, MAGIC.length];
      }
      const group = records.flatMap((record) => frame(encodeRecord(record)));
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
 * Hands every record of a journal to `visit`, in order, and changes nothing: also while a server appends to it, whose
 * unfinished last record is left out.
 */
export async function readJournal(folder: string, visit: (record: StoreRecord) => void): Promise<void> {
  const numbers = await segmentsOf(folder);
  for (const number of numbers) await readSegment(path(folder, number), number === numbers.at(-1), visit);
}

/** The numbers of the segments in a folder, ascending. */
async function segmentsOf(folder: string): Promise<number[]> {
  return (await readdir(folder))
    .flatMap((name) => SEGMENT.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => a - b);
}

/** A record's frame: its length and checksum, then itself. */
function frame(payload: Uint8Array): [Buffer, Uint8Array] {
  const head = Buffer.alloc(FRAME);
  head.writeUInt32LE(payload.length, 0);
  head.writeUInt32LE(crc32(payload), 4);
  return [head, payload];
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
  const file = await open(path(folder, number), 'w+', 0o600);
  await writeFully(file, MAGIC, 0);
  await file.datasync();
  const directory = await open(folder, 'r');
  await directory.sync().finally(() => directory.close());
  return file;
}

/**
 * Replays one segment and returns where it ends. Only the last one may be torn.
 * @param torn hears what is behind the last whole record, and where
 */
async function readSegment(
  file: string,
  last: boolean,
  replay: (record: StoreRecord) => void,
  torn: (tail: Buffer, at: number) => Promise<void> = () => Promise.resolve(),
): Promise<number> {
  const bytes = await readFile(file);
  if (!bytes.subarray(0, MAGIC.length).equals(MAGIC)) {
    // A segment whose very header is torn holds nothing; anything else is no journal of ours.
    if (last && MAGIC.subarray(0, bytes.length).equals(bytes)) return 0;
    throw new Error(
      `${file}: must begin with "${MAGIC.toString().trim()}"; it is no journal of this version`,
    );
  }
  let at = MAGIC.length;
  while (at < bytes.length) {
    const payload = readFrame(bytes, at);
    if (payload === null) {
      if (!last)
        throw new Error(`${file}: damaged at byte ${at} (checksum); restore this file from a backup`);
      await torn(bytes.subarray(at), at);
      break;
    }
    // A copy of its own, so that float64 columns are aligned and the segment's buffer can be let go.
    replay(decodeRecord(new Uint8Array(payload)));
    at += FRAME + payload.length;
  }
  return at;
}

/** The payload at `at`; null when it is incomplete or its checksum is wrong. */
function readFrame(bytes: Buffer, at: number): Buffer | null {
  if (at + FRAME > bytes.length) return null;
  const start = at + FRAME;
  const end = start + bytes.readUInt32LE(at);
  if (end > bytes.length || end === start) return null;
  const payload = bytes.subarray(start, end);
  return crc32(payload) === bytes.readUInt32LE(at + 4) ? payload : null;
}

async function setAside(
  file: string,
  tail: Buffer,
  at: number,
  warn: (message: string) => void,
): Promise<void> {
  const aside = `${file}.torn-${at}`;
  await writeFile(aside, tail, { mode: 0o600 });
  await truncate(file, at);
  warn(`${file}: a torn record of ${tail.length} bytes at byte ${at} was set aside in ${aside}`);
}

function path(folder: string, number: number): string {
  return join(folder, `${String(number).padStart(8, '0')}.log`);
}
