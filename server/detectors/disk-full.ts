import type { PointDetector, Rows, Said, Step, Together } from '../detector.ts';
import { resolved } from './resolved.ts';
import { isSample } from './sample.ts';
import { TOGETHER_ONLY } from './together-only.ts';
import { number } from './words.ts';

/**
 * Says when the disk is nearly full: more than `level` percent used and less than `floor` GiB free, in 3 samples in a
 * row; critical below 1 GiB, where the next checkpoint will not fit. Where the SDK does not tell what is free, the
 * percentage alone counts, and from 99.5 it is critical.
 *
 *     room ──full──▶ warning ──below 1 GiB──▶ critical
 *     open ──2 % below the level, or a quarter above the floor──▶ room
 *
 * The fuller one of the spool's and the training's folder is sampled. Warm-up: 3 samples. Values that are not finite are
 * left out. Known miss: checkpoints that are written to another file system. Known false alarm: a disk that is kept full.
 */
export function diskFull(options: Partial<DiskFullParameters> = {}): PointDetector<null> {
  const parameters = { ...DEFAULTS, ...options };
  return {
    ...TOGETHER_ONLY,
    name: 'disk-full',
    parameters: { ...parameters },
    together: space(parameters),
  };
}

export interface DiskFullParameters {
  /** Used, in percent. */
  readonly level: number;
  /** Free, in GiB. */
  readonly floor: number;
}

const DEFAULTS: DiskFullParameters = { level: 95, floor: 20 };

/** One for each rank that samples its disk, in the order they came. */
type DiskFullState = readonly Disk[];

interface Disk {
  readonly rank: number;
  /** Samples in a row that say something else than what was said, and what. */
  readonly wanted: Grade;
  readonly row: number;
  readonly said: Grade;
}

type Grade = 'room' | 'warning' | 'critical';

const PATIENCE = 3;
const WEIGHT: Readonly<Record<Grade, number>> = { room: 0, warning: 1, critical: 2 };

function space(parameters: DiskFullParameters): Together<DiskFullState> {
  return {
    watches: ({ series }) => isSample(series, 'disk', 'max') || isSample(series, 'disk_free', 'min'),
    start: () => [],
    update: (state, rows) => update(state, rows, parameters),
  };
}

function update(
  before: DiskFullState,
  { rank, steps, epochs, columns }: Rows,
  parameters: DiskFullParameters,
): Step<DiskFullState> {
  const says: Said[] = [];
  const known = before.find((one) => one.rank === rank);
  let own: Disk = known ?? { rank, wanted: 'room', row: 0, said: 'room' };
  const used = columns.find(({ binding }) => isSample(binding.series, 'disk', 'max'));
  const left = columns.find(({ binding }) => isSample(binding.series, 'disk_free', 'min'));
  for (let at = 0; used && at < steps.length; at++) {
    const full = used.values[at];
    if (!Number.isFinite(full)) continue;
    const free = left && Number.isFinite(left.values[at]) ? left.values[at] : null;
    const wanted = gradeOf(full, free, own.said, parameters);
    const row = wanted === own.said ? 0 : wanted === own.wanted ? own.row + 1 : 1;
    own = { ...own, wanted, row };
    if (row < PATIENCE) continue;
    // What is open is made no milder on the way: a file that goes and comes would make it flap.
    if (WEIGHT[wanted] > WEIGHT[own.said] || wanted === 'room') {
      const series = [used.binding.series, ...(left ? [left.binding.series] : [])];
      const place = { step: steps[at], epoch: Number.isNaN(epochs[at]) ? null : epochs[at], at };
      says.push(
        wanted === 'room' ? frees(own, full, free, place) : fills(own, wanted, full, free, series, place),
      );
      own = { ...own, said: wanted };
    }
    own = { ...own, row: 0 };
  }
  if (own === known) return { state: before, says };
  return { state: known ? before.map((one) => (one === known ? own : one)) : [...before, own], says };
}

function gradeOf(
  full: number,
  free: number | null,
  said: Grade,
  { level, floor }: DiskFullParameters,
): Grade {
  const open = said !== 'room';
  if (full < level - (open ? 2 : 0)) return 'room';
  if (free === null) return full >= 99.5 ? 'critical' : 'warning';
  if (free >= floor * (open ? 1.25 : 1)) return 'room';
  return free < 1 ? 'critical' : 'warning';
}

interface Place {
  readonly step: number;
  readonly epoch: number | null;
  readonly at: number;
}

function fills(
  { rank }: Disk,
  severity: 'warning' | 'critical',
  full: number,
  free: number | null,
  series: readonly string[],
  { step, epoch, at }: Place,
): Said {
  const whose = rank === 0 ? 'The disk' : `The disk of rank ${rank}`;
  const left = free === null ? '' : `, ${number(free)} GiB are free`;
  return {
    key: `rank ${rank}`,
    status: 'open',
    severity,
    series,
    from: step,
    epoch,
    at,
    title: `${whose} is ${number(full)} % full${left}`,
    verdict: `${whose} is nearly full${left}: make room before the next checkpoint`,
    evidence: { 'disk used, %': full, 'disk free, GiB': free },
    advice: [
      'Delete what is not needed: old checkpoints (keep the best and the last), caches of data sets, core dumps; du -h --max-depth 2 finds the large ones',
      'Write checkpoints elsewhere, or fewer of them: one that does not fit ends the training, and may leave a torn file',
    ],
  };
}

function frees({ rank }: Disk, full: number, free: number | null, { step, at }: Place): Said {
  return resolved(`There is room on the disk again: ${number(full)} % used`, {
    key: `rank ${rank}`,
    from: step,
    at,
    evidence: { 'disk used, %': full, 'disk free, GiB': free },
  });
}
