import { type ReadonlySignal, signal } from '@preact/signals';
import type * as all from './late.ts';

/** What the page loads late, once its first chart is there. */
export type LateParts = typeof all;

const loaded = signal<LateParts | null>(null);
let asked = false;

/** null until it is loaded. */
export const lateParts: ReadonlySignal<LateParts | null> = loaded;

/** Loads it, the first time that it is called. @param failed told where the server has it no more */
export function loadLate(failed: (error: unknown) => void): void {
  if (asked) return;
  asked = true;
  import('./late.ts').then((parts) => (loaded.value = parts), failed);
}
