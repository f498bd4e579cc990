import { statSync } from 'node:fs';
import type { Kept } from '../store/catalogue.ts';
import { pointsFile } from '../store/run-folder.ts';

/** Bytes on disk of a run that are sealed. */
export function usageOf(kept: Kept, folder: string, run: string): number {
  const points = statSync(pointsFile(folder, run), { throwIfNoEntry: false })?.size ?? 0;
  return points + kept.sizeOf(run);
}
