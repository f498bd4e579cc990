import { homedir } from 'node:os';
import { join } from 'node:path';
import { SEGMENT_BYTES } from './store/journal.ts';
import { LIMITS, type Limits } from '../shared/limits.ts';
import { DEFAULT_PORT } from '../shared/version.ts';

/** How a server is to be run. */
export interface Config {
  /** Address to bind to. */
  readonly host: string;
  /** Port to bind to; 0: any free one. */
  readonly port: number;
  /** Data folder. */
  readonly data: string;
  /** How long a trainer whose socket closed without an end may stay away before its run is lost, in ms. */
  readonly graceMs: number;
  /** The same for trainers that come by HTTP, in ms. */
  readonly httpGraceMs: number;
  /** How long an answer under way may take to be read once the server goes down, in ms. */
  readonly closeMs: number;
  readonly limits: Limits;
  /** Bytes of journal after which they are sealed into chunks. */
  readonly segmentBytes: number;
  /** Origins whose pages may show this server's page in a frame; none: no page may. */
  readonly embed: readonly string[];
  /** Configuration file; null: none. */
  readonly file: string | null;
}

export const DEFAULTS: Config = {
  host: '127.0.0.1',
  port: DEFAULT_PORT,
  data: join(homedir(), '.tidemark', 'data'),
  graceMs: 30_000,
  httpGraceMs: 300_000,
  closeMs: 5_000,
  limits: LIMITS,
  segmentBytes: SEGMENT_BYTES,
  embed: [],
  file: null,
};

/** Whether only this machine can reach the address. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host === '[::1]' || /^127(\.\d{1,3}){3}$/.test(host);
}
