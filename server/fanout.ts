import type { WebSocket } from 'ws';
import { type AlertMarks, NO_MARKS } from '../shared/alert.ts';
import { fault } from '../shared/errors.ts';
import type { ServerFrame, ViewerFrame } from '../shared/frames.ts';
import { PROTOCOL } from '../shared/version.ts';
import { checkViewerFrame } from './gate/check.ts';
import { heartbeat } from './gate/heartbeat.ts';
import type { Monitor } from './monitor.ts';
import { runState, seriesStates } from './run-state.ts';
import { runOf } from './store/record.ts';
import { VERSION } from './version.ts';
import { type Source, Viewer } from './viewer.ts';

/** Sends every viewer what it looks at, as it changes. */
export interface Fanout {
  /**
   * Takes a viewer's socket.
   * @param access whether this viewer may ask runs to stop
   * @param stop hears which run it asks to stop; returns the fault when that cannot be
   */
  connect(socket: WebSocket, access: 'read' | 'write'): void;
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
  readonly stop: (run: string) => ReturnType<typeof fault> | null;
  /** What people have said of alerts. */
  readonly alerts?: () => AlertMarks;
  /** Shortest time between two flushes, in ms. */
  readonly tickMs?: number;
}

/** How soon a stalled viewer is looked at again, in ms. */
const STALLED_MS = 50;

export function openFanout(
  monitor: Monitor,
  { now, stop, alerts = () => NO_MARKS, tickMs = 16 }: FanoutOptions,
): Fanout {
  const viewers = new Set<Viewer>();
  let timer: NodeJS.Timeout | null = null;
  let flushed = 0;

  const flush = () => {
    timer = null;
    flushed = performance.now();
    let later = false;
    let stalled = false;
    for (const viewer of viewers) {
      later = viewer.flush(flushed) || later;
      stalled ||= viewer.stalled;
    }
    if (later) schedule(stalled ? STALLED_MS : tickMs);
  };

  /** Flushes at once when the last flush is long enough ago, so that a lone point is not kept waiting. */
  const schedule = (soonest = 0) => {
    if (timer) return;
    timer = setTimeout(flush, Math.max(soonest, flushed + tickMs - performance.now()));
  };

  const subscription = monitor.changes.subscribe((records) => {
    if (viewers.size === 0 || records.length === 0) return;
    for (const record of records) {
      if (record.kind === 'checkpoint') continue;
      const run = runOf(record);
      for (const viewer of viewers) {
        viewer.markRun(run);
        if (record.kind === 'table') viewer.markPoints(run);
        if (record.kind === 'finding') viewer.markFinding(run, record.finding.id);
        if (record.kind === 'edit' && record.edit.deleted === false)
          for (const id of monitor.runs.get(run)?.findings.keys() ?? []) viewer.markFinding(run, id);
      }
    }
    schedule();
  });

  return {
    get viewers() {
      return viewers.size;
    },
    connect(socket, access) {
      const viewer = new Viewer(socket, source(monitor, now, access, alerts));
      viewers.add(viewer);
      const refuse = (reason: ReturnType<typeof fault>) => {
        socket.send(JSON.stringify({ kind: 'error', ...reason } satisfies ServerFrame));
      };
      const hear = (frame: ViewerFrame) => {
        if (frame.kind === 'view') {
          viewer.look(frame);
          schedule();
          return;
        }
        const reason =
          access === 'write'
            ? stop(frame.run)
            : fault('token-wrong', { field: 'token', rule: 'a writing one' });
        if (reason) refuse(reason);
      };
      socket.on('message', (data: Buffer) => {
        const checked = checkViewerFrame(data.toString());
        if (checked.ok) hear(checked.message);
        else refuse(checked.fault);
      });
      socket.on('error', () => undefined); // a close always follows
      socket.on('close', () => viewers.delete(viewer));
      heartbeat(socket);
      schedule();
    },
    tell(marks) {
      for (const viewer of viewers) viewer.tell({ kind: 'alerts', alerts: marks });
    },
    close() {
      if (timer) clearTimeout(timer);
      subscription.unsubscribe();
      viewers.clear();
    },
  };
}

/** Frames made of the monitor's present state. */
function source(
  monitor: Monitor,
  now: () => number,
  access: 'read' | 'write',
  alerts: () => AlertMarks,
): Source {
  const { runs, analyses } = monitor;
  const states = (ids: Iterable<string>) =>
    [...ids].flatMap((id) => {
      const run = runs.get(id);
      return run ? [runState(run, analyses.get(id))] : [];
    });
  return {
    runs,
    snapshot: () => ({
      kind: 'snapshot',
      protocol: PROTOCOL,
      server: VERSION,
      time: now(),
      access,
      runs: states(runs.keys()).filter(({ deleted }) => !deleted),
      findings: [...runs.values()].flatMap((run) => (run.edit.deleted ? [] : [...run.findings.values()])),
      alerts: alerts(),
    }),
    update: (changed, findings) => ({
      kind: 'update',
      time: now(),
      runs: states(changed),
      // A run that was deleted and comes back brings its findings along: a page may have none of them.
      findings: [...findings].flatMap(([id, run]) => runs.get(run)?.findings.get(id) ?? []),
    }),
    series: (run, view) => ({
      kind: 'series',
      view,
      run: run.id,
      series: seriesStates(run, analyses.get(run.id)),
    }),
  };
}
