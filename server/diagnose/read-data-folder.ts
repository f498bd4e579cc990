import { openReadOnly } from '../store/read-only.ts';
import { type Recording, UnusableFile } from './recording.ts';
import { storedInputs } from './stored-inputs.ts';

/**
 * Reads the runs of a server's data folder, named by their ids; also while the server runs, for nothing is changed.
 * @throws UnusableFile when a file of it is damaged, or it holds no run
 */
export async function readDataFolder(path: string): Promise<Recording[]> {
  const unusable = (error: unknown): never => {
    throw new UnusableFile((error as Error).message);
  };
  const stored = await openReadOnly(path).catch(unusable);
  try {
    if (stored.runs.size === 0) throw new UnusableFile(`${path}: must hold a run, got none`);
    const recordings: Recording[] = [];
    for (const run of stored.runs.keys())
      recordings.push({
        run,
        path,
        inputs: await storedInputs(stored, run).catch(unusable),
        remarks: [],
      });
    return recordings;
  } finally {
    await stored.close();
  }
}
