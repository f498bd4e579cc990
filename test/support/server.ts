import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const MAIN = join(import.meta.dirname, '../../dist/bundle/main.js');

/** A real server in a process of its own. */
export interface ServerProcess {
  readonly url: string;
  readonly process: ChildProcess;
  /** What it has printed so far, by line. */
  readonly output: readonly string[];
  /** Sends the signal and resolves with the exit code, null after a kill. */
  end(signal?: NodeJS.Signals): Promise<number | null>;
}

/** Starts the built server on a free port, or on `port`, and resolves when it serves. */
export async function startServer(
  data: string,
  { port = 0, args = [] as string[] } = {},
): Promise<ServerProcess> {
  const child = spawn(process.execPath, [MAIN, 'serve', '--port', String(port), '--data', data, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output: string[] = [];
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  const exited = once(child, 'exit') as Promise<[number | null]>;
  const lines = createInterface(child.stdout);
  const ready = new Promise<string | undefined>((resolve) => {
    lines.on('line', (line) => {
      output.push(line);
      if (line.startsWith('tidemark: data')) resolve(/^tidemark: serving (\S+)/.exec(output[0])?.[1]);
    });
    lines.on('close', () => resolve(undefined));
  });
  const url = await ready;
  if (url !== undefined) {
    return {
      url,
      process: child,
      output,
      async end(signal = 'SIGTERM') {
        child.kill(signal);
        return (await exited)[0];
      },
    };
  }
  throw new Error(`the server must serve, but ended: ${errors}`);
}

/** A folder of the test's own, and its removal. */
export function temporaryFolder(): { path: string; remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), 'tidemark-test-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}
