import type { Stop } from '../shared/answers.ts';
import type { NumberedLine } from './line-writer.ts';
import type { Settings } from './settings.ts';

/**
 * What passes between the training thread and the sender's: letters one way, replies the other, and a few words of
 * shared memory, which either can read without waiting for the other.
 */
export type Letter =
  | ({ readonly kind: 'line' } & NumberedLine)
  /** Everything was said: deliver it, within so many seconds. */
  | { readonly kind: 'finish'; readonly timeout: number };

export type Reply =
  | { readonly kind: 'stop'; readonly stop: Stop }
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
  /** Lines that the sender has taken, modulo 2³². */
  taken: 0,
  /** Lines lost: refused by the server, or beyond what the spool file may hold. */
  dropped: 1,
  /** `stop` replies posted. */
  stops: 2,
  /** 1 once a `finish` was answered. A thread that must not return to its event loop can wait for it. */
  finished: 3,
} as const;

export function newWords(): SharedArrayBuffer {
  return new SharedArrayBuffer(Object.keys(WORD).length * Int32Array.BYTES_PER_ELEMENT);
}
