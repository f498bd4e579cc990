import Type, { type Static } from 'typebox';
import { LIMITS } from './limits.ts';
import { Goal } from './lines.ts';

const Name = Type.String({
  minLength: 1,
  maxLength: LIMITS.nameLength,
  pattern: '^[^\\u0000-\\u001f\\u007f]+$',
});

/**
 * What a person changes of a run, over what its trainer says: what `PATCH /api/runs/RUN` takes. Fields left out stay
 * as they were.
 */
export const RunEdit = Type.Object({
  name: Type.Optional(Name),
  tags: Type.Optional(Type.Array(Name, { maxItems: 64 })),
  notes: Type.Optional(Type.String({ maxLength: 16_384 })),
  pinned: Type.Optional(Type.Boolean()),
  archived: Type.Optional(Type.Boolean()),
  /** Hidden from everyone, and taken back by false for as long as the store keeps its points. */
  deleted: Type.Optional(Type.Boolean()),
  /** "best-epoch": stop it once its best epoch is past. "never": let it go on. */
  stop: Type.Optional(Type.Union([Type.Literal('best-epoch'), Type.Literal('never')])),
});
export type RunEdit = Static<typeof RunEdit>;

/** What `PUT /api/runs/RUN/monitor` takes: the series to judge the best epoch by, from here on. */
export const MonitorRequest = Type.Object({
  series: Name,
  /** Which way is better; left out: as the server knows it. */
  goal: Type.Optional(Goal),
});
export type MonitorRequest = Static<typeof MonitorRequest>;
