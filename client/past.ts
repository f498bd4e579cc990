import { batch, computed, effect, signal, type ReadonlySignal } from '@preact/signals';
import type { Finding } from '../shared/finding.ts';
import type { RunState } from '../shared/frames.ts';
import type { Past } from '../shared/past.ts';
import type { Ask } from './api.ts';
import type { Location } from './location.ts';
import { byUrgency, type State } from './state.ts';

/** Time travel: the run that is looked at, as it stood at an earlier step. The step is in the address, `asof=1200`. */
export interface TimeTravel {
  /** The step that the run is looked at as of; null: as it is. */
  readonly asof: ReadonlySignal<number | null>;
  /** What was known then, by the server; the answer before it while this one is asked for. */
  readonly past: ReadonlySignal<Past | null>;
  readonly asking: ReadonlySignal<boolean>;
  /** Why it cannot be told; '' while it can. */
  readonly wrong: ReadonlySignal<string>;
  /** Goes to a step; null: back to what is. */
  go(step: number | null): void;
  /** The run as it was known then, or as it is. */
  shown(run: RunState): RunState;
  /** The run's findings, as they were known then or as they are. */
  findings(run: string): ReadonlySignal<readonly Finding[]>;
}

/** How long a slider must have rested before the server is asked, ms. */
const PAUSE = 90;

export function createTimeTravel(
  { location, state, ask }: { location: Location; state: State; ask: Ask },
  timer: { later(task: () => void, ms: number): unknown; cancel(handle: unknown): void },
): TimeTravel {
  const asof = computed(() => (location.route.value === null ? null : stepOf(location.param('asof'))));
  const past = signal<Past | null>(null);
  const asking = signal(false);
  const wrong = signal('');
  const kept = new Map<string, ReadonlySignal<readonly Finding[]>>();

  effect(() => {
    const step = asof.value;
    const run = location.route.value;
    if (step === null || run === null || past.peek()?.run !== run) past.value = null;
    wrong.value = '';
    asking.value = step !== null;
    if (step === null || run === null) return;
    const asked = new AbortController();
    const handle = timer.later(
      () => {
        const path = `runs/${encodeURIComponent(run)}/asof?step=${step}`;
        void ask<Past>('GET', path, undefined, asked.signal).then((answer) => {
          if (asked.signal.aborted) return;
          batch(() => {
            asking.value = false;
            if (answer.ok) past.value = answer.body;
            else wrong.value = answer.fault.message;
          });
        });
      },
      past.peek() ? PAUSE : 0,
    );
    return () => {
      timer.cancel(handle);
      asked.abort();
    };
  });

  return {
    asof,
    past,
    asking,
    wrong,
    go: (step) => location.show({ asof: step === null ? null : String(step) }),
    shown: (run) => {
      const at = asof.value;
      const then = past.value;
      if (at === null || run.run !== location.route.value) return run;
      const { step = null, epoch = null, points = 0, loss = null, best = null, verdict = '' } = then ?? {};
      const over = run.step !== null && at >= run.step && (then === null || then.attempt === run.attempt);
      return {
        ...run,
        ...{ step, epoch, points, loss, best, verdict },
        attempt: then?.attempt ?? run.attempt,
        heard: then?.time ?? run.heard,
        rate: null,
        ...(!over && { status: 'running', ended: null, reason: '', request: null }),
      };
    },
    findings: (run) => {
      let found = kept.get(run);
      if (!found) {
        found = computed(() => {
          if (asof.value === null || location.route.value !== run) return state.findings(run).value;
          return [...(past.value?.findings ?? [])].sort(byUrgency);
        });
        kept.set(run, found);
      }
      return found;
    },
  };
}

/** A step as the address has it; null where it has none. */
function stepOf(text: string): number | null {
  return /^\d{1,15}$/.test(text) ? Number(text) : null;
}
