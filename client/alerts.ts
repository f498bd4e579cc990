import { computed, signal, type ReadonlySignal } from '@preact/signals';
import type { Finding } from '../shared/finding.ts';
import { readNames, writeNames, type Store } from './storage.ts';

/** Which findings call for a person, which of them were dismissed, and which findings were read. */
export interface Alerts {
  /** Open alerts not yet dismissed, the latest first. */
  readonly pending: ReadonlySignal<readonly Finding[]>;
  /** Ids of findings that were looked at. */
  readonly read: ReadonlySignal<ReadonlySet<string>>;
  /**
   * Takes findings as they come from the server. Those of the first snapshot are only shown; an alert that is new
   * after it is announced, once for its id.
   */
  take(findings: readonly Finding[], snapshot: boolean): void;
  dismiss(id: string): void;
  dismissAll(): void;
  markRead(id: string): void;
}

const DISMISSED = 'tidemark.dismissed';
const READ = 'tidemark.read';

/** @param announce told of each new alert once, for what reaches beyond the page */
export function createAlerts(store: Store, announce: (finding: Finding) => void): Alerts {
  const dismissed = signal<ReadonlySet<string>>(new Set(readNames(store, DISMISSED)));
  const read = signal<ReadonlySet<string>>(new Set(readNames(store, READ)));
  const open = signal<ReadonlyMap<string, Finding>>(new Map());
  const announced = new Set<string>();
  let first = true;

  const add = (to: typeof dismissed, key: string, ids: readonly string[]): void => {
    if (ids.every((id) => to.value.has(id))) return;
    to.value = new Set([...to.value, ...ids]);
    writeNames(store, key, to.value);
  };
  const pending = computed(() =>
    [...open.value.values()]
      .filter(({ id }) => !dismissed.value.has(id))
      .sort((a, b) => b.time - a.time || a.id.localeCompare(b.id)),
  );

  return {
    pending,
    read,
    take: (findings, snapshot) => {
      const now = new Map(snapshot ? [] : open.value);
      for (const finding of findings) {
        if (!isAlert(finding)) {
          now.delete(finding.id);
          continue;
        }
        now.set(finding.id, finding);
        const fresh = !announced.has(finding.id) && !dismissed.value.has(finding.id);
        announced.add(finding.id);
        if (fresh && !(snapshot && first)) announce(finding);
      }
      if (snapshot) first = false;
      if (snapshot || findings.length > 0) open.value = now;
    },
    dismiss: (id) => add(dismissed, DISMISSED, [id]),
    dismissAll: () => add(dismissed, DISMISSED, [...open.value.keys()]),
    markRead: (id) => add(read, READ, [id]),
  };
}

/** Critical findings, and the best epoch being past, call for a person while they are open. */
export function isAlert({ severity, detector, status }: Finding): boolean {
  return status === 'open' && (severity === 'critical' || detector === 'best-epoch');
}
