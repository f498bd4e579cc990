import type { WebSocket } from 'ws';
import { type AlertMarks, NO_MARKS } from '../shared/alert.ts';
import { fault } from '../shared/errors.ts';
import type { ServerFrame, ViewerFrame } from '../shared/frames.ts';
import { PROTOCOL } from '../shared/version.ts';
import { checkView, checkViewerFrame } from './gate/check.ts';
import { heartbeat } from './gate/heartbeat.ts';
import type { Monitor } from './monitor.ts';
import { runState, seriesStates } from './run-state.ts';
import { type Delta, deltaOf, type Mark, markOf } from './look.ts';
import { runOf } from './store/record.ts';
import type { Run } from './store/run.ts';
import { shareUpdates } from './updates.ts';
import { VERSION } from './version.ts';
import { type Source, Viewer, type Wire } from './viewer.ts';

/** Sends every viewer what it looks at, as it changes. */
export interface Fanout {
  /**
   * Takes a viewer's socket.
   * @param access whether this viewer may ask runs to stop
   * @param wire what the socket writes to
   * @param view a `view` frame that it begins with; null: none
   */
  connect(socket: WebSocket, access: 'read' | 'write', wire: Wire, view: string | null): void;
  /** Tells every viewer what people now say of alerts. */
  tell(alerts: AlertMarks): void;
  close(): void;
  /** Open sockets. */
  readonly viewers: number;
}

export interface FanoutOptions {
  /** Seconds since 1970. */
  readonly now: () => number;
  /** Asks a run to stop for a person. */
  readonly stop: (run: string) => Promise<ReturnType<typeof fault> | null>;
  /** What people have said of alerts. */
  readonly alerts?: () => AlertMarks;
}

export function openFanout(monitor: Monitor, { now, stop, alerts = () => NO_MARKS }: FanoutOptions): Fanout {
  const viewers = new Set<Viewer>();
  const marks = shareMarks();
  const updates = shareUpdates(monitor, now);
  /** What the series of each run that is looked at were to the detectors. */
  const bound = new WeakMap<Run, object>();
  let turn: NodeJS.Immediate | undefined;
  let timer: NodeJS.Timeout | undefined;

  const flush = () => {
    clearTimeout(timer);
    updates.forget();
    const now = performance.now();
    let next = Infinity;
    for (const viewer of viewers) next = Math.min(next, viewer.flush(now));
    if (next < Infinity) timer = setTimeout(flush, next - now);
  };

  /** Looks at every viewer in the next turn; whoever has just been sent much waits, see shared/pace.ts. */
  const due = () => {
    turn ??= setImmediate(() => {
      turn = undefined;
      flush();
    });
  };

  // Points are shown when they are on the disk; the detectors may still be behind.
  const points = monitor.durable.subscribe((records) => {
    if (viewers.size === 0) return;
    for (const record of records)
      if (record.kind === 'table') for (const viewer of viewers) viewer.markPoints(record.table.run);
    due();
  });

  /** Whether what a run's series are to the detectors is another than when last asked. */
  const isRebound = (id: string): boolean => {
    const run = monitor.runs.get(id);
    const bindings = monitor.analyses.get(id)?.bindings;
    if (run === undefined || bindings === undefined || bound.get(run) === bindings) return false;
    bound.set(run, bindings);
    return true;
  };

  const changes = monitor.changes.subscribe((records) => {
    if (viewers.size === 0 || records.length === 0) return;
    for (const record of records) {
      if (record.kind === 'checkpoint') continue;
      const run = runOf(record);
      const rebound = isRebound(run);
      for (const viewer of viewers) {
        viewer.markRun(run);
        if (rebound) viewer.markPoints(run);
        if (record.kind === 'finding') viewer.markFinding(run, record.finding.id);
        if (record.kind === 'edit' && record.edit.deleted === false)
          for (const id of monitor.runs.get(run)?.findings.keys() ?? []) viewer.markFinding(run, id);
      }
    }
    due();
  });

  return {
    get viewers() {
      return viewers.size;
    },
    connect(socket, access, wire, view) {
      const { update } = updates;
      const viewer = new Viewer(socket, wire, source(monitor, { now, access, alerts, due, marks, update }));
      viewers.add(viewer);
      const refuse = (reason: ReturnType<typeof fault>) => {
        socket.send(JSON.stringify({ kind: 'error', ...reason } satisfies ServerFrame));
      };
      const hear = (frame: ViewerFrame) => {
        if (frame.kind === 'view') {
          viewer.look(frame);
          due();
          return;
        }
        if (access === 'read') {
          refuse(fault('token-wrong', { field: 'token', rule: 'a writing one' }));
          return;
        }
        void stop(frame.run).then((reason) => reason && refuse(reason));
      };
      socket.on('message', (data: Buffer) => {
        const checked = checkViewerFrame(data.toString());
        if (checked.ok) hear(checked.message);
        else refuse(checked.fault);
      });
      if (view !== null) {
        const checked = checkView(view);
        if (checked.ok) viewer.begin(checked.message);
        else refuse(checked.fault);
      }
      socket.on('error', () => undefined); // a close always follows
      socket.on('close', () => viewers.delete(viewer));
      heartbeat(socket);
      due();
    },
    tell(marks) {
      for (const viewer of viewers) viewer.tell({ kind: 'alerts', alerts: marks });
    },
    close() {
      clearImmediate(turn);
      clearTimeout(timer);
      points.unsubscribe();
      changes.unsubscribe();
      viewers.clear();
    },
  };
}

/**
 * Remembers the marks of the runs that are looked at, and what came between them, so that two hundred viewers of one run
 * cost one look through its series.
 */
function shareMarks(): { mark(run: Run): Mark; delta(run: Run, from: Mark, to: Mark): Delta } {
  const latest = new WeakMap<Run, { points: number; mark: Mark }>();
  const deltas = new WeakMap<Mark, { to: Mark; delta: Delta }>();
  return {
    mark(run) {
      const known = latest.get(run);
      if (known?.points === run.points) return known.mark;
      const mark = markOf(run);
      latest.set(run, { points: run.points, mark });
      return mark;
    },
    delta(run, from, to) {
      const known = deltas.get(from);
      // Of nothing there is one mark for all runs.
      if (known?.to === to && from.size > 0) return known.delta;
      const delta = deltaOf(run, from, to);
      if (from.size > 0) deltas.set(from, { to, delta });
      return delta;
    },
  };
}

/** Frames made of the monitor's present state. */
function source(
  { runs, analyses, points, resting }: Monitor,
  {
    now,
    access,
    alerts,
    due,
    marks,
    update,
  }: Pick<Source, 'due' | 'marks' | 'update'> & {
    now: () => number;
    access: 'read' | 'write';
    alerts: () => AlertMarks;
  },
): Source {
  // Resting runs' rows and findings are JSON already: a thousand of them are joined, not parsed.
  const listed = (head: string, wanted: (id: string) => boolean): string => {
    const rows: string[] = [];
    const findings: string[] = [];
    for (const id of runs.shown()) {
      if (!wanted(id)) continue;
      const run = runs.isLive(id) ? runs.get(id) : undefined;
      const row = run ? JSON.stringify(runState(run, analyses.get(id))) : resting.state(id);
      const said = run ? JSON.stringify([...run.findings.values()]) : resting.findings(id);
      if (row !== null) rows.push(row);
      if (said.length > 2) findings.push(said.slice(1, -1));
    }
    return `${head.slice(0, -1)},"runs":[${rows.join()}],"findings":[${findings.join()}]}`;
  };
  return {
    runs,
    due,
    ...(marks && { marks }),
    window: (run, series, attempt, wish) => points.window(run, series, attempt, wish),
    snapshot: (only) => {
      const head = JSON.stringify({
        kind: 'snapshot',
        protocol: PROTOCOL,
        server: VERSION,
        time: now(),
        access,
        alerts: alerts(),
      });
      return listed(head, (id) => only?.has(id) ?? true);
    },
    rest: (told) =>
      listed(JSON.stringify({ kind: 'update', rest: true, time: now() }), (id) => !told.has(id)),
    update,
    bindings: (run) => analyses.get(run.id)?.bindings,
    series: (run, view) => ({
      kind: 'series',
      view,
      run: run.id,
      series: seriesStates(run, analyses.get(run.id)),
    }),
  };
}
