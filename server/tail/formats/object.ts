import type { LogEntry } from '../entry.ts';
import { isStep, isTime, STEP_NAMES, TIME_NAMES } from './cell.ts';

const SPLITS = new Set(['train', 'training', 'val', 'valid', 'validation', 'eval', 'test']);
const SPLIT_NAMES = ['mode', 'split', 'phase', 'stage'];

/** Whether an object looks like a record of a training: it says where it is. */
export function hasStep(object: Readonly<Record<string, unknown>>): boolean {
  return STEP_NAMES.some((name) => typeof object[name] === 'number');
}

/**
 * A plain object as values at a step: nested ones joined by "/", everything that is no number left out. `mode`,
 * `split` or `phase`, where it names a split, goes before each name.
 * @param fallback the step of an object that has none
 * @returns null when there is no number in it
 */
export function objectEntry(object: Readonly<Record<string, unknown>>, fallback: number): LogEntry | null {
  const number = (names: readonly string[], fits: (value: number) => boolean) =>
    names.find((name) => typeof object[name] === 'number' && fits(object[name]));
  const stepName = number(STEP_NAMES, isStep);
  const timeName = number(TIME_NAMES, isTime);
  const { epoch } = object;
  const split = SPLIT_NAMES.map((name) => object[name]).find(
    (value) => typeof value === 'string' && SPLITS.has(value.toLowerCase()),
  );
  const values: Record<string, number> = {};
  const left = new Set([stepName, timeName, 'epoch']);
  flatten(object, typeof split === 'string' ? `${split.toLowerCase()}/` : '', values, left);
  if (Object.keys(values).length === 0) return null;
  return {
    kind: 'log',
    step: stepName === undefined ? fallback : (object[stepName] as number),
    values,
    ...(timeName !== undefined && { time: object[timeName] as number }),
    ...(typeof epoch === 'number' && epoch >= 0 && { epoch }),
  };
}

const NON_FINITE = new Set(['NaN', 'Infinity', '-Infinity']);
const DEPTH = 8;

function flatten(
  object: Readonly<Record<string, unknown>>,
  prefix: string,
  into: Record<string, number>,
  left: ReadonlySet<string | undefined>,
  depth = 0,
): void {
  for (const [key, value] of Object.entries(object)) {
    if (depth === 0 && left.has(key)) continue;
    if (typeof value === 'number') into[prefix + key] = value;
    else if (typeof value === 'string' && NON_FINITE.has(value)) into[prefix + key] = Number(value);
    else if (typeof value === 'object' && value !== null && !Array.isArray(value) && depth < DEPTH)
      flatten(value as Record<string, unknown>, `${prefix}${key}/`, into, left, depth + 1);
  }
}
