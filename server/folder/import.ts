import { createReadStream } from 'node:fs';
import { LIMITS } from '../../shared/limits.ts';
import { openGate } from '../gate/gate.ts';
import { openMonitor } from '../monitor.ts';
import { NO_SETTINGS } from '../settings/config-file.ts';
import { openStore } from '../store/store.ts';

/** Characters of lines that are taken together. */
const BODY = 2 * 1024 * 1024;

export interface Imported {
  /** Lines taken, `run` lines not counted. */
  readonly lines: number;
  /** What was refused, in words. */
  readonly refused: readonly string[];
}

/**
 * Takes files of lines into a data folder, as if their trainers had sent them: detectors see them, lines that are there
 * already, by their numbers, are passed over.
 * @throws when a server has the folder open, a file cannot be read, or the folder cannot be written to
 */
export async function importLines(
  folder: string,
  files: readonly string[],
  warn: (message: string) => void,
): Promise<Imported> {
  const now = () => Date.now() / 1000;
  const monitor = await openMonitor((hooks) => openStore(folder, { warn, ...hooks }), { now, warn });
  const gate = openGate(monitor, {
    limits: LIMITS,
    now,
    graceMs: 1e9,
    httpGraceMs: 1e9,
    settings: NO_SETTINGS,
  });
  let lines = 0;
  const refused: string[] = [];
  try {
    for (const file of files) {
      let hello = '';
      let body: string[] = [];
      let length = 0;
      const send = async () => {
        for (const answer of await gate.post(body.join('\n'))) {
          if (answer.kind !== 'error') continue;
          if (answer.code === 'store-failed') throw new Error(`import: ${answer.message}`);
          refused.push(`${file}: ${answer.message}`);
        }
        body = hello === '' ? [] : [hello];
        length = 0;
      };
      for await (const line of linesOf(file)) {
        if (isHello(line)) hello = line;
        else lines++;
        body.push(line);
        length += line.length;
        if (length > BODY) await send();
      }
      await send();
    }
  } finally {
    gate.close();
    await monitor.close();
  }
  return { lines: Math.max(0, lines - refused.length), refused };
}

/** The lines of a file that say something. They end at line feeds only: a text within may have other line breaks. */
async function* linesOf(file: string): AsyncGenerator<string> {
  let rest = '';
  for await (const piece of createReadStream(file, 'utf8') as AsyncIterable<string>) {
    const lines = (rest + piece).split('\n');
    rest = lines.pop()!;
    for (const line of lines) if (line.trim() !== '') yield line;
  }
  if (rest.trim() !== '') yield rest;
}

/** Whether a line is a `run` line, which those behind it belong to. */
function isHello(line: string): boolean {
  if (!/"kind"\s*:\s*"run"/.test(line)) return false;
  try {
    return (JSON.parse(line) as { kind?: unknown } | null)?.kind === 'run';
  } catch {
    return false; // refused for what it is
  }
}
