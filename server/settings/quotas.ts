import { readFile } from 'node:fs/promises';
import type { Quota } from '../gate/quota.ts';

/** What the holder of each token may send; tokens are told apart by their names. */
export type QuotaOf = (holder: string) => Quota;

const FREE: Quota = { points: null, runs: null };

/**
 * Reads the quotas in the configuration file, for every token and for single ones:
 *
 *     { "quotas": { "*": { "points": 200000, "runs": 50 }, "team-a": { "points": 1000000 } } }
 *
 * What a single token's entry leaves out is as for every token; where that says nothing too, there is no limit.
 * @throws when the file cannot be read or a quota is no whole number from 1
 */
export async function readQuotas(path: string): Promise<QuotaOf> {
  const content = JSON.parse(await readFile(path, 'utf8')) as { quotas?: Record<string, unknown> };
  const refuse = (field: string, rule: string, value: unknown): never => {
    throw new Error(`${path}: ${field}: must be ${rule}, got ${JSON.stringify(value)}`);
  };
  const quotas = new Map<string, Partial<Quota>>();
  for (const [holder, given] of Object.entries(content.quotas ?? {})) {
    if (typeof given !== 'object' || given === null) return refuse(`quotas/${holder}`, 'an object', given);
    for (const [name, value] of Object.entries(given as Record<string, unknown>)) {
      const field = `quotas/${holder}/${name}`;
      if (name !== 'points' && name !== 'runs') refuse(field, '"points" or "runs"', name);
      if (!Number.isSafeInteger(value) || Number(value) < 1) refuse(field, 'a whole number from 1', value);
    }
    quotas.set(holder, given);
  }
  const all = { ...FREE, ...quotas.get('*') };
  return (holder) => ({ ...all, ...quotas.get(holder) });
}
