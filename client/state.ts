import { computed, signal, type ReadonlySignal, type Signal } from '@preact/signals';
import type { RunState, ServerFrame, ViewerError } from '../shared/frames.ts';
import type { Finding } from '../shared/finding.ts';
import type { Connection } from './socket.ts';
import { byText } from './text-order.ts';

/** What the page knows of the server's runs. Each run and its findings are signals of their own: a row redraws alone. */
export interface State {
  readonly connection: Signal<Connection>;
  /** null before the first snapshot. */
  readonly server: Signal<ServerInfo | null>;
  /** Server's clock in whole seconds since 1970, ticking on between frames; 0 before the first. */
  readonly clock: Signal<number>;
  /** Ids of all runs: active ones first, then the newest first. */
  readonly order: Signal<readonly string[]>;
  readonly runs: ReadonlyMap<string, Signal<RunState>>;
  /** Counts up every two seconds in which any run has changed: what orders all runs hangs on it. */
  readonly beat: Signal<number>;
  /** Whether this page may change things. */
  readonly mayWrite: ReadonlySignal<boolean>;
  /** The last error the server sent; null once it was dismissed. */
  readonly fault: Signal<ViewerError | null>;
  findings(run: string): Signal<readonly Finding[]>;
  apply(frame: ServerFrame, now: number): readonly Finding[];
  /** Moves the clock on. @param now ms by the page's clock */
  tick(now: number): void;
}

export interface ServerInfo {
  readonly version: string;
  readonly protocol: number;
  readonly access: 'read' | 'write';
}

export function createState(): State {
  const runs = new Map<string, Signal<RunState>>();
  const findings = new Map<string, Signal<readonly Finding[]>>();
  const order = signal<readonly string[]>([]);
  const clock = signal(0);
  /** Server's clock less the page's, s. */
  let offset = 0;
  let changed = false;
  let beaten = 0;

  const findingsOf = (run: string): Signal<readonly Finding[]> => {
    let found = findings.get(run);
    if (!found) findings.set(run, (found = signal<readonly Finding[]>([])));
    return found;
  };

  const state: State = {
    connection: signal<Connection>({ state: 'connecting', failures: 0 }),
    server: signal(null),
    fault: signal(null),
    beat: signal(0),
    mayWrite: computed(() => state.server.value?.access === 'write'),
    clock,
    order,
    runs,
    findings: findingsOf,
    tick: (now) => {
      if (state.server.value) clock.value = Math.floor(now / 1000 + offset);
      if (!changed || now - beaten < BEAT) return;
      changed = false;
      beaten = now;
      state.beat.value += 1;
    },
    apply: (frame, now) => {
      if (frame.kind === 'error') state.fault.value = frame;
      if (frame.kind !== 'snapshot' && frame.kind !== 'update') return [];
      offset = frame.time - now / 1000;
      let moved = false;
      if (frame.kind === 'snapshot') {
        const { server: version, protocol, access } = frame;
        state.server.value = { version, protocol, access };
        const kept = new Set(frame.runs.map(({ run }) => run));
        for (const run of runs.keys()) if (!kept.has(run)) moved = runs.delete(run);
        for (const known of findings.values()) known.value = [];
      }
      state.tick(now);
      changed ||= frame.runs.length > 0;
      for (const run of frame.runs) {
        if (run.deleted) {
          moved = runs.delete(run.run) || moved;
          continue;
        }
        const known = runs.get(run.run);
        moved ||= !known || placeOf(known.value) !== placeOf(run);
        if (known) known.value = run;
        else runs.set(run.run, signal(run));
      }
      mergeFindings(frame.findings, findingsOf);
      if (moved) order.value = arrangeRuns([...runs.values()].map((run) => run.value));
      return frame.findings;
    },
  };
  return state;
}

/** Still training, as far as is known. */
export function isActive({ status }: RunState): boolean {
  return status === 'running' || status === 'lost';
}

/** Runs that are known to have changed are put in order anew at most this often, ms. */
const BEAT = 2_000;

/** What of a run decides its place in the list. */
function placeOf(run: RunState): number {
  return Number(run.pinned) * 4 + Number(isActive(run)) * 2 + Number(run.archived);
}

/** Ids with pinned runs first, then active runs first, then the newest first; the order does not change while runs log. */
export function arrangeRuns(runs: readonly RunState[]): string[] {
  return [...runs]
    .sort(
      (a, b) =>
        Number(b.pinned) - Number(a.pinned) ||
        Number(isActive(b)) - Number(isActive(a)) ||
        b.created - a.created ||
        byText(a.run, b.run),
    )
    .map(({ run }) => run);
}

/** Puts changed findings in place of what was known of them: open first, then the latest first. */
function mergeFindings(
  changed: readonly Finding[],
  findingsOf: (run: string) => Signal<readonly Finding[]>,
): void {
  const byRun = new Map<string, Map<string, Finding>>();
  for (const finding of changed) {
    let of = byRun.get(finding.run);
    if (!of) {
      of = new Map(findingsOf(finding.run).value.map((known) => [known.id, known]));
      byRun.set(finding.run, of);
    }
    of.set(finding.id, finding);
  }
  for (const [run, all] of byRun) findingsOf(run).value = [...all.values()].sort(byUrgency);
}

const SEVERITY = { critical: 0, warning: 1, info: 2 } as const;

/** Open findings first, the gravest first, the latest first. */
export function byUrgency(a: Finding, b: Finding): number {
  if (a.status !== b.status) return a.status === 'open' ? -1 : 1;
  return SEVERITY[a.severity] - SEVERITY[b.severity] || b.step - a.step || byText(a.id, b.id);
}
