import { join } from 'node:path';
import { pipelineInput } from '../pipeline-input.ts';
import type { PipelineInput } from '../pipeline/input.ts';
import { readJournal } from '../store/journal.ts';
import { runOf } from '../store/record.ts';
import { type Recording, UnusableFile } from './recording.ts';

/**
 * Reads the runs of a server's data folder, named by their ids; also while the server runs, for nothing is changed.
 * @throws UnusableFile when the journal is damaged, or holds no run
 */
export async function readDataFolder(path: string): Promise<Recording[]> {
  const inputs = new Map<string, PipelineInput[]>();
  await readJournal(join(path, 'journal'), (record) => {
    const input = pipelineInput(record);
    if (input === null) return;
    const found = inputs.get(runOf(record));
    if (found) found.push(input);
    else inputs.set(runOf(record), [input]);
  }).catch((error: unknown) => {
    throw new UnusableFile((error as Error).message);
  });
  if (inputs.size === 0) throw new UnusableFile(`${path}: must hold a run, got none`);
  return [...inputs].map(([run, found]) => ({ run, path, inputs: found, remarks: [] }));
}
