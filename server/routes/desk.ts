import type { FastifyInstance } from 'fastify';
import { AlertAction, ScopedSetting, WebhookRequest } from '../../shared/desk.ts';
import { fault, type Fault } from '../../shared/errors.ts';
import type { Access } from '../access.ts';
import type { Desk } from '../desk/desk.ts';
import { isStoppable } from '../conclusions.ts';
import { bodyChecker } from '../gate/check.ts';
import { keep } from '../keep.ts';
import type { Monitor } from '../monitor.ts';
import { readCatalogue } from '../settings/catalogue.ts';
import { BadSetting, checkParameters } from '../settings/setting.ts';
import { refuse, rights } from './rights.ts';

const checkSetting = bodyChecker<ScopedSetting>(ScopedSetting);
const checkAction = bodyChecker<AlertAction>(AlertAction);
const checkWebhook = bodyChecker<WebhookRequest>(WebhookRequest);

export interface DeskRoutes {
  readonly desk: Desk;
  readonly monitor: Monitor;
  readonly access: Access;
  /** Seconds since 1970. */
  readonly now: () => number;
  /** Told when what people say of alerts has changed. */
  readonly marked: () => void;
}

/** Adds what people keep at the server beside the runs: settings for new runs, marks on alerts, webhooks. */
export function addDeskRoutes(
  app: FastifyInstance,
  { desk, monitor, access, now, marked }: DeskRoutes,
): void {
  const allow = rights(access);
  const catalogue = readCatalogue();
  /** What is to be kept may not be: the disk is full, say. */
  const failed = (work: Promise<unknown>) => work.then(() => false).catch(() => true);
  const keptOr = (work: Promise<Fault | null>) => work.catch(() => fault('store-failed'));

  app.get('/api/detectors', { preHandler: allow('read') }, () => ({ detectors: catalogue }));

  app.get('/api/settings', { preHandler: allow('read') }, () => desk.settings.content);

  // For new runs, and for those that are still training.
  app.put<{ Body: string }>('/api/settings', { preHandler: allow('write') }, async (request, reply) => {
    const checked = checkSetting(request.body);
    if (!checked.ok) return refuse(reply, checked.fault);
    const { project, detector, enabled, parameters = {} } = checked.message;
    try {
      await desk.settings.set(checked.message);
    } catch (error) {
      if (error instanceof BadSetting) return refuse(reply, fault('bad-setting', error));
      return refuse(reply, fault('store-failed'));
    }
    const setting = {
      detector,
      parameters: checkParameters(detector, parameters),
      ...(enabled !== undefined && { enabled }),
    };
    const active = [...monitor.runs.live()].filter(
      (run) => isStoppable(run) && (project === undefined || run.project === project),
    );
    const reason = await keep(
      monitor,
      active.map((run) => ({ kind: 'setting', at: now(), run: run.id, setting, line: null })),
    );
    return reason ? refuse(reply, reason) : { runs: active.length };
  });

  app.post<{ Body: string }>('/api/alerts', { preHandler: allow('write') }, async (request, reply) => {
    const checked = checkAction(request.body);
    if (!checked.ok) return refuse(reply, checked.fault);
    const action = checked.message;
    const mutes = action.action === 'mute' || action.action === 'unmute';
    if (mutes && action.detector === undefined && action.run === undefined)
      return refuse(reply, fault('bad-line', { field: 'detector', rule: 'given, or run' }));
    if (!mutes && (action.findings ?? []).length === 0)
      return refuse(reply, fault('bad-line', { field: 'findings', rule: 'ids of findings' }));
    if (await failed(desk.marks.act(action, now()))) return refuse(reply, fault('store-failed'));
    marked();
    return { alerts: desk.marks.content };
  });

  // Targets may hold secrets: whoever may only look does not see them.
  app.get('/api/webhooks', { preHandler: allow('write') }, () => ({ webhooks: desk.webhooks.views() }));

  const answer = (reason: Fault | null) => reason ?? { webhooks: desk.webhooks.views() };

  app.post<{ Body: string }>('/api/webhooks', { preHandler: allow('write') }, async (request, reply) => {
    const checked = checkWebhook(request.body);
    if (!checked.ok) return refuse(reply, checked.fault);
    const reason = await keptOr(desk.webhooks.add(checked.message));
    return reason ? refuse(reply, reason) : answer(null);
  });

  app.delete<Named>('/api/webhooks/:id', { preHandler: allow('write') }, async (request, reply) => {
    const reason = await keptOr(desk.webhooks.remove(request.params.id));
    return reason ? refuse(reply, reason) : answer(null);
  });

  app.post<Named>('/api/webhooks/:id/test', { preHandler: allow('write') }, async (request, reply) => {
    const outcome = await desk.webhooks.test(request.params.id);
    return 'code' in outcome ? refuse(reply, outcome) : outcome;
  });

  for (const [verb, enabled] of [
    ['enable', true],
    ['disable', false],
  ] as const) {
    app.post<Named>(`/api/webhooks/:id/${verb}`, { preHandler: allow('write') }, async (request, reply) => {
      const reason = await keptOr(desk.webhooks.enable(request.params.id, enabled));
      return reason ? refuse(reply, reason) : answer(null);
    });
  }
}

interface Named {
  Params: { id: string };
}
