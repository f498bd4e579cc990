import Type, { type Static } from 'typebox';
import type { Fault } from './errors.ts';
import type { Best, Finding } from './finding.ts';
import type { Goal, Role, Split } from './lines.ts';

/** What a viewer asks for, and what it is sent. JSON text frames, but for points, which are binary. */

/** Says what the viewer looks at. Replaces the view before; everything of it is sent anew. */
export const ViewFrame = Type.Object({
  kind: Type.Literal('view'),
  /** Chosen by the viewer and echoed on every `points` frame, so that frames of an older view can be told. */
  view: Type.Integer({ minimum: 0 }),
  runs: Type.Array(Type.String({ maxLength: 128 }), { maxItems: 50 }),
  /** Pixel columns of the widest chart: a longer series comes as min, max, first and last per column. */
  width: Type.Integer({ minimum: 16, maximum: 8192 }),
});
export type ViewFrame = Static<typeof ViewFrame>;

/** A person's wish that a run stop. */
export const StopFrame = Type.Object({
  kind: Type.Literal('stop'),
  run: Type.String({ maxLength: 128 }),
});
export type StopFrame = Static<typeof StopFrame>;

export const VIEWER_FRAMES = { view: ViewFrame, stop: StopFrame } as const;
export type ViewerFrame = ViewFrame | StopFrame;

export type RunStatus = 'running' | 'lost' | 'finished' | 'failed' | 'stopped';

/** A request to stop and what became of it. Stopped is the run's own status. */
export interface StopRequest {
  readonly by: 'best-epoch' | 'person';
  readonly reason: string;
  /** The step whose checkpoint is to be kept. */
  readonly step: number | null;
  readonly epoch: number | null;
  /** Server's time of the request, in seconds since 1970. */
  readonly asked: number;
  /** When the trainer answered, and the step at which it applied the stop. */
  readonly acknowledged: { readonly time: number; readonly step: number } | null;
}

/** One run, as the list of runs shows it. Times in seconds since 1970. */
export interface RunState {
  readonly run: string;
  readonly project: string;
  readonly name: string;
  readonly config: Readonly<Record<string, unknown>>;
  readonly tags: readonly string[];
  readonly notes: string;
  readonly status: RunStatus;
  /** Whether the trainer asked to be stopped at the best epoch. */
  readonly stop: 'best-epoch' | 'never';
  readonly created: number;
  /** Server's time of the last line from any of its writers. */
  readonly heard: number;
  readonly ended: number | null;
  /** Why it ended, where the trainer said so. */
  readonly reason: string;
  readonly step: number | null;
  readonly epoch: number | null;
  readonly attempt: number;
  readonly ranks: readonly number[];
  readonly points: number;
  /** The loss people look at first: validation where there is one, else training. */
  readonly loss: { readonly series: string; readonly step: number; readonly value: number | string } | null;
  readonly best: Best | null;
  /** One line, always current. */
  readonly verdict: string;
  readonly request: StopRequest | null;
  /** Lines known to be missing, over all writers. */
  readonly missing: number;
}

/** One series of a run that is looked at. */
export interface SeriesState {
  readonly series: string;
  readonly rank: number;
  readonly role: Role;
  readonly split: Split | null;
  readonly quantity: string;
  readonly goal: Goal | null;
}

export type ServerFrame = SnapshotFrame | UpdateFrame | SeriesFrame | ViewerError;

/** First after connecting and after a stall: everything a list of runs needs. */
export interface SnapshotFrame {
  readonly kind: 'snapshot';
  readonly protocol: number;
  readonly server: string;
  /** Server's clock, so that ages are right on a machine whose clock is not. */
  readonly time: number;
  /** "write": may stop runs. */
  readonly access: 'read' | 'write';
  readonly runs: readonly RunState[];
  readonly findings: readonly Finding[];
}

/** What changed since the last frame. */
export interface UpdateFrame {
  readonly kind: 'update';
  readonly time: number;
  readonly runs: readonly RunState[];
  readonly findings: readonly Finding[];
}

/** All series of a viewed run; sent at the view's start and when a series is added. */
export interface SeriesFrame {
  readonly kind: 'series';
  readonly view: number;
  readonly run: string;
  readonly series: readonly SeriesState[];
}

export interface ViewerError extends Fault {
  readonly kind: 'error';
}

/** One series' share of a `points` frame. */
export interface PointsPart {
  readonly series: string;
  readonly rank: number;
  readonly attempt: number;
  /** Points of this part in the frame. */
  readonly count: number;
  /** Points it stands for: equal to `count` unless it was decimated. */
  readonly total: number;
  /** Drop what was sent of this series, rank and attempt before: these points replace it. */
  readonly replace: boolean;
}

export interface PointsHeader {
  readonly kind: 'points';
  readonly view: number;
  readonly run: string;
  readonly parts: readonly PointsPart[];
}

/** Steps, times (s) and values of one part, each `count` long. */
export interface PointColumns {
  readonly steps: Float64Array;
  readonly times: Float64Array;
  readonly values: Float64Array;
}

/**
 * Encodes a `points` frame: a little-endian uint32, the header's length in bytes; the header as JSON; zero bytes up
 * to a multiple of 8; then for each part its steps, times and values as little-endian float64.
 */
export function encodePoints(header: PointsHeader, columns: readonly PointColumns[]): Uint8Array {
  const head = new TextEncoder().encode(JSON.stringify(header));
  const start = align(4 + head.length);
  const total = columns.reduce((sum, column) => sum + column.steps.length, 0);
  const bytes = new Uint8Array(start + total * 24);
  new DataView(bytes.buffer).setUint32(0, head.length, true);
  bytes.set(head, 4);
  const floats = new Float64Array(bytes.buffer, start);
  let at = 0;
  for (const { steps, times, values } of columns) {
    floats.set(steps, at);
    floats.set(times, at + steps.length);
    floats.set(values, at + 2 * steps.length);
    at += 3 * steps.length;
  }
  return bytes;
}

/** Decodes a `points` frame; the columns are views of `buffer`, not copies. */
export function decodePoints(buffer: ArrayBuffer): { header: PointsHeader; columns: PointColumns[] } {
  const length = new DataView(buffer).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length))) as PointsHeader;
  let at = align(4 + length);
  const take = (count: number): Float64Array => {
    const column = new Float64Array(buffer, at, count);
    at += count * 8;
    return column;
  };
  const columns = header.parts.map(({ count }) => ({
    steps: take(count),
    times: take(count),
    values: take(count),
  }));
  return { header, columns };
}

/** Rounds up to a multiple of 8, where float64 arrays may begin. */
function align(offset: number): number {
  return (offset + 7) & ~7;
}
