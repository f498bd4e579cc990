import { ByteReader, ByteWriter } from './bytes.ts';
import type { ChunkTimes } from './chunk-times.ts';
import { COUNT, FIRST, LAST, NODE_POINTS, packNodes, unpackNodes, WIDTH } from './nodes.ts';

/** Where a chunk is, and what is known of it without reading it. */
export interface ChunkPlace {
  /** Bytes from the start of the run's points file; null: it is small, and kept in the catalogue itself. */
  readonly offset: number | null;
  /** Its length in bytes. */
  readonly length: number;
  /** Its points. */
  readonly count: number;
  /** The nodes of its points; see nodes.ts. */
  readonly nodes: Float64Array;
  readonly times: ChunkTimes;
  /** The chunk itself, when it is kept in the catalogue. */
  readonly bytes: Uint8Array | null;
}

export function firstStepOf({ nodes }: ChunkPlace): number {
  return nodes[FIRST];
}

export function lastStepOf({ nodes }: ChunkPlace): number {
  return nodes[nodes.length - WIDTH + LAST];
}

/**
 * Bytes of a block that is not added to any more: what fits into one page of the catalogue, where a larger value
 * takes whole pages.
 */
const FULL = 3_600;

/** Packs chunks of a series, in their order, into blocks of about a page. */
export function blocksOf(chunks: readonly ChunkPlace[]): Uint8Array[] {
  const blocks: Uint8Array[] = [];
  for (let from = 0; from < chunks.length;) {
    let to = Math.min(chunks.length, from + FEW);
    let packed = packBlock(chunks.slice(from, to));
    while (to < chunks.length && packed.length < FULL) {
      // As many more as take up most of the room, going by those before: each try packs all of them.
      const room = (FULL / packed.length - 1) * (to - from);
      to = Math.min(chunks.length, to + Math.max(1, Math.floor(room * 0.9)));
      packed = packBlock(chunks.slice(from, to));
    }
    blocks.push(packed);
    from = to;
  }
  return blocks;
}

/** Chunks that are sure to fit into a block. */
const FEW = 16;

/**
 * Packs neighbouring chunks' places and nodes:
 *
 *     whole chunks · for each: whole length, whole offset + 1 or 0, whole points · nodes · small chunks themselves
 *     · whole chunks whose times do not rise · for each: whole place here, float64 least, float64 greatest time
 *
 * The last line is not there in blocks of releases that did not look at times, and those releases pass over it. A time
 * of NaN: it is not known.
 */
export function packBlock(chunks: readonly ChunkPlace[]): Uint8Array {
  const out = new ByteWriter();
  out.whole(chunks.length);
  for (const { length, offset, count } of chunks) {
    out.whole(length);
    out.whole(offset === null ? 0 : offset + 1);
    out.whole(count);
  }
  packNodes(out, joined(chunks.map(({ nodes }) => nodes)));
  for (const { bytes } of chunks) if (bytes) out.put(bytes);
  const falling = chunks.flatMap(({ times }, place) => (times === 'rising' ? [] : [{ place, times }]));
  out.whole(falling.length);
  for (const { place, times } of falling) {
    out.whole(place);
    out.float64(times === 'unknown' ? NaN : times.least);
    out.float64(times === 'unknown' ? NaN : times.greatest);
  }
  return out.bytes.slice();
}

export function unpackBlock(bytes: Uint8Array): ChunkPlace[] {
  const from = new ByteReader(bytes);
  const heads = Array.from({ length: from.whole() }, () => {
    const [length, offset, count] = [from.whole(), from.whole(), from.whole()];
    return { length, offset: offset === 0 ? null : offset - 1, count };
  });
  const widths = heads.map(({ count }) => Math.ceil(count / NODE_POINTS));
  const nodes = unpackNodes(
    from,
    widths.reduce((sum, width) => sum + width, 0),
  );
  const small = heads.map(({ length, offset }) => (offset === null ? from.take(length).slice() : null));
  const times = unpackTimes(from, heads.length);
  let at = 0;
  return heads.map(({ length, offset, count }, i) => {
    // A view as `subarray` gives, at a fraction of its cost: a long series has ten thousand of them.
    const own = new Float64Array(nodes.buffer, at * WIDTH * 8, widths[i] * WIDTH);
    at += widths[i];
    return { length, offset, count, nodes: own, times: times[i], bytes: small[i] };
  });
}

function unpackTimes(from: ByteReader, count: number): ChunkTimes[] {
  if (from.at === from.bytes.length) return new Array<ChunkTimes>(count).fill('unknown');
  const times = new Array<ChunkTimes>(count).fill('rising');
  for (let left = from.whole(); left > 0; left--) {
    const [place, least, greatest] = [from.whole(), from.float64(), from.float64()];
    times[place] = Number.isNaN(least) ? 'unknown' : { least, greatest };
  }
  return times;
}

/** Nodes one behind the other. */
export function joined(parts: readonly Float64Array[]): Float64Array {
  const all = new Float64Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** Points that nodes stand for. */
export function pointsIn(nodes: Float64Array): number {
  let sum = 0;
  for (let node = 0; node < nodes.length; node += WIDTH) sum += nodes[node + COUNT];
  return sum;
}
