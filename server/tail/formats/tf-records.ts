import { Damaged } from '../entry.ts';
import { maskedCrc32c } from './crc32c.ts';

/** Bytes before a record's payload (length and its checksum) and behind it (the payload's checksum). */
const HEADER = 12;
const FOOTER = 4;

/**
 * Cuts bytes into TFRecords: a little-endian uint64 length, its masked CRC-32C, the payload, the payload's masked
 * CRC-32C. A record that is not whole yet is left.
 * @param take given each payload as the range [from, to) of the bytes
 * @returns bytes consumed
 * @throws Damaged at a wrong checksum, after the records before it were taken
 */
export function readTfRecords(bytes: Buffer, take: (from: number, to: number) => void): number {
  let at = 0;
  while (at + HEADER <= bytes.length) {
    if (bytes.readUInt32LE(at + 8) !== maskedCrc32c(bytes, at, at + 8))
      throw new DamagedRecord(at, 'the checksum of a record’s length is wrong');
    const length = bytes.readUInt32LE(at) + bytes.readUInt32LE(at + 4) * 2 ** 32;
    const from = at + HEADER;
    const to = from + length;
    if (to + FOOTER > bytes.length) break;
    if (bytes.readUInt32LE(to) !== maskedCrc32c(bytes, from, to))
      throw new DamagedRecord(at, 'the checksum of a record is wrong');
    take(from, to);
    at = to + FOOTER;
  }
  return at;
}

/** A record that is damaged, and where: the bytes before it are good. */
export class DamagedRecord extends Damaged {
  readonly at: number;

  constructor(at: number, message: string) {
    super(message);
    this.at = at;
  }
}
