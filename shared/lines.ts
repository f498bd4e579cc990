import Type, { type Static } from 'typebox';
import { LIMITS } from './limits.ts';
import { WireNumber } from './numbers.ts';

/**
 * What a trainer says: one JSON object a line. The same line is a WebSocket text frame (one or many lines a
 * frame), an HTTP body (NDJSON), the SDK's spool file and a `.jsonl` file on disk.
 *
 * Lines belong to the last `run` line before them in the same frame sequence, body or file.
 */

const PRINTABLE = '^[^\\u0000-\\u001f\\u007f]+$';

/** A name shown to people: any text without control characters. */
const Name = Type.String({ minLength: 1, maxLength: LIMITS.nameLength, pattern: PRINTABLE });
/** An identifier that may stand in a URL unescaped. */
const Id = Type.String({ minLength: 1, maxLength: 128, pattern: '^[A-Za-z0-9._~-]+$' });
/** An optimizer step: a whole number from 0. */
const StepNumber = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });
/** Seconds since 1970, UTC, fractions allowed. */
const Time = Type.Number({ minimum: 0, maximum: 1e11 });
/** Numbers a writer's lines 1, 2, 3, …; a line without one is taken as the next and cannot be told from a repeat. */
const Seq = Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER });
const Text = Type.String({ maxLength: 16_384 });

/** Hello: names the run whose lines follow. Sent first, and again after every reconnect. */
export const RunLine = Type.Object({
  kind: Type.Literal('run'),
  protocol: Type.Integer({ minimum: 1 }),
  run: Id,
  /** Unique to one start of one process, so that its sequence numbers are its own. */
  writer: Id,
  rank: Type.Optional(Type.Integer({ minimum: 0, maximum: 1_000_000 })),
  project: Type.Optional(Name),
  name: Type.Optional(Name),
  config: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
  tags: Type.Optional(Type.Array(Name, { maxItems: 64 })),
  notes: Type.Optional(Text),
  /** What runs of one experiment have in common, as a sweep or a set of seeds. */
  group: Type.Optional(Name),
  /** What the process does in it: "train", "eval". */
  job: Type.Optional(Name),
  /** The machine it runs on. */
  host: Type.Optional(Name),
  /** "best-epoch": send this run a stop once the best epoch is sure to be past. "never": the default. */
  stop: Type.Optional(Type.Union([Type.Literal('best-epoch'), Type.Literal('never')])),
  time: Type.Optional(Time),
});
export type RunLine = Static<typeof RunLine>;

export const Split = Type.Union([Type.Literal('train'), Type.Literal('validation'), Type.Literal('test')]);
export type Split = Static<typeof Split>;

export const Role = Type.Union([
  Type.Literal('loss'),
  Type.Literal('metric'),
  Type.Literal('lr'),
  Type.Literal('grad_norm'),
  Type.Literal('step_time'),
  Type.Literal('epoch'),
  Type.Literal('other'),
]);
export type Role = Static<typeof Role>;

export const Goal = Type.Union([Type.Literal('min'), Type.Literal('max')]);
export type Goal = Static<typeof Goal>;

/** Declares what a series is, where its name does not say so. What is left out is inferred from the name. */
export const DefineLine = Type.Object({
  kind: Type.Literal('define'),
  seq: Type.Optional(Seq),
  time: Type.Optional(Time),
  series: Name,
  role: Type.Optional(Role),
  split: Type.Optional(Split),
  /** What train and validation series have in common ("loss", "acc"): they share a chart and are compared. */
  quantity: Type.Optional(Name),
  goal: Type.Optional(Goal),
  /** Judge the best epoch by this series. */
  monitor: Type.Optional(Type.Boolean()),
  /** The series that is to be its x axis, as "epoch"; kept for viewers. */
  axis: Type.Optional(Name),
});
export type DefineLine = Static<typeof DefineLine>;

/** Sets a detector for this run, from here on: its parameters, or whether it looks at the run at all. */
export const SettingLine = Type.Object({
  kind: Type.Literal('setting'),
  seq: Type.Optional(Seq),
  time: Type.Optional(Time),
  detector: Name,
  enabled: Type.Optional(Type.Boolean()),
  /** By the names in docs/detectors.md, as `min_delta` or `minDelta`; those left out are as they were. */
  parameters: Type.Optional(Type.Record(Type.String(), Type.Number())),
});
export type SettingLine = Static<typeof SettingLine>;

/** What a run says of itself later than in its hello: keys given again replace those of before. */
export const UpdateLine = Type.Object({
  kind: Type.Literal('update'),
  seq: Type.Optional(Seq),
  time: Type.Optional(Time),
  config: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
  /** What the run comes to, in its own words: "best/acc", "test/loss". */
  summary: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
  name: Type.Optional(Name),
  tags: Type.Optional(Type.Array(Name, { maxItems: 64 })),
  notes: Type.Optional(Text),
});
export type UpdateLine = Static<typeof UpdateLine>;

/** Metric values at one step. */
export const LogLine = Type.Object({
  kind: Type.Literal('log'),
  seq: Type.Optional(Seq),
  time: Type.Optional(Time),
  step: StepNumber,
  epoch: Type.Optional(Type.Number({ minimum: 0 })),
  values: Type.Record(Type.String(), WireNumber),
});
export type LogLine = Static<typeof LogLine>;

/**
 * The same at many steps, by series: `values/NAME/i` belongs to `steps/i`. One line, one number: it is kept whole or not at all.
 * Its steps do not go backwards; before its first one they may, as with any line.
 */
export const ColumnsLine = Type.Object({
  kind: Type.Literal('log'),
  seq: Type.Optional(Seq),
  steps: Type.Array(StepNumber, { minItems: 1 }),
  times: Type.Optional(Type.Array(Time)),
  /** null: the series has no value at this step. */
  values: Type.Record(Type.String(), Type.Array(Type.Union([WireNumber, Type.Null()]))),
});
export type ColumnsLine = Static<typeof ColumnsLine>;

/**
 * The same as bytes: a frame of points (log-frame.ts) that is one line, in base64. Its ids are places in `names`, and its
 * number counts for nothing. For what is kept in files, or goes where there are no binary frames.
 */
export const PackedLine = Type.Object({
  kind: Type.Literal('log'),
  seq: Type.Optional(Seq),
  names: Type.Array(Name, { minItems: 1, maxItems: LIMITS.lineValues, uniqueItems: true }),
  packed: Type.String(),
});
export type PackedLine = Static<typeof PackedLine>;

/**
 * Names series by number for the binary frames that follow on this socket: the i-th of `names` has the id `first` + i.
 * Ids count from 0, without holes, from each `run` line on. Not numbered itself, for it says nothing of the run.
 */
export const SeriesLine = Type.Object({
  kind: Type.Literal('series'),
  /** How many were agreed before. */
  first: Type.Integer({ minimum: 0 }),
  names: Type.Array(Name, { minItems: 1, maxItems: LIMITS.seriesPerRun }),
});
export type SeriesLine = Static<typeof SeriesLine>;

export const Severity = Type.Union([Type.Literal('info'), Type.Literal('warning'), Type.Literal('critical')]);
export type Severity = Static<typeof Severity>;

/** Something the training script itself wants people to see at once. */
export const AlertLine = Type.Object({
  kind: Type.Literal('alert'),
  seq: Type.Optional(Seq),
  time: Type.Optional(Time),
  step: Type.Optional(StepNumber),
  title: Name,
  text: Type.Optional(Text),
  level: Type.Optional(Severity),
});
export type AlertLine = Static<typeof AlertLine>;

/** A remark kept with the run. */
export const NoteLine = Type.Object({
  kind: Type.Literal('note'),
  seq: Type.Optional(Seq),
  time: Type.Optional(Time),
  step: Type.Optional(StepNumber),
  text: Text,
});
export type NoteLine = Static<typeof NoteLine>;

/** The trainer's acknowledgement of a `stop`: the step after which it trains no further. */
export const StoppingLine = Type.Object({
  kind: Type.Literal('stopping'),
  seq: Type.Optional(Seq),
  time: Type.Optional(Time),
  step: StepNumber,
});
export type StoppingLine = Static<typeof StoppingLine>;

/** The writer is done. */
export const EndLine = Type.Object({
  kind: Type.Literal('end'),
  seq: Type.Optional(Seq),
  time: Type.Optional(Time),
  status: Type.Union([Type.Literal('finished'), Type.Literal('failed'), Type.Literal('stopped')]),
  reason: Type.Optional(Text),
});
export type EndLine = Static<typeof EndLine>;

export type Line =
  | RunLine
  | SeriesLine
  | DefineLine
  | SettingLine
  | UpdateLine
  | LogLine
  | ColumnsLine
  | PackedLine
  | AlertLine
  | NoteLine
  | StoppingLine
  | EndLine;

/** The schema of each kind of line. */
export const LINES = {
  run: RunLine,
  series: SeriesLine,
  define: DefineLine,
  setting: SettingLine,
  update: UpdateLine,
  log: LogLine,
  alert: AlertLine,
  note: NoteLine,
  stopping: StoppingLine,
  end: EndLine,
} as const;

/** The rule a series' name keeps: as any name shown to people. */
export const SERIES_NAME = new RegExp(PRINTABLE, 'u');
