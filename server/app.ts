import { existsSync } from 'node:fs';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import fastify, { type FastifyInstance } from 'fastify';
import type { BacktestRequest } from '../shared/backtest.ts';
import { fault, type Fault } from '../shared/errors.ts';
import type { StopRequest } from '../shared/frames.ts';
import type { SettingRequest } from '../shared/settings.ts';
import { createAccess, type Tokens } from './access.ts';
import { backtestStored } from './backtest/stored.ts';
import type { Config } from './config.ts';
import { isStoppable } from './conclusions.ts';
import { openDesk } from './desk/desk.ts';
import { notices } from './desk/notices.ts';
import { openFanout } from './fanout.ts';
import { openGate } from './gate/gate.ts';
import { NO_QUOTAS, openQuotas } from './gate/quota.ts';
import { keep } from './keep.ts';
import { type LogLevel, logOptions, type LogStream } from './log.ts';
import { openMetrics } from './metrics.ts';
import { openMonitor } from './monitor.ts';
import { addRoutes, noSuchAddress } from './routes.ts';
import { addDeskRoutes } from './routes/desk.ts';
import { addEditRoutes } from './routes/edit.ts';
import { refuse } from './routes/rights.ts';
import { inlineScripts } from './inline-scripts.ts';
import { NO_SETTINGS, type ProjectSettings, readConfigFile } from './settings/config-file.ts';
import { readQuotas } from './settings/quotas.ts';
import { BadSetting, checkParameters } from './settings/setting.ts';
import { addSockets, type Endpoint } from './sockets.ts';
import { openStore } from './store/store.ts';
import { ROOT } from './version.ts';

/** A server that runs. */
export interface App {
  readonly http: FastifyInstance;
  /** Binds to the configured address; resolves with the one it got. */
  listen(): Promise<string>;
  /** Resolves when the detectors have seen everything accepted, which an acknowledgement does not wait for. */
  idle(): Promise<void>;
  /** Takes nothing more, makes everything accepted durable and lets go of the data folder. */
  close(): Promise<void>;
}

export interface AppOptions {
  readonly config: Config;
  /** null: none are asked for, which is for loopback only. */
  readonly tokens: Tokens | null;
  readonly warn: (message: string) => void;
  /** The structured log; left out: none. */
  readonly log?: { readonly level: LogLevel; readonly stream: LogStream };
}

/** Wires the line: gate, store, pipeline, fan-out, page. */
export async function createApp({ config, tokens, warn, log }: AppOptions): Promise<App> {
  const { host, port, limits, graceMs, httpGraceMs, closeMs } = config;
  const now = () => Date.now() / 1000;
  const access = createAccess(host, tokens);
  const settings = config.file === null ? NO_SETTINGS : await readConfigFile(config.file);
  const monitor = await openMonitor(
    (hooks) => openStore(config.data, { warn, segmentBytes: config.segmentBytes, ...hooks }),
    { now, warn },
  );
  const desk = await openDesk(config.data, now).catch(async (error: unknown) => {
    await monitor.close();
    throw error;
  });
  /** What people set on the page comes after the configuration file, which it may overrule. */
  const allSettings: ProjectSettings = (project) => [
    ...settings(project),
    ...desk.settings.forProject(project),
  ];
  const quotas = config.file === null ? NO_QUOTAS : openQuotas(await readQuotas(config.file));
  const metrics = openMetrics();
  const { meter } = metrics;
  const gate = openGate(monitor, { limits, now, graceMs, httpGraceMs, settings: allSettings, meter, quotas });

  const stop = async (id: string): Promise<Fault | null> => {
    const run = monitor.runs.get(id);
    if (run === undefined)
      return fault('run-not-found', { field: 'run', rule: 'a run of this server', value: id });
    if (!isStoppable(run)) return fault('run-ended', { field: 'run', rule: 'running', value: run.status });
    if (run.request && !run.request.withdrawn) return null; // asked already
    const best = monitor.analyses.get(id)?.best;
    const [step, epoch] = [best?.step ?? null, best?.epoch ?? null];
    const request: StopRequest = {
      by: 'person',
      reason: 'asked from the page',
      step,
      epoch,
      asked: now(),
      acknowledged: null,
    };
    return keep(monitor, [{ kind: 'request', run: id, request }]);
  };
  const fanout = openFanout(monitor, { now, stop, alerts: () => desk.marks.content });
  const telling = notices(monitor.changes, {
    runs: monitor.runs,
    marks: () => desk.marks.content,
    now,
  }).subscribe((notice) => desk.webhooks.tell(notice));
  metrics.watch({ monitor, gate, fanout, data: config.data });

  const http = fastify({
    bodyLimit: limits.frameBytes,
    routerOptions: { maxParamLength: 256 },
    // Routes check what they take and write what they give by themselves; Fastify's compilers would only be loaded.
    schemaController: { compilersFactory: { buildValidator: noCompiler, buildSerializer: noCompiler } },
    logger: log ? logOptions(log.level, log.stream) : false,
    // Of an address that cannot even be read.
    frameworkErrors: (_error, request, reply) => void refuse(reply, noSuchAddress(request.url)),
  });
  const asText = { parseAs: 'string' } as const;
  http.removeAllContentTypeParsers();
  http.addContentTypeParser('*', asText, (_request, body, done) => done(null, body));
  const page = join(ROOT, 'dist/client');
  const headers = securityHeaders(config.embed, inlineScripts(page));
  http.addHook('onSend', async (_request, reply) => void reply.headers(headers));
  const set = (
    run: string,
    { detector, enabled, parameters = {} }: SettingRequest,
  ): Promise<Fault | null> => {
    try {
      const checked = checkParameters(detector, parameters);
      const setting = { detector, parameters: checked, ...(enabled !== undefined && { enabled }) };
      return keep(monitor, [{ kind: 'setting', at: now(), run, setting, line: null }]);
    } catch (error) {
      if (error instanceof BadSetting) return Promise.resolve(fault('bad-setting', error));
      throw error;
    }
  };
  // One at a time: each takes a processor that trainers and viewers need as well.
  let backtests: Promise<unknown> = Promise.resolve();
  const backtest = (request: BacktestRequest) => {
    const scores = backtests.then(() => backtestStored(config.data, request));
    backtests = scores.catch(() => undefined);
    return scores;
  };
  addRoutes(http, { monitor, gate, metrics, access, stop, set, backtest });
  addEditRoutes(http, { monitor, access, now });
  addDeskRoutes(http, { desk, monitor, access, now, marked: () => fanout.tell(desk.marks.content) });
  if (existsSync(page)) await http.register(fastifyStatic, { root: page, cacheControl: true, maxAge: 0 });

  const sockets = addSockets(http, {
    access,
    frameBytes: limits.frameBytes,
    endpoints: new Map<string, Endpoint>([
      ['/api/trainer', { needs: 'write', connect: (socket, { holder }) => gate.connect(socket, holder) }],
      [
        '/api/viewer',
        {
          needs: 'read',
          connect: (socket, { right }, wire, { searchParams }) =>
            fanout.connect(socket, right, wire, searchParams.get('view')),
        },
      ],
    ]),
  });

  /** Whether it is about to listen, which is not to wait for anything that can be done afterwards. */
  let listening = false;
  http.addHook('onReady', (done) => {
    if (!listening) monitor.begin();
    done();
  });

  return {
    http,
    async listen() {
      listening = true;
      return http.listen({ host, port }).finally(() => void setImmediate(() => monitor.begin()));
    },
    idle: () => monitor.idle(),
    async close() {
      sockets.leave();
      const closing = http.close();
      sockets.end();
      // Whoever does not read its answer would keep the server for ever.
      const cut = setTimeout(() => http.server.closeAllConnections(), closeMs);
      await closing.finally(() => clearTimeout(cut));
      gate.close();
      fanout.close();
      metrics.close();
      telling.unsubscribe();
      desk.webhooks.close();
      await monitor.close();
    },
  };
}

function noCompiler(): never {
  throw new Error('route: must have no schema for Fastify');
}

/**
 * @param embed origins whose pages may show the page in a frame; a frame is a way to have people click unawares
 * @param scripts sources of the scripts that are written in the page itself
 */
function securityHeaders(embed: readonly string[], scripts: readonly string[]): Record<string, string> {
  const ancestors = embed.length === 0 ? "'none'" : ["'self'", ...embed].join(' ');
  return {
    'content-security-policy':
      `default-src 'none'; script-src ${["'self'", ...scripts].join(' ')}; style-src 'self'; ` +
      "img-src 'self' data:; connect-src 'self'; " +
      `manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors ${ancestors}`,
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cross-origin-opener-policy': 'same-origin',
  };
}
