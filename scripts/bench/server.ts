import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** A server in its own process. */
export interface Serving {
  readonly url: string;
  readonly pid: number;
  /** Whether it has not ended, by itself or else. */
  running(): boolean;
  /** Ends it as SIGTERM does. */
  end(): Promise<void>;
  /** Ends it at once, without a chance to tidy up. */
  kill(): Promise<void>;
}

/** A server of the bench's own, and a folder that goes with it. */
export interface BenchServer extends Serving {
  readonly folder: string;
  /** Ends the server and removes the folder. */
  close(): Promise<void>;
}

/** Starts the built server on a free port of loopback, with an empty data folder. */
export async function startServer(): Promise<BenchServer> {
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-bench-'));
  const serving = await serve(join(folder, 'data'));
  return {
    ...serving,
    folder,
    async close() {
      await serving.end();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** What `npm start` has Node do: no more threads of V8's than there are processors. */
export const NODE_OPTIONS = ['--v8-pool-size=0'];

/** Starts the built server on a data folder. TIDEMARK_BENCH_NODE holds options for its Node: `--cpu-prof` for a profile. */
export async function serve(data: string): Promise<Serving> {
  const options = process.env.TIDEMARK_BENCH_NODE?.split(' ') ?? [];
  // A profile tells parts by their files, which the bundle has not.
  const main = join(import.meta.dirname, '../..', options.length > 0 ? 'server' : 'bundle', 'main.js');
  const args = [...NODE_OPTIONS, ...options, main, 'serve', '--port', '0', '--data', data];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  // A bench that fails leaves no server behind.
  process.once('exit', () => child.kill('SIGKILL'));
  const end = async (signal: 'SIGTERM' | 'SIGKILL') => {
    child.kill(signal);
    await exited;
  };
  for await (const line of createInterface(child.stdout)) {
    const url = /serving (http\S+)/.exec(line)?.[1];
    if (url === undefined) continue;
    child.stdout.resume();
    return {
      url,
      pid: child.pid!,
      running: () => child.exitCode === null && child.signalCode === null,
      end: () => end('SIGTERM'),
      kill: () => end('SIGKILL'),
    };
  }
  throw new Error('server: must say where it serves, but ended');
}
