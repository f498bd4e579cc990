import { crc32 } from 'node:zlib';
import { DamagedRecord } from './tf-records.ts';

const BLOCK = 32_768;
/** Checksum, length and type before a fragment. */
const HEADER = 7;

const FULL = 1;
const FIRST = 2;
const MIDDLE = 3;
const LAST = 4;

/**
 * Cuts bytes into the records of a LevelDB log, as `.wandb` files are: blocks of 32 KiB of fragments, each with a
 * CRC-32 over its type and data, a little-endian uint16 length and a type (full, first, middle, last). A record that is not whole
 * yet is left.
 * @param start where in the file the bytes begin, at a fragment
 * @returns bytes consumed
 * @throws DamagedRecord at a wrong checksum
 */
export function readLogRecords(bytes: Buffer, start: number, take: (record: Buffer) => void): number {
  let at = 0;
  let done = 0;
  let parts: Buffer[] = [];
  for (;;) {
    const left = BLOCK - ((start + at) % BLOCK);
    if (left < HEADER) {
      at += left; // the rest of a block is zeros
      continue;
    }
    if (at + HEADER > bytes.length) return done;
    const length = bytes.readUInt16LE(at + 4);
    const type = bytes[at + 6];
    if (type === 0 && length === 0) {
      at += left;
      continue;
    }
    const to = at + HEADER + length;
    if (to > bytes.length) return done;
    if (bytes.readUInt32LE(at) !== crc32(bytes.subarray(at + 6, to)))
      throw new DamagedRecord(done, 'the checksum of a record is wrong');
    const data = bytes.subarray(at + HEADER, to);
    at = to;
    if (type === FULL || type === FIRST) parts = [];
    if (type === FULL || type === FIRST || type === MIDDLE || type === LAST) parts.push(data);
    if (type !== FULL && type !== LAST) continue;
    take(parts.length === 1 ? parts[0] : Buffer.concat(parts));
    done = at;
  }
}
