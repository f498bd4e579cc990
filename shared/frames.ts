import Type, { type Static } from 'typebox';
import type { AlertMarks } from './alert.ts';
import type { Fault } from './errors.ts';
import type { Best, Finding } from './finding.ts';
import type { Goal, Role, Split } from './lines.ts';

/** What a viewer asks for, and what it is sent. JSON text frames, but for points, which are binary. */

/** A stretch of a run's series, or of one of them. */
export const ViewWindow = Type.Object({
  run: Type.String({ maxLength: 128 }),
  /** Left out: every series of every rank. */
  series: Type.Optional(Type.String({ maxLength: 256 })),
  /** Of `series`; left out: 0. */
  rank: Type.Optional(Type.Integer({ minimum: 0 })),
  /** What `from` and `to` are, and what columns are equal parts of; left out: steps. */
  axis: Type.Optional(Type.Union([Type.Literal('step'), Type.Literal('epoch'), Type.Literal('time')])),
  /** Both ends belong to the window; left out: the series' own, and what comes is sent. */
  from: Type.Optional(Type.Number()),
  to: Type.Optional(Type.Number()),
  /** Pixel columns of its chart. */
  width: Type.Integer({ minimum: 16, maximum: 8192 }),
});
export type ViewWindow = Static<typeof ViewWindow>;

/** Says what the viewer looks at. Replaces the view before; everything of it is sent anew, unless it says `keep`. */
export const ViewFrame = Type.Object({
  kind: Type.Literal('view'),
  /** Chosen by the viewer and echoed on every `points` frame, so that frames of an older view can be told. */
  view: Type.Integer({ minimum: 0 }),
  runs: Type.Array(Type.String({ maxLength: 128 }), { maxItems: 50 }),
  /** Pixel columns of the widest chart: a longer series comes as min, max, first and last per column. */
  width: Type.Integer({ minimum: 16, maximum: 8192 }),
  /** Stretches looked at beside the whole of `runs`. */
  windows: Type.Optional(Type.Array(ViewWindow, { maxItems: 400 })),
  /** Runs and windows that were in the view before, of the same width, go on: nothing of them is sent again. */
  keep: Type.Optional(Type.Boolean()),
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
  /** When a person took it back before the trainer had answered. */
  readonly withdrawn?: number;
}

/** The course of the loss that people look at first, for a curve as small as a word. */
export interface Trend {
  readonly series: string;
  /** At most 64 means of as many points each; null where one was not finite. */
  readonly values: readonly (number | null)[];
}

/** One run, as the list of runs shows it. Times in seconds since 1970. */
export interface RunState {
  readonly run: string;
  readonly project: string;
  readonly name: string;
  readonly config: Readonly<Record<string, unknown>>;
  readonly tags: readonly string[];
  readonly notes: string;
  /** What the run says it has come to. */
  readonly summary: Readonly<Record<string, unknown>>;
  /** What runs of one experiment have in common; '' where it was not said, as for the two below. */
  readonly group: string;
  /** What the process does in it. */
  readonly job: string;
  /** The machine that said hello last. */
  readonly host: string;
  readonly status: RunStatus;
  /** Whether it is to be stopped once its best epoch is past. */
  readonly stop: 'best-epoch' | 'never';
  /** When a person said otherwise than the trainer, by the server's time; null: nobody has. */
  readonly stopSet: number | null;
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
  readonly trend: Trend | null;
  /** Steps in a second over the latest quarter of the run; null before it can be told. */
  readonly rate: number | null;
  readonly pinned: boolean;
  readonly archived: boolean;
  /** Hidden; told once, so that pages that show it take it away. */
  readonly deleted: boolean;
  /** Detectors set otherwise than by default. */
  readonly settings: readonly SettingState[];
  /** One line, always current. */
  readonly verdict: string;
  readonly request: StopRequest | null;
  /** Lines known to be missing, over all writers. */
  readonly missing: number;
}

/** How a detector is set for a run. */
export interface SettingState {
  readonly detector: string;
  readonly enabled?: boolean;
  readonly parameters?: Readonly<Record<string, number>>;
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

export type ServerFrame = SnapshotFrame | UpdateFrame | SeriesFrame | AlertsFrame | ViewerError;

/**
 * First after connecting: everything a list of runs needs. Whoever connects with a view is told of its runs alone; the
 * others follow its points, as an update that says `rest`.
 */
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
  /** What people have said of alerts. */
  readonly alerts: AlertMarks;
}

/** What people have said of alerts, when it has changed. */
export interface AlertsFrame {
  readonly kind: 'alerts';
  readonly alerts: AlertMarks;
}

/** What changed since the last frame. */
export interface UpdateFrame {
  readonly kind: 'update';
  /** It is what the snapshot has left out, and no news. */
  readonly rest?: true;
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
