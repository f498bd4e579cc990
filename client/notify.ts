import { signal, type ReadonlySignal } from '@preact/signals';
import type { Finding } from '../shared/finding.ts';

export type Permission = 'unsupported' | 'default' | 'granted' | 'denied';

/** System notifications: asked for by a person, raised for alerts. */
export interface Notifier {
  readonly permission: ReadonlySignal<Permission>;
  ask(): void;
  /** Shows an alert where permitted; a click on it opens the run. */
  raise(finding: Finding, runName: string, open: () => void): void;
}

export function createNotifier(): Notifier {
  const supported = 'Notification' in globalThis && isSecureContext;
  const permission = signal<Permission>(supported ? Notification.permission : 'unsupported');
  return {
    permission,
    ask: () => {
      if (supported) void Notification.requestPermission().then((answer) => (permission.value = answer));
    },
    raise: ({ id, title, advice }, runName, open) => {
      if (!supported || Notification.permission !== 'granted') return;
      try {
        // The tag makes several open pages raise one notification.
        const shown = new Notification(`${runName}: ${title}`, { body: advice.at(0) ?? '', tag: id });
        shown.onclick = () => {
          focus();
          open();
          shown.close();
        };
      } catch {
        // Phones allow notifications to service workers only; the banner on the page has said it.
        permission.value = 'unsupported';
      }
    },
  };
}
