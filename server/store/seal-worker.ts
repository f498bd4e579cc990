import { setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import type { SealAnswer } from './seal-thread.ts';
import { Sealer } from './sealer.ts';

/** The thread's side of seal-thread.ts. */
/** Niceness: trainers and viewers come first, but a third of a core is left to it where both are busy. */
const BEHIND = 5;

// Linux has priorities of threads; elsewhere it would be the whole server's.
if (process.platform === 'linux') setPriority(BEHIND);

const sealer = new Sealer(workerData as string);

parentPort?.on('message', (segment: number) => {
  let answer: SealAnswer;
  try {
    answer = { sealed: sealer.seal(segment) };
  } catch (error) {
    answer = { error: error as Error };
  }
  parentPort?.postMessage(answer);
});
