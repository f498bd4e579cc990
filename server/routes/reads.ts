import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest, preHandlerAsyncHookHandler } from 'fastify';
import { fault } from '../../shared/errors.ts';
import type { Finding } from '../../shared/finding.ts';
import type { RunState } from '../../shared/frames.ts';
import { toWire } from '../../shared/numbers.ts';
import {
  type AsOfQuery,
  type FindingsQuery,
  type PointsQuery,
  READS,
  type RunPointsQuery,
  type RunsQuery,
} from '../../shared/queries.ts';
import type { Monitor } from '../monitor.ts';
import { openPast } from '../past/past.ts';
import { runState, seriesStates } from '../run-state.ts';
import type { PointColumns } from '../../shared/points.ts';
import type { Run } from '../store/run.ts';
import { type Series, seriesKey } from '../store/run-series.ts';
import { addConditional } from './conditional.ts';
import { openApi } from './openapi.ts';
import { csvOf, ndjsonOf, type Part } from './point-texts.ts';
import { queryChecker } from './query.ts';
import { refuse } from './rights.ts';
import { summaryOf } from './summary.ts';
import { BadCondition, readCondition } from './where.ts';

/** Runs on one page of the list, where no limit is asked for. */
const PAGE = 1_000;

/** Adds the part of the HTTP API that only reads; docs/api.md. */
export function addReads(
  app: FastifyInstance,
  { monitor, allow }: { monitor: Monitor; allow: preHandlerAsyncHookHandler },
): void {
  const { runs, analyses, points, resting } = monitor;
  addConditional(app);

  /** Adds a reading request, whose query is checked before it is answered. */
  // eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- the query is what the schema says
  const read = <Query>(
    path: string,
    answer: (query: Query, request: FastifyRequest, reply: FastifyReply) => unknown,
  ) => {
    const check = queryChecker<Query>(READS[path].query);
    app.get(path, { preHandler: allow }, async (request, reply) => {
      const checked = check(request.query);
      if (!checked.ok) return refuse(reply, checked.fault);
      return answer(checked.message, request, reply);
    });
  };
  const find = (id: string): Run => {
    const run = runs.get(id);
    if (run === undefined) throw new Refused(fault('run-not-found', { field: 'run', rule: 'a run of this server', value: id })); // prettier-ignore
    return run;
  };
  const runIn = (request: FastifyRequest) => find((request.params as { run: string }).run);
  const stateOf = (id: string): string => {
    const run = runs.isLive(id) ? runs.get(id) : undefined;
    return run ? JSON.stringify(runState(run, analyses.get(id))) : (resting.state(id) ?? '');
  };

  /** The list sent last: the same rows are the same text, and so are its tag and what it is compressed to. */
  let list: { readonly rows: readonly string[]; readonly next: string | null; readonly text: string } = {
    rows: [],
    next: null,
    text: '{"runs":[],"next":null}',
  };
  const listOf = (rows: readonly string[], next: string | null): string => {
    const same =
      rows.length === list.rows.length && next === list.next && rows.every((row, i) => row === list.rows[i]);
    if (!same) list = { rows, next, text: `{"runs":[${rows.join()}],"next":${JSON.stringify(next)}}` };
    return list.text;
  };

  read<RunsQuery>('/api/runs', ({ after, limit = PAGE, project, deleted, where = [] }, _request, reply) => {
    const conditions = where.map(readCondition);
    const rows: string[] = [];
    let next: string | null = null;
    let last: string | null = null;
    if (after !== undefined && !runs.has(after)) find(after);
    for (const id of deleted ? runs.hidden(after) : runs.shown(after)) {
      const row = stateOf(id);
      if (row === '') continue;
      if (project !== undefined || conditions.length > 0) {
        const state = JSON.parse(row) as RunState;
        if (project !== undefined && state.project !== project) continue;
        if (!conditions.every((keeps) => keeps(state))) continue;
      }
      if (rows.length === limit) {
        next = last;
        break;
      }
      rows.push(row);
      last = id;
    }
    return reply.type('application/json; charset=utf-8').send(listOf(rows, next));
  });

  read('/api/runs/:run', (_query, request) => {
    const run = runIn(request);
    const analysis = analyses.get(run.id);
    return {
      run: runState(run, analysis),
      series: seriesStates(run, analysis),
      findings: [...run.findings.values()],
      settings: [...run.settings.values()],
      notes: run.remarks,
    };
  });

  read('/api/runs/:run/series', (_query, request) => {
    const run = runIn(request);
    return { series: seriesStates(run, analyses.get(run.id)) };
  });

  read('/api/runs/:run/summary', (_query, request) => {
    const run = runIn(request);
    const goals = new Map(seriesStates(run, analyses.get(run.id)).map(({ series, goal }) => [series, goal]));
    return { series: summaryOf(run, (series) => goals.get(series) ?? null) };
  });

  const past = openPast(points);
  read<AsOfQuery>('/api/runs/:run/asof', async ({ step }, request, reply) => {
    const run = runIn(request);
    // Whoever drags a slider asks for the next step before this one is told.
    const gone = new AbortController();
    reply.raw.on('close', () => gone.abort());
    try {
      return await past.at(run, step, gone.signal);
    } catch (error) {
      if (gone.signal.aborted) return reply.hijack();
      throw error;
    }
  });

  read<RunPointsQuery>('/api/runs/:run/points', async (query, request, reply) => {
    const { series: name, rank = 0, format = 'json' } = query;
    const run = runIn(request);
    const series = run.series.get(seriesKey(name, rank));
    if (series === undefined)
      throw new Refused(
        fault('series-not-found', { field: 'series', rule: 'a series of this run and rank', value: name }),
      );
    if (format !== 'json') return stream(reply, format, partsOf([[run, series]], query));
    const attempts: object[] = [];
    for await (const { attempt, ...part } of partsOf([[run, series]], query, true)) {
      const { total, damaged } = part;
      attempts.push({
        attempt,
        ...(query.width !== undefined && { total }),
        ...(damaged.length > 0 && { damaged }),
        ...wired(part),
      });
    }
    return { series: name, rank, attempts };
  });

  read<PointsQuery>('/api/points', async (query, _request, reply) => {
    const { run: ids, series: names, rank, format = 'json', ...stretch } = query;
    const chosen = ids.flatMap((id) => {
      const run = find(id);
      const all = [...run.series.values()];
      const wanted = all.filter(
        (series) =>
          (names === undefined || names.includes(series.name)) &&
          (rank === undefined || series.rank === rank),
      );
      return wanted.map((series) => [run, series] as const);
    });
    if (format !== 'json') return stream(reply, format, partsOf(chosen, stretch));
    const found: object[] = [];
    for await (const part of partsOf(chosen, stretch, true)) {
      const { run, series, rank: of, attempt, total, damaged } = part;
      found.push({
        run,
        series,
        rank: of,
        attempt,
        total,
        ...(damaged.length > 0 && { damaged }),
        ...wired(part),
      });
    }
    return { points: found };
  });

  read<FindingsQuery>('/api/findings', ({ run: ids, detector, severity, status }) => {
    const found: Finding[] = [];
    for (const id of ids ?? runs.shown()) {
      if (ids) find(id);
      const run = runs.isLive(id) ? runs.get(id) : undefined;
      const all = run ? [...run.findings.values()] : (JSON.parse(resting.findings(id)) as Finding[]);
      for (const finding of all)
        if (
          (detector === undefined || finding.detector === detector) &&
          (severity === undefined || finding.severity === severity) &&
          (status === undefined || finding.status === status)
        )
          found.push(finding);
    }
    return { findings: found };
  });

  read('/api/openapi.json', () => openApi());

  /** The points asked for. @param whole one part for each series and attempt, rather than as they are read */
  async function* partsOf(
    chosen: readonly (readonly [Run, Series])[],
    { axis = 'step', from = -Infinity, to = Infinity, width }: Omit<Partial<RunPointsQuery>, 'series'>,
    whole = false,
  ): AsyncGenerator<Part & { total: number; damaged: readonly string[] }> {
    for (const [run, series] of chosen) {
      for (const attempt of series.attempts.keys()) {
        const of = { run: run.id, series: series.name, rank: series.rank, attempt };
        const all = width === undefined && from === -Infinity && to === Infinity;
        if (all && !whole) {
          for await (const part of points.scan(run, series, attempt))
            yield { ...of, ...part, total: part.steps.length, damaged: [] };
        } else {
          const wish = { axis, from, to, width: width ?? Number.MAX_SAFE_INTEGER };
          yield { ...of, ...(await points.window(run, series, attempt, wish)) };
        }
      }
    }
  }
}

/** A request that cannot be answered, and why. */
export class Refused extends Error {
  override readonly name = 'Refused';
  readonly fault;

  constructor(reason: ReturnType<typeof fault>) {
    super(reason.message);
    this.fault = reason;
  }
}

/** The fault in what a reading request threw; null when it is none of theirs. */
export function refusalIn(error: unknown): ReturnType<typeof fault> | null {
  if (error instanceof Refused) return error.fault;
  if (error instanceof BadCondition)
    return fault('bad-line', {
      field: 'where',
      rule: 'KEY, one of < <= = != >= > ~, VALUE',
      value: error.message,
    });
  return null;
}

function wired({ steps, times, values }: PointColumns): object {
  return { steps: [...steps], times: [...times], values: Array.from(values, toWire) };
}

function stream(reply: FastifyReply, format: 'csv' | 'ndjson', parts: AsyncIterable<Part>): FastifyReply {
  const type = format === 'csv' ? 'text/csv; charset=utf-8' : 'application/x-ndjson';
  return reply.type(type).send(Readable.from(format === 'csv' ? csvOf(parts) : ndjsonOf(parts)));
}
