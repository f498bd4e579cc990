/** A figure that has a goal. */
export interface Goal {
  /** What is measured. */
  readonly what: string;
  /** The bench that tells it, and the figure's name there. */
  readonly bench: string;
  readonly figure: string;
  readonly unit: Unit;
  /** At least or at most so much, in the unit. */
  readonly rule: 'at least' | 'at most';
  readonly goal: number;
  /** What the nearest that was measured of the parts alone came to, before they were put together; null: nothing was. */
  readonly limit: number | null;
}

export type Unit = 'M points/s' | 'points' | 'ms' | 'bytes' | 'times' | '% of a core';

/** How much of a figure as it is told, in points/s, points, ms, bytes, times or as a share, makes one of the unit. */
export const SCALE: Readonly<Record<Unit, number>> = {
  'M points/s': 1e6,
  points: 1,
  ms: 1,
  bytes: 1,
  times: 1,
  '% of a core': 0.01,
};

const ingest = (what: string, form: string, goal: number, limit: number): Goal[] => [
  { what: `ingest, 16 trainers, durable before the acknowledgement, all detectors on: ${what}`, bench: `ingest-${form}`, figure: `${form}.rate`, unit: 'M points/s', rule: 'at least', goal, limit }, // prettier-ignore
  { what: '– points lost', bench: `ingest-${form}`, figure: `${form}.lost`, unit: 'points', rule: 'at most', goal: 0, limit: null }, // prettier-ignore
];

const ms = (what: string, bench: string, figure: string, goal: number, limit: number | null): Goal => ({
  ...{ what, bench, figure, unit: 'ms', rule: 'at most', goal, limit },
});

export const GOALS: readonly Goal[] = [
  ...ingest('binary columns', 'binary', 1.5, 1.68),
  ...ingest('JSON columns', 'metric', 1.0, 1.17),
  ...ingest('JSON lines of ten values', 'steps', 0.5, 0.66),
  ms('paced at 1 M points/s: acknowledgement, p99', 'paced', 'paced-binary.ack-p99', 100, 74),
  ms('– event loop late by, p99', 'paced', 'paced-binary.loop-p99', 15, 13),
  ms('– event loop late by, most', 'paced', 'paced-binary.loop-max', 40, 36),
  ms('trainer → drawn, 12 charts, 200 k points/s behind: p50', 'drawn', 'p50', 25, 25),
  ms('– p99', 'drawn', 'p99', 50, 48),
  ms('– with 1 M points/s behind: p99', 'drawn-1M', 'p99', 80, 75),
  { what: 'bytes a point on disk, sealed, with the pyramid: float32-origin', bench: 'codec', figure: 'float32-origin', unit: 'bytes', rule: 'at most', goal: 6.5, limit: 6.0 }, // prettier-ignore
  { what: '– full doubles', bench: 'codec', figure: 'full-doubles', unit: 'bytes', rule: 'at most', goal: 10.5, limit: 10.0 }, // prettier-ignore
  { what: 'write amplification: bytes written ÷ 24 a point', bench: 'queries', figure: 'written', unit: 'times', rule: 'at most', goal: 2.1, limit: 2.07 }, // prettier-ignore
  ms('open a 10 M-point run, cold', 'queries', 'open', 100, 66),
  ms('zoom to any 20 chunks of it', 'queries', 'zoom', 25, 16),
  ms('10 M points → 2000 columns from the pyramid', 'queries', 'columns', 1, 0.06),
  ms('raw scan of 10 M points, cold', 'queries', 'scan', 400, 377),
  { what: 'fan-out, 200 series × 10 Hz × 200 viewers', bench: 'fanout', figure: 'share', unit: '% of a core', rule: 'at most', goal: 6, limit: 3.8 }, // prettier-ignore
  ms('restart after `kill -9`, journal of 60 MB: to serving', 'restart', 'serving', 1000, 80),
  { what: '– points lost', bench: 'restart', figure: 'lost', unit: 'points', rule: 'at most', goal: 0, limit: null }, // prettier-ignore
];
