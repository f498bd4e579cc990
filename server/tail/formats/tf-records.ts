import { Damaged } from '../entry.ts';
import { maskedCrc32c } from './crc32c.ts';

/** Bytes before a record's payload (length and its checksum) and behind it (the payload's checksum). */
const HEADER = 12;
const FOOTER = 4;

/** The checksum of every length below this is kept: nearly all records are short. */
const SHORT = 4096;
const CHECKSUMS = checksums();

function checksums(): Uint32Array {
  const length = new DataView(new ArrayBuffer(8));
  return Uint32Array.from({ length: SHORT }, (_, bytes) => {
    length.setUint32(0, bytes, true);
    return maskedCrc32c(length, 0, 8);
  });
}

/**
 * Cuts bytes into TFRecords: a little-endian uint64 length, its masked CRC-32C, the payload, the payload's masked
 * CRC-32C. A record that is not whole yet is left.
 * @param take given each payload as the range [from, to) of the view
 * @returns bytes consumed
 * @throws Damaged at a wrong checksum, after the records before it were taken
 */
export function readTfRecords(view: DataView, take: (from: number, to: number) => void): number {
  const end = view.byteLength;
  let at = 0;
  while (at + HEADER <= end) {
    const low = view.getUint32(at, true);
    const high = view.getUint32(at + 4, true);
    const checksum = high === 0 && low < SHORT ? CHECKSUMS[low] : maskedCrc32c(view, at, at + 8);
    if (view.getUint32(at + 8, true) !== checksum)
      throw new DamagedRecord(at, 'the checksum of a record’s length is wrong');
    const from = at + HEADER;
    const to = from + low + high * 2 ** 32;
    if (to + FOOTER > end) break;
    if (view.getUint32(to, true) !== maskedCrc32c(view, from, to))
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
