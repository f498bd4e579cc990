import Type, { type Static, type TObject } from 'typebox';

/** What the reading requests of the HTTP API may ask. A parameter that is a list may be given several times. */

const Id = Type.String({ minLength: 1, maxLength: 128 });
const Series = Type.String({ minLength: 1, maxLength: 256 });

export const RunsQuery = Type.Object({
  /** Only runs behind this one in the order in which they came. */
  after: Type.Optional(Id),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 10_000 })),
  project: Type.Optional(Type.String({ maxLength: 256 })),
  /** The runs that a person has deleted and that the store still keeps, rather than the others. */
  deleted: Type.Optional(Type.Literal('only')),
  /** `lr<1e-3`, `optimizer=adam`, `best.value<=0.2`: of the config, else of the run's row; all must hold. */
  where: Type.Optional(Type.Array(Type.String({ maxLength: 512 }), { maxItems: 16 })),
});
export type RunsQuery = Static<typeof RunsQuery>;

const Window = {
  /** What `from` and `to` are, and what columns are equal parts of; steps, where left out. */
  axis: Type.Optional(Type.Union([Type.Literal('step'), Type.Literal('epoch'), Type.Literal('time')])),
  from: Type.Optional(Type.Number()),
  to: Type.Optional(Type.Number()),
  /** Pixel columns; every point, where left out. */
  width: Type.Optional(Type.Integer({ minimum: 1, maximum: 8192 })),
  format: Type.Optional(Type.Union([Type.Literal('json'), Type.Literal('csv'), Type.Literal('ndjson')])),
};

export const RunPointsQuery = Type.Object({
  series: Series,
  rank: Type.Optional(Type.Integer({ minimum: 0 })),
  ...Window,
});
export type RunPointsQuery = Static<typeof RunPointsQuery>;

export const PointsQuery = Type.Object({
  run: Type.Array(Id, { minItems: 1, maxItems: 200 }),
  /** Every series, where left out. */
  series: Type.Optional(Type.Array(Series, { maxItems: 1_000 })),
  rank: Type.Optional(Type.Integer({ minimum: 0 })),
  ...Window,
});
export type PointsQuery = Static<typeof PointsQuery>;

export const FindingsQuery = Type.Object({
  run: Type.Optional(Type.Array(Id, { maxItems: 1_000 })),
  detector: Type.Optional(Type.String({ maxLength: 64 })),
  severity: Type.Optional(
    Type.Union([Type.Literal('info'), Type.Literal('warning'), Type.Literal('critical')]),
  ),
  status: Type.Optional(Type.Union([Type.Literal('open'), Type.Literal('resolved')])),
});
export type FindingsQuery = Static<typeof FindingsQuery>;

export const AsOfQuery = Type.Object({ step: Type.Number() });
export type AsOfQuery = Static<typeof AsOfQuery>;

export const NoQuery = Type.Object({});

/** The reading requests: what the server answers, what `/api/openapi.json` says, and what docs/api.md lists. */
export const READS: Readonly<Record<string, { readonly summary: string; readonly query: TObject }>> = {
  '/api/runs': { summary: 'Runs with their state, in the order in which they came', query: RunsQuery },
  '/api/runs/:run': { summary: 'One run: its state, series, findings, settings and notes', query: NoQuery },
  '/api/runs/:run/series': { summary: 'The series of a run, with their roles', query: NoQuery },
  '/api/runs/:run/summary': {
    summary: 'Last, lowest, highest and best value of every series, each with its step',
    query: NoQuery,
  },
  '/api/runs/:run/asof': {
    summary: 'What was known of a run when it stood at a step: verdict, best epoch, findings',
    query: AsOfQuery,
  },
  '/api/runs/:run/points': { summary: 'The points of a series, by attempt', query: RunPointsQuery },
  '/api/points': { summary: 'The points of several series of several runs', query: PointsQuery },
  '/api/findings': { summary: 'Findings of runs', query: FindingsQuery },
  '/api/openapi.json': { summary: 'This, as OpenAPI 3.1', query: NoQuery },
};
