import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { BacktestRequest, Score } from '../../shared/backtest.ts';
import { ROOT } from '../version.ts';

/**
 * Backtests the stored runs of a data folder in a process of its own, so that a server goes on taking points.
 * @throws BadRequest when the request names a detector or parameter that there is not
 */
export async function backtestStored(
  data: string,
  { detector, runs = [], set = {} }: BacktestRequest,
): Promise<Score[]> {
  const args = ['backtest', data, '--json'];
  if (detector !== undefined) args.push('--detector', detector);
  for (const run of runs) args.push('--run', run);
  for (const [name, values] of Object.entries(set)) args.push('--set', `${name}=${values.join(',')}`);
  const child = spawn(process.execPath, [join(ROOT, 'dist/bundle/main.js'), ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [output, errors] = await Promise.all([text(child.stdout), text(child.stderr)]);
  if (child.exitCode === null) await once(child, 'exit');
  if (child.exitCode === 2) throw new BadRequest(errors.trim().replace(/^tidemark: /, ''));
  if (child.exitCode !== 0) throw new Error(`backtest: ended with ${child.exitCode}: ${errors}`);
  return output
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Score);
}

/** A request that names something that there is not. */
export class BadRequest extends Error {
  override readonly name = 'BadRequest';
}
