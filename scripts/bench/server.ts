import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** A server of the bench's own, in its own process, and a folder that goes with it. */
export interface BenchServer {
  readonly url: string;
  readonly folder: string;
  readonly pid: number;
  /** Ends the server and removes the folder. */
  close(): Promise<void>;
}

/**
 * Starts the built server on a free port of loopback, with an empty data folder. TIDEMARK_BENCH_NODE holds options
 * for its Node: `--cpu-prof` for a profile.
 */
export async function startServer(): Promise<BenchServer> {
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-bench-'));
  const main = join(import.meta.dirname, '../../server/main.js');
  const child = spawn(
    process.execPath,
    [
      ...(process.env.TIDEMARK_BENCH_NODE?.split(' ') ?? []),
      main,
      'serve',
      '--port',
      '0',
      '--data',
      join(folder, 'data'),
    ],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  const exited = once(child, 'exit');
  for await (const line of createInterface(child.stdout)) {
    const url = /serving (http\S+)/.exec(line)?.[1];
    if (url === undefined) continue;
    child.stdout.resume();
    return {
      url,
      folder,
      pid: child.pid!,
      async close() {
        child.kill('SIGTERM');
        await exited;
        rmSync(folder, { recursive: true, force: true });
      },
    };
  }
  throw new Error('server: must say where it serves, but ended');
}
