import type { Piece } from './queue.ts';

/** Lines of one frame, and about how many bytes it may have; points are lines of so many bytes. */
const FRAME_LINES = 8192;
const FRAME_BYTES = 512 * 1024;
const POINT_BYTES = 24;

/** A file with lines to go. */
export interface Voice {
  /** The last line that the server has; null: it has not been asked, and nothing goes. */
  readonly have: number | null;
  /** Seconds since 1970 of the next line; -Infinity: the file does not say. */
  readonly time: number;
  /** Whether nothing read is left, and whether there may be more in the file. */
  readonly empty: boolean;
  readonly hungry: boolean;
  /** Whether lines wait to go. */
  speaks(): boolean;
  take(most: number, upto: number, below: number): Piece;
}

export interface Merged<V extends Voice> {
  readonly pieces: readonly { readonly voice: V; readonly piece: Piece }[];
  readonly bytes: number;
}

/**
 * Takes the next lines of several files in the order of their times; of those as early, the first file's. Ends where a
 * frame is full, or where the next line of a file is still to be read: it may be earlier than those of the others.
 */
export function merge<V extends Voice>(voices: readonly V[]): Merged<V> {
  const pieces: { voice: V; piece: Piece }[] = [];
  let bytes = 0;
  let lines = 0;
  while (lines < FRAME_LINES && bytes < FRAME_BYTES) {
    const voice = earliest(voices);
    if (voice === null) break;
    const piece = voice.take(FRAME_LINES - lines, ...limits(voices, voice));
    pieces.push({ voice, piece });
    lines += piece.last - piece.first + 1;
    bytes += piece.kind === 'lines' ? piece.characters : POINT_BYTES * (piece.to - piece.from);
    if (voice.empty && voice.hungry) break;
  }
  return { pieces, bytes };
}

const ready = (voice: Voice) => voice.have !== null && voice.speaks();

/** The file whose next line is the earliest; the first of those as early. null: none has any. */
function earliest<V extends Voice>(voices: readonly V[]): V | null {
  let found: V | null = null;
  for (const voice of voices) if (ready(voice) && (found === null || voice.time < found.time)) found = voice;
  return found;
}

/** How late lines of a file may be that go before those of the others: up to, and below. */
function limits(voices: readonly Voice[], one: Voice): [number, number] {
  let upto = Infinity;
  let below = Infinity;
  let before = true;
  for (const voice of voices) {
    if (voice === one) before = false;
    else if (!ready(voice)) continue;
    else if (before) below = Math.min(below, voice.time);
    else upto = Math.min(upto, voice.time);
  }
  return [upto, below];
}
