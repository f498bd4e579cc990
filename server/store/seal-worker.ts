import { parentPort, workerData } from 'node:worker_threads';
import type { SealAnswer } from './seal-thread.ts';
import { Sealer } from './sealer.ts';

/** The thread's side of seal-thread.ts. */
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
