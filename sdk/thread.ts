import { existsSync, writeSync } from 'node:fs';
import { MessageChannel, receiveMessageOnPort, Worker, type MessagePort } from 'node:worker_threads';
import type { Complain } from './flatten.ts';
import { WORD, type Letter, type Post } from './mailbox.ts';
import { Sender } from './sender.ts';

/** The training thread's hold on the sender. */
export interface SenderHandle {
  /** Its end of the channel; it does not keep the process alive until someone listens to it. */
  readonly port: MessagePort;
  /** Blocks, for so many seconds at most, until `finish` was answered: for a process about to exit. */
  readonly waitFinished: (seconds: number) => void;
  /** Resolves when the sender will say no more. */
  readonly died: Promise<void>;
}

/**
 * Starts the sender in a thread of its own, so that a training loop which computes for minutes without returning to
 * its event loop neither delays its points nor misses a stop. Where the thread's file is not to be had, because the
 * SDK runs from its sources or was bundled, the sender shares the training's thread.
 * @param onFailure told when the thread died
 */
export function startSender(post: Post, onFailure: (error: Error) => void): SenderHandle {
  const file = new URL('./worker.js', import.meta.url);
  return file.protocol === 'file:' && existsSync(file) ? inThread(file, post, onFailure) : besides(post);
}

function inThread(file: URL, post: Post, onFailure: (error: Error) => void): SenderHandle {
  const { port1: port, port2 } = new MessageChannel();
  const words = new Int32Array(post.words);
  const worker = new Worker(file, {
    workerData: { post, port: port2 },
    transferList: [port2],
    execArgv: [], // the trainer's loaders and hooks are none of the sender's
    name: 'tidemark',
  });
  worker.on('error', onFailure);
  const died = new Promise<void>((resolve) => void worker.once('exit', () => resolve()));
  worker.unref();
  const waitFinished = (seconds: number): void => void Atomics.wait(words, WORD.finished, 0, seconds * 1000);
  return { port, waitFinished, died };
}

/** Blocking would block the sender as well: at the exit it writes to the spool file what it was not yet given. */
function besides(post: Post): SenderHandle {
  const { port1: port, port2 } = new MessageChannel();
  const sender = new Sender(post, port2, warnOnce());
  port2.unref();
  const waitFinished = (): void => {
    for (let received; (received = receiveMessageOnPort(port2)) !== undefined;)
      sender.take(received.message as Letter);
    sender.flush(true);
  };
  return { port, waitFinished, died: new Promise(() => undefined) };
}

/** Its file number; a worker's own `process.stderr` has none and goes through the training thread. */
const STANDARD_ERROR = 2;

/** Warns on standard error, once for each code. Synchronous: a busy training thread prints nothing for its workers. */
export function warnOnce(print: (text: string) => void = printNow): Complain {
  const said = new Set<string>();
  return (code, message) => {
    if (said.has(code)) return;
    said.add(code);
    print(`tidemark: ${message}\n`);
  };
}

function printNow(text: string): void {
  try {
    writeSync(STANDARD_ERROR, text);
  } catch {
    // Standard error is closed or full: there is nobody to tell.
  }
}
