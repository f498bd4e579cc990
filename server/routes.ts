import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { BacktestRequest, type Score } from '../shared/backtest.ts';
import { ERRORS, fault, type Fault } from '../shared/errors.ts';
import { SettingRequest } from '../shared/settings.ts';
import { type Access, COOKIE } from './access.ts';
import { BadRequest } from './backtest/stored.ts';
import { bodyChecker } from './gate/check.ts';
import type { Gate } from './gate/gate.ts';
import type { Metrics } from './metrics.ts';
import type { Monitor } from './monitor.ts';
import { addReads, refusalIn } from './routes/reads.ts';
import { refuse as send, rights, tokenOf } from './routes/rights.ts';
import type { Run } from './store/run.ts';

export interface RouteOptions {
  readonly monitor: Monitor;
  readonly gate: Gate;
  readonly metrics: Pick<Metrics, 'text' | 'contentType'>;
  readonly access: Access;
  /** Asks a run to stop for a person; resolves when that is kept, with the fault when it cannot be. */
  readonly stop: (run: string) => Promise<Fault | null>;
  /** Sets a detector for a run; resolves when it is kept, with the fault when it cannot be. */
  readonly set: (run: string, setting: SettingRequest) => Promise<Fault | null>;
  /** Replays stored runs. */
  readonly backtest: (request: BacktestRequest) => Promise<Score[]>;
}

const checkSetting = bodyChecker<SettingRequest>(SettingRequest);
const checkBacktest = bodyChecker<BacktestRequest>(BacktestRequest);

/** Adds the HTTP API. */
export function addRoutes(
  app: FastifyInstance,
  { monitor, gate, metrics, access, stop, set, backtest }: RouteOptions,
): void {
  const allow = rights(access);
  const find = (request: FastifyRequest<RunPath>, reply: FastifyReply): Run | null => {
    const run = monitor.runs.get(request.params.run);
    if (run === undefined)
      void send(
        reply,
        fault('run-not-found', { field: 'run', rule: 'a run of this server', value: request.params.run }),
      );
    return run ?? null;
  };

  app.get('/healthz', (_request, reply) =>
    monitor.failing ? reply.code(503).send({ status: 'store-failed' }) : { status: 'ok' },
  );

  app.get('/metrics', { preHandler: allow('read') }, async (_request, reply) =>
    reply.type(metrics.contentType).send(await metrics.text()),
  );

  app.post<{ Body: string | undefined }>(
    '/api/lines',
    { preHandler: allow('write') },
    async (request, reply) => {
      const checked = access.check({ headers: request.headers, token: tokenOf(request) });
      const answers = await gate.post(request.body ?? '', 'fault' in checked ? undefined : checked.holder);
      const worst = Math.max(
        200,
        ...answers.map((answer) => (answer.kind === 'error' ? ERRORS[answer.code].status : 200)),
      );
      return reply
        .code(worst)
        .type('application/x-ndjson')
        .send(answers.map((answer) => `${JSON.stringify(answer)}\n`).join(''));
    },
  );

  // Whoever holds the writing token may give the reading one away; whoever holds the reading one has it.
  app.get('/api/share', { preHandler: allow('read') }, () => ({ token: access.tokens?.read ?? null }));

  addReads(app, { monitor, allow: allow('read') });

  app.post<RunPath>('/api/runs/:run/stop', { preHandler: allow('write') }, async (request, reply) => {
    const reason = await stop(request.params.run);
    return reason ? send(reply, reason) : reply.code(202).send({ asked: true });
  });

  app.put<RunPath & { Body: string }>(
    '/api/runs/:run/settings',
    { preHandler: allow('write') },
    async (request, reply) => {
      const run = find(request, reply);
      if (run === null) return reply;
      const checked = checkSetting(request.body);
      if (!checked.ok) return send(reply, checked.fault);
      const reason = await set(run.id, checked.message);
      return reason ? send(reply, reason) : { settings: [...run.settings.values()] };
    },
  );

  app.post<{ Body: string }>('/api/backtest', { preHandler: allow('read') }, async (request, reply) => {
    const checked = checkBacktest(request.body);
    if (!checked.ok) return send(reply, checked.fault);
    try {
      return { scores: await backtest(checked.message) };
    } catch (error) {
      if (error instanceof BadRequest)
        return send(reply, { ...fault('bad-setting'), message: error.message });
      throw error;
    }
  });

  // A browser shows its token once, in the address, and keeps it where scripts cannot read it.
  app.addHook('onRequest', async (request, reply) => {
    const token = tokenOf(request);
    if (token === undefined || /^\/(api\/|metrics)/.test(request.url) || access.tokens === null) return;
    const shown = access.check({ headers: request.headers, token });
    if ('fault' in shown) return;
    // A link that is shared is often opened by who made it: that must not cost them their own token.
    const held = access.check({ headers: request.headers, token: undefined });
    if (!('fault' in held) && held.right === 'write' && shown.right === 'read') return reply.redirect('/');
    return reply
      .header('set-cookie', `${COOKIE}=${token}; HttpOnly; SameSite=Strict; Path=/; Max-Age=31536000`)
      .redirect('/');
  });

  app.setNotFoundHandler((request, reply) => send(reply, noSuchAddress(request.url)));
  app.setErrorHandler<Error & { statusCode?: number }>((error, request, reply) => {
    if (error.statusCode === 413) {
      return send(
        reply,
        fault('frame-too-large', {
          field: 'body',
          rule: 'smaller',
          value: request.headers['content-length'],
        }),
      );
    }
    if (error.statusCode !== undefined && error.statusCode < 500) {
      return reply
        .code(error.statusCode)
        .send({ kind: 'error', ...fault('bad-json'), message: error.message });
    }
    const refusal = refusalIn(error);
    if (refusal) return send(reply, refusal);
    request.log.error(error);
    return send(reply, fault('internal'));
  });
}

/** The fault of an address at which there is nothing. */
export function noSuchAddress(url: string): Fault {
  return fault('not-found', { field: 'address', rule: 'one of docs/protocol.md', value: url });
}

interface RunPath {
  Params: { run: string };
}
