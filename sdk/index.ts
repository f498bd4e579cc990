import { homedir, hostname } from 'node:os';
import { Run } from './run.ts';
import { settle, type InitOptions } from './settings.ts';
import { warnOnce } from './thread.ts';

/**
 * Starts following a run. Returns at once; the server is found in the background, and need not be there yet.
 *
 * ```ts
 * const run = init({ project: 'digits', config: { lr: 0.1 }, stop: 'best-epoch' });
 * for (let step = 0; step < 1000 && !run.shouldStop(); step++) run.log({ 'train/loss': train() }, { step });
 * await run.finish();
 * ```
 */
export function init(options: InitOptions = {}): Run {
  const warn = warnOnce();
  const clock = (): number => Date.now() / 1000;
  const settings = settle(
    options,
    {
      variables: process.env,
      home: homedir(),
      host: hostname(),
      pid: process.pid,
      now: clock(),
      random: Math.random,
    },
    warn,
  );
  return new Run(settings, clock, warn);
}

export type { Column, Columns } from './columns.ts';
export type { ColumnsPosition, LogPosition } from './line-writer.ts';
export type { Values } from './flatten.ts';
export { Run, type Definition, type FinishOptions, type StopRequest } from './run.ts';
export type { InitOptions, Mode } from './settings.ts';
