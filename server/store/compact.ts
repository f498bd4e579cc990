import { closeSync, fdatasyncSync, fsyncSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs';
import { blocksOf, type ChunkPlace } from './block.ts';
import type { Catalogue } from './catalogue.ts';
import { pointsFile } from './run-folder.ts';

/** Share of a points file that must be holes before they are closed. */
const WORTH = 0.05;

/** What has just been done; a kill may come behind each. */
export type CompactStep = 'copied' | 'synced' | 'switched' | 'truncated';

/**
 * Closes the holes in a run's points file, which small and late chunks have left, when they are worth it.
 *
 *     [a ░ b ░░ c] ─▶ [a ░ b ░░ c a b c] ─▶ [░░░░░░░░ a b c] ─▶ [a b c ░░ a b c] ─▶ [a b c]
 *                copy, sync       one transaction        copy, sync       transaction, cut
 *
 * Only bytes that the catalogue does not speak of are written over, so killed at any byte every chunk is where the
 * catalogue says. Nobody may read the file meanwhile. It needs room for the chunks once more.
 * @param done hears of each step
 * @returns bytes that were given back
 */
export function compactRun(
  folder: string,
  catalogue: Catalogue,
  run: string,
  done: (step: CompactStep) => void = () => undefined,
): number {
  const end = catalogue.end(run);
  const filed = catalogue.allChunks(run).flatMap(({ chunks }) => chunks.filter(isFiled));
  const live = filed.reduce((sum, { length }) => sum + length, 0);
  if (end - live <= WORTH * end) return 0;
  const file = openSync(pointsFile(folder, run), 'r+');
  try {
    const first = filed.reduce((least, { offset }) => Math.min(least, offset), Infinity);
    // A compaction that was killed half way may have made room at the front already.
    if (first < live) move(catalogue, run, file, end, done);
    move(catalogue, run, file, 0, done);
    ftruncateSync(file, live);
    fsyncSync(file);
    done('truncated');
  } finally {
    closeSync(file);
  }
  return end - live;
}

type Filed = ChunkPlace & { readonly offset: number };

function isFiled(place: ChunkPlace): place is Filed {
  return place.offset !== null;
}

/** Copies every chunk of the run's file, one behind the other, to where nothing is, and then says that they are there. */
function move(
  catalogue: Catalogue,
  run: string,
  file: number,
  start: number,
  done: (step: CompactStep) => void,
): void {
  let end = start;
  const moved = catalogue.allChunks(run).map(({ series, attempt, chunks }) => ({
    series,
    attempt,
    blocks: blocksOf(
      chunks.map((place) => {
        if (!isFiled(place)) return place;
        copy(file, place.offset, end, place.length);
        end += place.length;
        return { ...place, offset: end - place.length };
      }),
    ),
  }));
  done('copied');
  fdatasyncSync(file);
  done('synced');
  catalogue.transaction(() => {
    for (const { series, attempt, blocks } of moved) catalogue.putBlocks(run, series, attempt, 0, blocks);
    catalogue.putEnd(run, end);
  });
  done('switched');
}

function copy(file: number, from: number, to: number, length: number): void {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length;) {
    const read = readSync(file, bytes, at, length - at, from + at);
    // Cut short by something else: what is there is kept, and its checksum tells.
    if (read === 0) break;
    at += read;
  }
  for (let at = 0; at < length;) at += writeSync(file, bytes, at, length - at, to + at);
}
