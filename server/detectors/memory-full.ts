import type { Points, Said } from '../detector.ts';
import type { Kind } from './memory-kind.ts';
import { resolved } from './resolved.ts';
import { number } from './words.ts';

/** Samples in a row on the other side of the level, and whether it was said. */
export interface FullnessState {
  readonly row: number;
  readonly said: boolean;
}

export const NOT_FULL: FullnessState = { row: 0, said: false };

const PATIENCE = 3;
/** Percent points below the level at which it is over. */
const BACK = 5;

/** Follows how full memory is. A part of the detector of memory. */
export function fullness(
  { row, said }: FullnessState,
  kind: Kind,
  points: Points,
  level: number,
  says: Said[],
): FullnessState {
  for (let at = 0; at < points.values.length; at++) {
    const value = points.values[at];
    if (!Number.isFinite(value)) continue;
    row = (said ? value < level - BACK : value >= level) ? row + 1 : 0;
    if (row < PATIENCE) continue;
    row = 0;
    said = !said;
    says.push(said ? full(kind, value, points, at) : free(kind, value, points, at));
  }
  return { row, said };
}

function full(kind: Kind, value: number, { steps, epochs }: Points, at: number): Said {
  return {
    key: `full ${kind.of}`,
    status: 'open',
    severity: kind.of === 'gpu' ? 'info' : 'warning',
    from: steps[at],
    epoch: Number.isNaN(epochs[at]) ? null : epochs[at],
    at,
    title: `${kind.name} is ${number(value)} % full`,
    verdict: `${kind.name} is ${number(value)} % full: ${WHAT[kind.of]}`,
    evidence: { 'memory used, %': value },
    advice: ADVICE[kind.of],
  };
}

function free(kind: Kind, value: number, { steps }: Points, at: number): Said {
  return resolved(`${kind.name} is ${number(value)} % full again`, {
    key: `full ${kind.of}`,
    from: steps[at],
    at,
    evidence: { 'memory used, %': value },
  });
}

const WHAT: Readonly<Record<Kind['of'], string>> = {
  machine: 'free some before the system kills the trainer',
  process: 'free some before the system kills the trainer',
  shm: 'give it more, or the loader fewer workers',
  gpu: 'a longer batch may not fit',
};

const MACHINE: readonly string[] = [
  'Use fewer data loader workers, or let them prefetch less: each has a copy of what the data set holds in Python objects (arrays and tensors are shared)',
  'Look who uses it (ps aux --sort -rss): other processes of the machine count too; the system kills one when there is nothing left, usually the largest',
  'Read data by memory map (numpy.memmap, Arrow) instead of holding it',
];

const ADVICE: Readonly<Record<Kind['of'], readonly string[]>> = {
  machine: MACHINE,
  process: MACHINE,
  shm: [
    'Give the container more of it (docker run --shm-size 8g, or --ipc host): loader workers hand their batches over in it, and one that finds no room dies of a bus error',
    'Use fewer workers, a smaller prefetch_factor, or torch.multiprocessing.set_sharing_strategy("file_system")',
  ],
  gpu: [
    'Nothing has to be done while shapes stay the same: frameworks keep what they have had, and JAX takes most of it at the start',
    'If batches differ in length, start with the longest one, or bucket them: what does not fit ends the training',
    'Less is used with activation checkpointing, a smaller batch with gradient accumulation, or bfloat16',
  ],
};
