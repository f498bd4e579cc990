import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';
import { text } from 'node:stream/consumers';
import { WebSocketServer, type WebSocket } from 'ws';
import { type AlertMarks, NO_MARKS } from '../../../shared/alert.ts';
import type { BacktestRequest, Score } from '../../../shared/backtest.ts';
import type { Finding } from '../../../shared/finding.ts';
import {
  type RunState,
  type SeriesState,
  type ServerFrame,
  type StopFrame,
  type ViewFrame,
} from '../../../shared/frames.ts';
import { encodePoints, type PointColumns } from '../../../shared/points.ts';
import { PROTOCOL } from '../../../shared/version.ts';
import { inlineScripts } from '../../../server/inline-scripts.ts';
import { startMockApi } from './mock-api.ts';

export const CLIENT = join(import.meta.dirname, '../../../dist/client');

/** Why the page cannot be tested, or null. */
export const noPage = existsSync(join(CLIENT, 'index.html')) ? null : 'dist/client is not built';

/** The header a real server sends, or a stricter one. */
const POLICY =
  "default-src 'self'; img-src 'self' data:; style-src 'self'; connect-src 'self'; " +
  `script-src ${["'self'", ...inlineScripts(CLIENT)].join(' ')}; ` +
  "object-src 'none'; base-uri 'none'; frame-ancestors 'none'";

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.webmanifest': 'application/manifest+json',
};

/** One line of a chart, as a scene describes it. */
export interface Curve extends SeriesState {
  readonly attempt?: number;
  readonly points: PointColumns;
}

/** Everything a server would know. */
export interface Scene {
  readonly runs: readonly RunState[];
  readonly findings: readonly Finding[];
  readonly curves: ReadonlyMap<string, readonly Curve[]>;
  readonly access?: 'read' | 'write';
  readonly alerts?: AlertMarks;
  /** What a backtest is answered with. */
  readonly backtest?: (request: BacktestRequest) => readonly Score[];
}

/** A server of made-up frames, for states of the page that real trainings reach seldom. */
export interface MockFeed {
  readonly url: string;
  /** What the page has asked by HTTP, in order; paths behind `/api/`. */
  readonly asked: readonly { readonly method: string; readonly path: string; readonly body: object | null }[];
  /** What the page has sent, in order. */
  readonly received: readonly (ViewFrame | StopFrame)[];
  /** Resolves with the first frame, past or to come, for which `wanted` holds. */
  next<F extends ViewFrame | StopFrame>(wanted: (frame: ViewFrame | StopFrame) => frame is F): Promise<F>;
  update(changed: { runs?: readonly RunState[]; findings?: readonly Finding[] }): void;
  /** Sends points of a viewed run. */
  append(
    run: string,
    of: Pick<Curve, 'series' | 'rank'> & { readonly attempt: number },
    points: PointColumns,
  ): void;
  /** Sends a frame; bytes as they are. */
  send(frame: ServerFrame | Uint8Array): void;
  /** Closes every viewer's socket; with `refuse`, answers as a server that asks for a token from then on. */
  drop(refuse?: boolean): void;
  close(): Promise<void>;
}

export async function startMockFeed(scene: Scene): Promise<MockFeed> {
  const received: (ViewFrame | StopFrame)[] = [];
  const waiting = new Set<(frame: ViewFrame | StopFrame) => void>();
  let view: ViewFrame | null = null;
  let refusing = false;
  let { runs, findings, alerts: marks = NO_MARKS } = scene;

  const asked: MockFeed['asked'][number][] = [];
  const api = startMockApi({
    run: (id) => runs.find(({ run }) => run === id),
    deleted: () => runs.filter(({ deleted }) => deleted),
    findings: (id) => findings.filter(({ run }) => run === id),
    change: (changed) => update({ runs: [changed] }),
    marks,
    tell: (alerts) => {
      marks = alerts;
      broadcast(JSON.stringify({ kind: 'alerts', alerts } satisfies ServerFrame));
    },
    backtest: scene.backtest ?? (() => []),
  });
  const answer = async (
    request: IncomingMessage,
    response: ServerResponse,
    path: string,
    query: URLSearchParams,
  ): Promise<void> => {
    const body = await text(request);
    asked.push({
      method: request.method ?? '',
      path,
      body: body === '' ? null : (JSON.parse(body) as object),
    });
    const { status, content } = api(request.method ?? '', path, body, query);
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(content));
  };

  const http = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://page');
    const path = normalize(pathname);
    if (path.startsWith('/api/')) return void answer(request, response, path.slice(5), searchParams);
    const file = join(CLIENT, path === '/' ? 'index.html' : path);
    readFile(file).then(
      (body) => {
        response.writeHead(200, {
          'content-type': TYPES[extname(file)] ?? 'application/octet-stream',
          'content-security-policy': POLICY,
        });
        response.end(body);
      },
      () => response.writeHead(404).end(),
    );
  });
  const sockets = new WebSocketServer({ noServer: true });
  http.on('upgrade', (request, socket, head) => {
    sockets.handleUpgrade(request, socket, head, (viewer) => {
      if (refusing) viewer.close(4403, 'token-missing');
      else serve(viewer, new URL(request.url ?? '/', 'http://page').searchParams.get('view'));
    });
  });

  const broadcast = (data: string | Uint8Array): void =>
    sockets.clients.forEach((viewer) => viewer.send(data));
  const update: MockFeed['update'] = ({ runs: changedRuns = [], findings: changedFindings = [] }) => {
    runs = [...runs.filter(({ run }) => !changedRuns.some((one) => one.run === run)), ...changedRuns];
    findings = [
      ...findings.filter(({ id }) => !changedFindings.some((one) => one.id === id)),
      ...changedFindings,
    ];
    const time = Date.now() / 1000;
    broadcast(JSON.stringify({ kind: 'update', time, runs: changedRuns, findings: changedFindings }));
  };
  const serve = (viewer: WebSocket, first: string | null): void => {
    const hear = (text: string): void => {
      const frame = JSON.parse(text) as ViewFrame | StopFrame;
      received.push(frame);
      [...waiting].forEach((look) => look(frame));
      if (frame.kind === 'view') show(viewer, (view = frame));
    };
    viewer.on('message', (data: Buffer) => hear(data.toString()));
    viewer.send(
      JSON.stringify({
        kind: 'snapshot',
        protocol: PROTOCOL,
        server: 'mock',
        time: Date.now() / 1000,
        access: scene.access ?? 'write',
        runs: runs.filter(({ deleted }) => !deleted),
        findings,
        alerts: marks,
      } satisfies ServerFrame),
    );
    if (first !== null) hear(first);
  };
  const show = (viewer: WebSocket, { view, runs: viewed }: ViewFrame): void => {
    for (const run of viewed) {
      const curves = scene.curves.get(run) ?? [];
      const series = curves.map(({ series, rank, role, split, quantity, goal }) => ({
        series,
        rank,
        role,
        split,
        quantity,
        goal,
      }));
      viewer.send(JSON.stringify({ kind: 'series', view, run, series } satisfies ServerFrame));
      const parts = curves.map(({ attempt = 0, points }, i) => ({
        ...{ series: i, attempt, total: points.steps.length, replace: true, window: null },
        ...points,
      }));
      viewer.send(encodePoints({ view, run, parts }));
    }
  };

  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}/`,
    received,
    asked,
    next: (wanted) =>
      new Promise((resolve) => {
        const past = received.find(wanted);
        if (past) return resolve(past);
        const look = (frame: ViewFrame | StopFrame): void => {
          if (!wanted(frame)) return;
          waiting.delete(look);
          resolve(frame);
        };
        waiting.add(look);
      }),
    update,
    append: (run, { series, rank, attempt }, points) => {
      const curves = scene.curves.get(run) ?? [];
      const part = {
        series: curves.findIndex((curve) => curve.series === series && curve.rank === rank),
        ...{ attempt, total: points.steps.length, replace: false, window: null },
        ...points,
      };
      broadcast(encodePoints({ view: view?.view ?? 0, run, parts: [part] }));
    },
    send: (frame) => broadcast(frame instanceof Uint8Array ? frame : JSON.stringify(frame)),
    drop: (refuse = false) => {
      refusing = refuse;
      sockets.clients.forEach((viewer) => viewer.terminate());
    },
    close: () =>
      new Promise((resolve) => {
        sockets.clients.forEach((viewer) => viewer.terminate());
        http.closeAllConnections();
        http.close(() => resolve());
      }),
  };
}
