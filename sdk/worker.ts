import { workerData, type MessagePort } from 'node:worker_threads';
import type { Post } from './mailbox.ts';
import { Sender } from './sender.ts';
import { warnOnce } from './thread.ts';

/** The sender's thread. */
const { post, port } = workerData as { post: Post; port: MessagePort };
new Sender(post, port, warnOnce());
