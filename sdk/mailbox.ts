import type { Stop } from '../shared/answers.ts';
import type { NumberedBlock } from './columns.ts';
import type { NumberedLine } from './line-writer.ts';
import type { Settings } from './settings.ts';

/**
 * What passes between the training thread and the sender's: letters one way, replies the other, and a few words of
 * shared memory, which either can read without waiting for the other.
 */
export type Letter =
  | Written
  /** Answer once there is room for more. */
  | { readonly kind: 'room' }
  /** Everything was said: deliver it, within so many seconds. */
  | { readonly kind: 'finish'; readonly timeout: number };

/** A line, or a block that is to become one: its frame is handed over, not copied. */
export type Written =
  ({ readonly kind: 'line' } & NumberedLine) | ({ readonly kind: 'block' } & NumberedBlock);

export type Reply =
  | { readonly kind: 'stop'; readonly stop: Stop }
  /** The answers to `room`, in their order. */
  | { readonly kind: 'room' }
  /** The answer to `finish`. `kept`: the spool file with what could not be delivered, if there is any. */
  | { readonly kind: 'finished'; readonly kept: string | null };

/** What the sender is started with. */
export interface Post {
  readonly settings: Settings;
  /** Writers of this process that have not ended. */
  readonly living: readonly string[];
  readonly words: SharedArrayBuffer;
}

/** Indices of the shared Int32 words. */
export const WORD = {
  /** Lines that the sender has written to the spool file, modulo 2³². */
  taken: 0,
  /** Their `weight`, modulo 2³². */
  weight: 1,
  /** Lines lost: refused by the server, or beyond what the spool file may hold. */
  dropped: 2,
  /** `stop` replies posted. */
  stops: 3,
  /** 1 once a `finish` was answered. A thread that must not return to its event loop can wait for it. */
  finished: 4,
} as const;

/** Bytes in a unit of weight: a word counts to 128 GB. */
export const WEIGHT_UNIT = 64;

/** What a letter weighs on its way, in units of 64 bytes. */
export function weightOf(letter: Written): number {
  return Math.ceil((letter.kind === 'line' ? letter.text.length : letter.frame.byteLength) / WEIGHT_UNIT);
}

export function newWords(): SharedArrayBuffer {
  return new SharedArrayBuffer(Object.keys(WORD).length * Int32Array.BYTES_PER_ELEMENT);
}
