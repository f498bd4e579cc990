import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { decodeRecord } from './record-bytes.ts';
import type { StoreRecord } from './record.ts';

/**
 * A file of the journal: a header, and then records framed as
 *
 *     uint32 length of the payload · uint32 CRC-32 of the payload · payload
 *
 * little-endian.
 */
export const MAGIC = magicOf(3);
/**
 * What older releases begin a segment with. 2: they must not read what is left of a journal whose first part is in
 * chunks; 3: nor checkpoints of another form.
 */
const OLDER = [magicOf(1), magicOf(2)];
const FRAME = 8;

/** Bytes read at once; a longer record is read by itself. */
const PIECE = 4 * 1024 * 1024;

function magicOf(version: number): Buffer {
  return Buffer.from(`TIDEMARK JOURNAL ${version}\n`);
}

/** The file of a segment in the journal's folder. */
export function segmentFile(folder: string, number: number): string {
  return join(folder, `${String(number).padStart(8, '0')}.log`);
}

/** A record's frame: its length and checksum, then itself. */
export function frame(payload: Uint8Array): [Buffer, Uint8Array] {
  const head = Buffer.alloc(FRAME);
  head.writeUInt32LE(payload.length, 0);
  head.writeUInt32LE(crc32(payload), 4);
  return [head, payload];
}

/** How far a segment could be read: it ends at byte `length`, and its last whole record at `end`; 0: no header. */
export interface Extent {
  readonly end: number;
  readonly length: number;
  /** An older release began it: nothing is to be appended, for that could not read it. */
  readonly older: boolean;
}

/**
 * Hands every whole record of a segment to `visit`, in order. The columns of its tables are views of what was read,
 * which nobody else changes: they may be kept.
 * @param last whether it may end in a torn record, as the last segment of a journal may
 * @throws when it is damaged: anywhere, or before its end where it is the last
 */
export function readSegment(
  file: string,
  visit: (record: StoreRecord) => void,
  { last = false }: { last?: boolean } = {},
): Extent {
  const handle = openSync(file, 'r');
  try {
    const { size: length } = fstatSync(handle);
    const magic = read(handle, 0, Math.min(length, MAGIC.length));
    const older = OLDER.some((one) => one.equals(magic));
    if (!MAGIC.equals(magic) && !older) {
      // A segment whose very header is torn holds nothing; anything else is no journal of ours.
      if (last && MAGIC.subarray(0, magic.length).equals(magic)) return { end: 0, length, older };
      throw new Error(
        `${file}: must begin with "${MAGIC.toString().trim()}"; it is no journal of this version`,
      );
    }
    let end = MAGIC.length;
    for (let wanted = PIECE; end < length;) {
      const piece = read(handle, end, Math.min(wanted, length - end));
      const { used, next } = visitFrames(piece, visit);
      end += used;
      if (next <= piece.length - used || next > length - end) break; // its checksum is wrong, or it is torn
      wanted = Math.max(PIECE, next);
    }
    if (end < length && !last)
      throw new Error(`${file}: damaged at byte ${end} (checksum); restore this file from a backup`);
    return { end, length, older };
  } finally {
    closeSync(handle);
  }
}

/**
 * Hands the records at the beginning of some bytes to `visit`, as long as they are whole; moves them.
 * @returns the bytes they took, and those that the next one takes
 */
function visitFrames(
  piece: Uint8Array,
  visit: (record: StoreRecord) => void,
): { used: number; next: number } {
  const view = new DataView(piece.buffer);
  let used = 0;
  for (;;) {
    if (used + FRAME > piece.length) return { used, next: FRAME };
    const start = used + FRAME;
    const length = view.getUint32(used, true);
    const end = start + length;
    if (end > piece.length) return { used, next: FRAME + length };
    const payload = piece.subarray(start, end);
    if (length === 0 || crc32(payload) !== view.getUint32(used + 4, true)) return { used, next: 0 };
    // Float64 columns must be aligned. What is before the record is its frame, which has been read.
    const aligned = start & ~7;
    piece.copyWithin(aligned, start, end);
    visit(decodeRecord(piece.subarray(aligned, aligned + length)));
    used = end;
  }
}

/** Bytes of a file from `position` on, fewer where it ends before. */
function read(handle: number, position: number, length: number): Uint8Array<ArrayBuffer> {
  // Of its own memory, which begins at a multiple of 8.
  const bytes = new Uint8Array(length);
  let at = 0;
  for (let some = -1; at < length && some !== 0; at += some)
    some = readSync(handle, bytes, at, length - at, position + at);
  return at < length ? bytes.subarray(0, at) : bytes;
}
