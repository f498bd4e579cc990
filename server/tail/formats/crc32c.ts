/**
 * CRC-32C (Castagnoli, reflected 0x82F63B78) by tables of sixteen bytes at a time; RFC 3720, appendix B.4. Words are
 * read through a view, which V8 turns into single loads, aligned or not.
 */
const [T0, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12, T13, T14, T15] = makeTables(16);

function makeTables(count: number): Int32Array[] {
  const tables = Array.from({ length: count }, () => new Int32Array(256));
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
    tables[0][byte] = crc;
  }
  for (let byte = 0; byte < 256; byte++) {
    for (let k = 1; k < count; k++) {
      const before = tables[k - 1][byte];
      tables[k][byte] = (before >>> 8) ^ tables[0][before & 0xff];
    }
  }
  return tables;
}

/** The checksum of the bytes [from, to) of a view, as an unsigned 32-bit number. */
export function crc32c(view: DataView, from: number, to: number): number {
  let crc = -1;
  let at = from;
  for (; at + 16 <= to; at += 16) {
    const a = crc ^ view.getInt32(at, true);
    const b = view.getInt32(at + 4, true);
    const c = view.getInt32(at + 8, true);
    const d = view.getInt32(at + 12, true);
    crc =
      T15[a & 0xff] ^
      T14[(a >>> 8) & 0xff] ^
      T13[(a >>> 16) & 0xff] ^
      T12[a >>> 24] ^
      T11[b & 0xff] ^
      T10[(b >>> 8) & 0xff] ^
      T9[(b >>> 16) & 0xff] ^
      T8[b >>> 24] ^
      T7[c & 0xff] ^
      T6[(c >>> 8) & 0xff] ^
      T5[(c >>> 16) & 0xff] ^
      T4[c >>> 24] ^
      T3[d & 0xff] ^
      T2[(d >>> 8) & 0xff] ^
      T1[(d >>> 16) & 0xff] ^
      T0[d >>> 24];
  }
  for (; at + 4 <= to; at += 4) {
    const a = crc ^ view.getInt32(at, true);
    crc = T3[a & 0xff] ^ T2[(a >>> 8) & 0xff] ^ T1[(a >>> 16) & 0xff] ^ T0[a >>> 24];
  }
  for (; at < to; at++) crc = (crc >>> 8) ^ T0[(crc ^ view.getUint8(at)) & 0xff];
  return ~crc >>> 0;
}

/** The checksum as TFRecord files keep it: rotated and added to, so that a checksum of checksums tells something. */
export function maskedCrc32c(view: DataView, from: number, to: number): number {
  const crc = crc32c(view, from, to);
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}
