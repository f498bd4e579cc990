import type { PointColumns } from '../../shared/points.ts';
import { sortedBySteps } from './attempt.ts';
import { type ChunkPlace, lastStepOf } from './block.ts';
import { ByteWriter } from './bytes.ts';
import { chunkTimes } from './chunk-times.ts';
import { AxisPacker, type ChunkOwner, encodeChunk } from './chunk.ts';
import { concatenated } from './columns.ts';
import { nodesOf } from './nodes.ts';

/** Points of a chunk that was cut when there were enough. */
export const CHUNK_POINTS = 1024;
/** A chunk below this is taken into the next cut, when that brings at least a quarter as many points. */
const SMALL = 512;
/** A chunk below this is kept in the catalogue: in the points file it would soon be a hole. */
const INLINE = 256;

/**
 * How many of a series' chunks stay as they are when points come to it. Chunks at the end that these points fall into,
 * for they came late, are cut anew, and so is a small last one. A chunk that waits until a quarter as many points have
 * come is written a few times at the most, however slowly they come.
 * @param points at least one; ascending by step
 */
export function keptChunks(chunks: readonly ChunkPlace[], points: readonly PointColumns[]): number {
  const [first] = points[0].steps;
  let kept = chunks.length;
  let count = points.reduce((sum, { steps }) => sum + steps.length, 0);
  while (kept > 0) {
    const chunk = chunks[kept - 1];
    const overlaps = lastStepOf(chunk) > first;
    const small = chunk.count < SMALL && chunk.count <= 4 * count;
    if (!overlaps && !small) break;
    count += chunk.count;
    kept--;
  }
  return kept;
}

/**
 * Cuts points, the old ones first, into chunks of about the same length, and appends them to `out`, but for a small
 * one, which is left to the catalogue.
 * @param start where in the file `out` begins
 * @param axes packs the steps and times of all series of a run
 */
export function cutChunks(
  owner: ChunkOwner,
  parts: readonly PointColumns[],
  out: ByteWriter,
  start: number,
  axes = new AxisPacker(),
): ChunkPlace[] {
  const points = sortedBySteps(concatenated(parts));
  const total = points.steps.length;
  const pieces = Math.max(1, Math.round(total / CHUNK_POINTS));
  return Array.from({ length: pieces }, (_, i): ChunkPlace => {
    const [from, to] = [Math.floor((i * total) / pieces), Math.floor(((i + 1) * total) / pieces)];
    const piece = {
      steps: points.steps.subarray(from, to),
      times: points.times.subarray(from, to),
      values: points.values.subarray(from, to),
    };
    const known = { count: to - from, nodes: nodesOf(piece), times: chunkTimes(piece.times) };
    if (to - from < INLINE) {
      const own = new ByteWriter();
      const length = encodeChunk(own, owner, piece, axes);
      return { offset: null, length, ...known, bytes: own.bytes.slice() };
    }
    const offset = start + out.length;
    return { offset, length: encodeChunk(out, owner, piece, axes), ...known, bytes: null };
  });
}
