import { type ReadonlySignal, signal } from '@preact/signals';
import type * as all from './rest.ts';

/** What of the page is not looked at first, as rest.ts has it. */
export type Rest = typeof all;

const loaded = signal<Rest | null>(null);
let asked = false;

/** null until it is loaded. */
export const rest: ReadonlySignal<Rest | null> = loaded;

/** Loads it, the first time that it is called. @param failed told where the server has it no more */
export function loadRest(failed: (error: unknown) => void): void {
  if (asked) return;
  asked = true;
  import('./rest.ts').then((loading) => (loaded.value = loading), failed);
}
