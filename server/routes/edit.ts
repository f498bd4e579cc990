import type { FastifyInstance, FastifyReply } from 'fastify';
import { MonitorRequest, RunEdit } from '../../shared/edit.ts';
import { fault } from '../../shared/errors.ts';
import type { Access } from '../access.ts';
import { stopDue } from '../conclusions.ts';
import { bodyChecker } from '../gate/check.ts';
import { keep } from '../keep.ts';
import type { Monitor } from '../monitor.ts';
import { runState, seriesStates } from '../run-state.ts';
import type { StoreRecord } from '../store/record.ts';
import type { Run } from '../store/run.ts';
import { refuse, rights } from './rights.ts';

const checkEdit = bodyChecker<RunEdit>(RunEdit);
const checkMonitor = bodyChecker<MonitorRequest>(MonitorRequest);

interface RunPath {
  Params: { run: string };
}

/** Adds what a person may change of a run: its name, tags, notes, place, whether it stops by itself, its monitor. */
export function addEditRoutes(
  app: FastifyInstance,
  { monitor, access, now }: { monitor: Monitor; access: Access; now: () => number },
): void {
  const allow = rights(access);
  const find = (id: string, reply: FastifyReply): Run | null => {
    const run = monitor.runs.get(id);
    if (!run)
      void refuse(reply, fault('run-not-found', { field: 'run', rule: 'a run of this server', value: id }));
    return run ?? null;
  };

  const edit = async (run: Run, change: RunEdit, reply: FastifyReply) => {
    const at = now();
    const records: StoreRecord[] = [{ kind: 'edit', at, run: run.id, edit: change }];
    if (change.stop === 'never' && run.request && !run.request.acknowledged && !run.request.withdrawn)
      records.push({ kind: 'request', run: run.id, request: { ...run.request, withdrawn: at } });
    const reason = await keep(monitor, records);
    if (reason) return refuse(reply, reason);
    // The best epoch may be past already: then there is nothing to wait for.
    if (change.stop === 'best-epoch') {
      const due = stopDue(monitor.analyses.get(run.id)?.stop ?? null, run, now());
      const unkept = due.length > 0 ? await keep(monitor, due) : null;
      if (unkept) return refuse(reply, unkept);
    }
    return { run: runState(run, monitor.analyses.get(run.id)) };
  };

  app.patch<RunPath & { Body: string }>(
    '/api/runs/:run',
    { preHandler: allow('write') },
    async (request, reply) => {
      const run = find(request.params.run, reply);
      if (!run) return reply;
      const checked = checkEdit(request.body);
      if (!checked.ok) return refuse(reply, checked.fault);
      const unknown = Object.keys(checked.message).find((key) => !Object.hasOwn(RunEdit.properties, key));
      if (unknown !== undefined) {
        const rule = `one of ${Object.keys(RunEdit.properties).join(', ')}`;
        return refuse(reply, fault('bad-line', { field: 'field', rule, value: unknown }));
      }
      return edit(run, checked.message, reply);
    },
  );

  app.delete<RunPath>('/api/runs/:run', { preHandler: allow('write') }, async (request, reply) => {
    const run = find(request.params.run, reply);
    return run ? edit(run, { deleted: true }, reply) : reply;
  });

  app.put<RunPath & { Body: string }>(
    '/api/runs/:run/monitor',
    { preHandler: allow('write') },
    async (request, reply) => {
      const run = find(request.params.run, reply);
      if (!run) return reply;
      const checked = checkMonitor(request.body);
      if (!checked.ok) return refuse(reply, checked.fault);
      const { series, goal } = checked.message;
      const known = seriesStates(run, monitor.analyses.get(run.id)).find((one) => one.series === series);
      if (!known)
        return refuse(
          reply,
          fault('series-not-found', { field: 'series', rule: 'a series of this run', value: series }),
        );
      if (known.goal === null && goal === undefined)
        return refuse(
          reply,
          fault('bad-line', { field: 'goal', rule: 'min or max: the series has none of its own' }),
        );
      const define = (name: string, on: boolean): StoreRecord => ({
        kind: 'define',
        at: now(),
        run: run.id,
        define: {
          kind: 'define',
          series: name,
          monitor: on,
          ...(on && goal !== undefined && { goal }),
        },
      });
      const others = [...run.defines.values()].filter((one) => one.monitor && one.series !== series);
      const reason = await keep(monitor, [
        ...others.map((one) => define(one.series, false)),
        define(series, true),
      ]);
      return reason ? refuse(reply, reason) : { series };
    },
  );
}
