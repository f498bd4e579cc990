import { crc32 } from 'node:zlib';
import type { PointColumns } from '../../shared/points.ts';
import { ByteReader, type ByteWriter } from './bytes.ts';
import { ColumnPacker, packColumn, unpackColumn } from './column.ts';

/**
 * Points of one series in one attempt, as columns, ascending by step: the unit that is written and read back.
 *
 *     uint32 length of the payload · uint32 CRC-32 of the payload · payload
 *     payload: uint8 version · whole series · whole attempt · whole count · steps · times · values
 *
 * Series and attempt are in it so that a chunk read from a wrong place is told from the right one.
 */
export interface ChunkOwner {
  /** Number of the series within its run. */
  readonly series: number;
  readonly attempt: number;
}

const VERSION = 1;
const FRAME = 8;

/** Packs what series share: one for all chunks of a run that are encoded together. */
export class AxisPacker {
  readonly steps = new ColumnPacker('whole');
  readonly times = new ColumnPacker('time');
}

/**
 * Appends a chunk; returns its length in bytes.
 * @param points their steps and times are kept by `axes`, and so not to be changed
 */
export function encodeChunk(
  out: ByteWriter,
  owner: ChunkOwner,
  points: PointColumns,
  axes = new AxisPacker(),
): number {
  const start = out.length;
  out.uint32(0);
  out.uint32(0);
  out.byte(VERSION);
  out.whole(owner.series);
  out.whole(owner.attempt);
  out.whole(points.steps.length);
  axes.steps.pack(out, points.steps);
  axes.times.pack(out, points.times);
  packColumn(out, points.values, 'whole');
  const payload = out.bytes.subarray(start + FRAME);
  out.patchUint32(start, payload.length);
  out.patchUint32(start + 4, crc32(payload));
  return out.length - start;
}

/**
 * Reads the chunk that `bytes` begin with.
 * @throws DamagedChunk when the checksum or the owner is wrong, or the bytes are too few
 */
export function decodeChunk(bytes: Uint8Array, owner: ChunkOwner): PointColumns {
  if (bytes.length < FRAME) throw new DamagedChunk('is cut short');
  const frame = new ByteReader(bytes);
  const [length, checksum] = [frame.uint32(), frame.uint32()];
  if (FRAME + length > bytes.length) throw new DamagedChunk('is cut short');
  const payload = bytes.subarray(FRAME, FRAME + length);
  if (crc32(payload) !== checksum) throw new DamagedChunk('has a wrong checksum');
  const from = new ByteReader(payload);
  const version = from.byte();
  if (version !== VERSION) throw new DamagedChunk(`must be of version ${VERSION}, got ${version}`);
  const [series, attempt, count] = [from.whole(), from.whole(), from.whole()];
  if (series !== owner.series || attempt !== owner.attempt)
    throw new DamagedChunk(`must be of series ${owner.series}, got ${series}`);
  return {
    steps: unpackColumn(from, count),
    times: unpackColumn(from, count),
    values: unpackColumn(from, count),
  };
}

/** A chunk that cannot be read; the message goes on from its name. */
export class DamagedChunk extends Error {
  override readonly name = 'DamagedChunk';
}
