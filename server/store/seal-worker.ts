import { setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import type { SealAnswer, SealData } from './seal-thread.ts';
import { Rests } from './rests.ts';
import { Sealer } from './sealer.ts';

/** The thread's side of seal-thread.ts. */
/** Niceness: trainers and viewers come first, but a third of a core is left to it where both are busy. */
const BEHIND = 5;

// Linux has priorities of threads; elsewhere it would be the whole server's.
if (process.platform === 'linux') setPriority(BEHIND);

const { folder, hurried } = workerData as SealData;
const rests = new Rests(hurried);
const sealer = new Sealer(folder, rests.take);

parentPort?.on('message', (segment: number) => {
  let answer: SealAnswer;
  rests.begin();
  try {
    answer = { sealed: sealer.seal(segment) };
  } catch (error) {
    answer = { error: error as Error };
  }
  parentPort?.postMessage(answer);
});
