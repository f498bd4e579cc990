import type { RunState } from '../../shared/frames.ts';
import { byText } from '../text-order.ts';

/** A value of a run's config: nested settings are flat, `optimizer.lr`. */
export type ConfigValue = string | number | boolean | null;

const KNOWN = new WeakMap<object, ReadonlyMap<string, ConfigValue>>();

/** A run's config, flat; lists as JSON. At most 500 settings. */
export function configOf({ config }: Pick<RunState, 'config'>): ReadonlyMap<string, ConfigValue> {
  let known = KNOWN.get(config);
  if (known) return known;
  const rows = new Map<string, ConfigValue>();
  const walk = (value: unknown, path: string): void => {
    if (rows.size >= 500) return;
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      for (const [key, inner] of Object.entries(value)) walk(inner, path ? `${path}.${key}` : key);
    } else if (typeof value === 'object' && value !== null) rows.set(path, JSON.stringify(value));
    else rows.set(path, value as ConfigValue);
  };
  walk(config, '');
  KNOWN.set(config, (known = rows));
  return known;
}

/** The value under a key, or under the only path that ends in it: `lr` finds `optimizer.lr`. */
export function lookUp(config: ReadonlyMap<string, ConfigValue>, key: string): ConfigValue | undefined {
  const exact = config.get(key);
  if (exact !== undefined) return exact;
  const ends = [...config.keys()].filter((path) => path.toLowerCase().endsWith(`.${key.toLowerCase()}`));
  return ends.length > 0 ? config.get(ends[0]) : undefined;
}

/** Keys under which the runs differ, those in the most runs first. */
export function differingKeys(runs: readonly RunState[]): string[] {
  const values = new Map<string, Set<ConfigValue>>();
  const counts = new Map<string, number>();
  for (const run of runs) {
    for (const [key, value] of configOf(run)) {
      const seen = values.get(key);
      if (seen) seen.add(value);
      else values.set(key, new Set([value]));
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
  }
  return [...values]
    .filter(([key, seen]) => seen.size > 1 || counts.get(key)! < runs.length)
    .map(([key]) => key)
    .sort((a, b) => counts.get(b)! - counts.get(a)! || byText(a, b));
}

/** Keys that say how long a run is to be, the plainest first. */
const STEPS = ['total_steps', 'max_steps', 'num_steps', 'n_steps', 'steps', 'totalSteps', 'maxSteps'];
const EPOCHS = ['epochs', 'max_epochs', 'num_epochs', 'n_epochs', 'total_epochs', 'maxEpochs', 'numEpochs'];

/** Seconds until a run that declares its length in its config will be done, at its present pace; null: cannot be told. */
export function secondsLeft(run: RunState): number | null {
  const { step, epoch, rate, status } = run;
  if (status !== 'running' || step === null || rate === null) return null;
  const config = configOf(run);
  const number = (keys: readonly string[]): number | null => {
    const value = keys.map((key) => lookUp(config, key)).find((found) => typeof found === 'number');
    return typeof value === 'number' && value > 0 ? value : null;
  };
  const steps = number(STEPS);
  if (steps !== null) return Math.max(0, steps - step - 1) / rate;
  const epochs = number(EPOCHS);
  if (epochs === null || epoch === null || epoch <= 0) return null;
  // Steps of an epoch, from those so far: the epoch under way is not over yet.
  const perEpoch = (step + 1) / (epoch + 1);
  return (Math.max(0, epochs - epoch - 1) * perEpoch) / rate;
}

/** Where the run trains, as it says itself, or as its config does. */
export function hostOf(run: Pick<RunState, 'config' | 'host'>): string {
  const config = configOf(run);
  return run.host || String(lookUp(config, 'host') ?? lookUp(config, 'hostname') ?? '');
}
