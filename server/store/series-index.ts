import { type ChunkPlace, pointsIn } from './block.ts';
import { keptSpan, type TimeSpan } from './chunk-times.ts';
import { COUNT, FIRST, LAST, mergeNode, ODD_COUNT, WIDTH } from './nodes.ts';
import { isAscending, levelsOf } from './pyramid.ts';

/** Sealed points of a series in one attempt, without the points themselves. */
export interface SeriesIndex {
  readonly chunks: readonly ChunkPlace[];
  /**
   * A node for each chunk, then levels of fewer and larger ones. By steps; and by times, where those never fall. Where
   * they do, by times there are the chunks' nodes alone, and such a chunk's begins and ends where its times do.
   */
  readonly levels: readonly (readonly Float64Array[])[];
  readonly count: number;
  /** Chunks of whose times nothing is known: their nodes by time reach everywhere, until somebody looks. */
  readonly unknown: readonly number[];
}

export function indexOf(chunks: readonly ChunkPlace[]): SeriesIndex {
  // One array for all: ten thousand small ones would cost more than what is put into them.
  const summary = noNodes(chunks.length);
  const falling: number[] = [];
  for (let chunk = 0, at = 0; chunk < chunks.length; chunk++, at += WIDTH) {
    const { nodes, times } = chunks[chunk];
    for (let node = 0; node < nodes.length; node += WIDTH) mergeNode(summary, at, nodes, node);
    if (times !== 'rising') falling.push(chunk);
  }
  const levels = levelsOf(summary);
  const rises = falling.length === 0 && isAscending(summary, 1);
  return {
    chunks,
    levels: [levels, rises ? levels : [byTime(summary, chunks, falling)]],
    count: pointsIn(summary),
    unknown: falling.filter((chunk) => chunks[chunk].times === 'unknown'),
  };
}

/** Where the times of a chunk are, as far as that is known; null: they rise, and its nodes tell. */
export function spanWhereFalling({ times, nodes }: ChunkPlace): TimeSpan | null {
  if (times === 'rising') return null;
  return times === 'unknown' ? keptSpan(nodes) : times;
}

/** The same nodes, with those of falling chunks where their times are. */
function byTime(
  summary: Float64Array,
  chunks: readonly ChunkPlace[],
  falling: readonly number[],
): Float64Array {
  const nodes = summary.slice();
  for (const chunk of falling) {
    const { times } = chunks[chunk];
    const known = typeof times === 'object' ? times : { least: -Infinity, greatest: Infinity };
    nodes[chunk * WIDTH + FIRST + 1] = known.least;
    nodes[chunk * WIDTH + LAST + 1] = known.greatest;
  }
  return nodes;
}

/** So many nodes of no points. */
function noNodes(count: number): Float64Array {
  const nodes = new Float64Array(count * WIDTH).fill(NaN);
  for (let node = 0; node < nodes.length; node += WIDTH) nodes[node + COUNT] = nodes[node + ODD_COUNT] = 0;
  return nodes;
}
