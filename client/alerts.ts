import { computed, signal, type ReadonlySignal } from '@preact/signals';
import { type AlertMarks, type AlertState, alertState, calls, isAlert, NO_MARKS } from '../shared/alert.ts';
import type { AlertAction } from '../shared/desk.ts';
import type { Finding } from '../shared/finding.ts';
import { readNames, writeNames, type Store } from './storage.ts';
import { byText } from './text-order.ts';

/** Which findings call for a person, what people have said of them, and which findings were read. */
export interface Alerts {
  /** Alerts that nobody has acknowledged, snoozed or muted yet, the latest first. */
  readonly pending: ReadonlySignal<readonly Finding[]>;
  /** Every alert there was, with where it is in its life, the latest first. */
  readonly all: ReadonlySignal<readonly { readonly finding: Finding; readonly state: AlertState }[]>;
  readonly marks: ReadonlySignal<AlertMarks>;
  /** Ids of findings that were looked at. */
  readonly read: ReadonlySignal<ReadonlySet<string>>;
  /**
   * Takes findings as they come from the server. Those of the first snapshot, and of its rest, are only shown; an alert
   * that is new after it is announced, once for its id.
   */
  take(findings: readonly Finding[], from: 'snapshot' | 'rest' | 'update'): void;
  mark(marks: AlertMarks): void;
  /** Acknowledges alerts, for everyone; where this page may not write, they are only dismissed here. */
  acknowledge(ids: readonly string[]): void;
  /** Snoozes, mutes or takes back, for everyone. */
  act(action: AlertAction): void;
  markRead(id: string): void;
}

/** What alerts need of the world. */
export interface AlertWorld {
  readonly store: Store;
  /** Server's time, in whole seconds since 1970. */
  readonly clock: ReadonlySignal<number>;
  /** Told of each new alert once, for what reaches beyond the page. */
  readonly announce: (finding: Finding) => void;
  /** Tells the server; null where this page may only read. */
  readonly act: () => ((action: AlertAction) => void) | null;
}

const DISMISSED = 'tidemark.dismissed';
const READ = 'tidemark.read';

export function createAlerts({ store, clock, announce, act }: AlertWorld): Alerts {
  const dismissed = signal<ReadonlySet<string>>(new Set(readNames(store, DISMISSED)));
  const read = signal<ReadonlySet<string>>(new Set(readNames(store, READ)));
  const marks = signal<AlertMarks>(NO_MARKS);
  const known = signal<ReadonlyMap<string, Finding>>(new Map());
  const announced = new Set<string>();
  let first = true;

  const add = (to: typeof dismissed, key: string, ids: readonly string[]): void => {
    if (ids.every((id) => to.value.has(id))) return;
    to.value = new Set([...to.value, ...ids]);
    writeNames(store, key, to.value);
  };
  const stateOf = (finding: Finding, now: number): AlertState => {
    const state = alertState(finding, marks.value, now);
    return state === 'open' && dismissed.value.has(finding.id) ? 'acknowledged' : state;
  };
  // A snooze ends by the minute: the clock's every second would make everything anew.
  const minute = computed(() => Math.floor(clock.value / 15) * 15);
  const all = computed(() =>
    [...known.value.values()]
      .map((finding) => ({ finding, state: stateOf(finding, minute.value) }))
      .sort((a, b) => b.finding.time - a.finding.time || byText(a.finding.id, b.finding.id)),
  );

  return {
    all,
    marks,
    read,
    pending: computed(() => all.value.flatMap(({ finding, state }) => (state === 'open' ? [finding] : []))),
    take: (findings, from) => {
      const snapshot = from === 'snapshot';
      const quiet = from === 'rest' || (snapshot && first);
      const now = new Map(snapshot ? [] : known.value);
      for (const finding of findings) {
        if (!calls(finding)) {
          now.delete(finding.id);
          continue;
        }
        now.set(finding.id, finding);
        if (!isAlert(finding)) continue;
        const fresh = !announced.has(finding.id) && stateOf(finding, clock.value) === 'open';
        announced.add(finding.id);
        if (fresh && !quiet) announce(finding);
      }
      if (snapshot) first = false;
      if (snapshot || findings.length > 0) known.value = now;
    },
    mark: (said) => (marks.value = said),
    acknowledge: (ids) => {
      const tell = act();
      if (tell) tell({ action: 'acknowledge', findings: [...ids] });
      else add(dismissed, DISMISSED, ids);
    },
    act: (action) => act()?.(action),
    markRead: (id) => add(read, READ, [id]),
  };
}
