import { existsSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { type Hurried, hurriedFlag, hurry } from './rests.ts';
import { Sealer, type Sealed } from './sealer.ts';

/** Seals segments of the journal, one after the other. */
export interface SealThread {
  /** Resolves when the segment is sealed; rejects when it could not be, and nothing of it is. */
  seal(segment: number): Promise<Sealed>;
  /** Lets what is being sealed be sealed without rests. */
  hurry(): void;
  close(): Promise<void>;
}

/**
 * Starts sealing in a thread of its own, so that neither the server's loop nor a commit waits for it. Where the
 * thread's file is not to be had, because the server runs from its sources, it is done in the caller's thread.
 */
export function openSealThread(folder: string): SealThread {
  const file = new URL('./seal-worker.js', import.meta.url);
  return file.protocol === 'file:' && existsSync(file) ? inThread(file, folder) : besides(folder);
}

function besides(folder: string): SealThread {
  let sealer: Sealer | null = null;
  return {
    // eslint-disable-next-line @typescript-eslint/require-await -- a throw is to be a rejection
    seal: async (segment) => (sealer ??= new Sealer(folder)).seal(segment),
    hurry: () => undefined,
    close: async () => sealer?.close(),
  };
}

/** What the thread is begun with. */
export interface SealData {
  readonly folder: string;
  readonly hurried: Hurried;
}

/** What the thread answers. */
export type SealAnswer = { readonly sealed: Sealed } | { readonly error: Error };

function inThread(file: URL, folder: string): SealThread {
  const hurried = hurriedFlag();
  const workerData: SealData = { folder, hurried };
  let worker: Worker | null = null;
  let settle: ((answer: SealAnswer) => void) | null = null;
  const start = (): Worker => {
    const started = new Worker(file, { workerData, name: 'tidemark seal' });
    started.on('message', (answer: SealAnswer) => settle?.(answer));
    started.on('error', (error) => {
      worker = null;
      settle?.({ error });
    });
    started.unref();
    return started;
  };
  return {
    async seal(segment) {
      hurry(hurried, false);
      const thread = (worker ??= start());
      const answered = new Promise<SealAnswer>((resolve) => (settle = resolve));
      // Who waits for a seal is kept alive by it; an idle thread keeps nobody.
      thread.ref();
      thread.postMessage(segment);
      const answer = await answered;
      thread.unref();
      settle = null;
      if ('error' in answer) throw answer.error;
      return answer.sealed;
    },
    hurry: () => hurry(hurried),
    async close() {
      await worker?.terminate();
      worker = null;
    },
  };
}
