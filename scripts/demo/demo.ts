import { fork, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PRESETS, type PresetName } from './presets.ts';
import type { Ended } from './train.ts';

export interface DemoOptions {
  /** The server to follow the trainings. */
  readonly url: string;
  /** Its writing token, where it asks for one. */
  readonly token?: string;
  /** Seconds that an epoch takes at least. Default: 1.5, about two minutes in all. */
  readonly pace?: number;
  /** Says a line to people. */
  readonly say?: (line: string) => void;
}

/**
 * Trains four networks at once, each in a process of its own, and each followed by the server at `url`. Resolves when
 * all have ended. SIGINT and SIGTERM end them early.
 */
export async function demo({ url, token, pace = 1.5, say = console.log }: DemoOptions): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'tidemark-demo-'));
  const environment = {
    ...process.env,
    TIDEMARK_URL: url,
    TIDEMARK_PROJECT: 'demo',
    TIDEMARK_DIR: dir,
    DEMO_PACE: String(pace),
    ...(token !== undefined && { TIDEMARK_TOKEN: token }),
  };
  const names = Object.keys(PRESETS) as PresetName[];
  const width = Math.max(...names.map((name) => name.length));
  say(`Four networks learn to read handwritten digits. Watch them at ${url}/`);
  for (const name of names) say(`  ${name.padEnd(width)}  ${PRESETS[name].story}`);

  const children: ChildProcess[] = [];
  const end = (): void => children.forEach((child) => child.kill('SIGTERM'));
  process.on('SIGINT', end).on('SIGTERM', end).on('exit', end);
  try {
    await Promise.all(
      names.map(async (name) => {
        const child = fork(fileURLToPath(new URL('./train.js', import.meta.url)), [name], {
          env: environment,
          execArgv: [],
        });
        children.push(child);
        say(`${name.padEnd(width)}  ${await ended(child)}`);
      }),
    );
    say(`All four have ended; their curves stay at ${url}/`);
  } finally {
    process.off('SIGINT', end).off('SIGTERM', end).off('exit', end);
    rmSync(dir, { recursive: true, force: true });
  }
}

/** How a training ended, in a line. */
function ended(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let line: string | null = null;
    child.on('message', ({ status, epochs, accuracy, reason }: Ended) => {
      const right = `tells ${(accuracy * 100).toFixed(1)} % of new digits right`;
      line = `${status} after ${epochs} epochs, ${right}${reason === undefined ? '' : `: ${reason}`}`;
    });
    child.on('error', reject);
    child.on('exit', (code, signal) => resolve(line ?? `ended by ${signal ?? `exit code ${code}`}`));
  });
}
