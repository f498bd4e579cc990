import type { JSX } from 'preact';
import { useApp } from '../app-context.ts';
import { Link } from '../parts/link.tsx';
import { ThemePicker } from '../parts/theme-picker.tsx';

const PLACES = [
  ['runs', '#/', 'Runs', 'M2 3.5h12v1.6H2zM2 7.2h12v1.6H2zM2 10.9h8v1.6H2z'],
  [
    'alerts',
    '#/alerts',
    'Alerts',
    'M8 1.6a4.2 4.2 0 0 1 4.2 4.2v3l1.4 2.6H2.4l1.4-2.6v-3A4.2 4.2 0 0 1 8 1.6zM6.4 12.8h3.2a1.6 1.6 0 0 1-3.2 0z',
  ],
  [
    'settings',
    '#/settings',
    'Settings',
    'M2 4.2h6v1.6H2zM12 4.2h2v1.6h-2zM9 2.8h2v4.4H9zM2 10.2h2v1.6H2zM8 10.2h6v1.6H8zM5 8.8h2v4.4H5z',
  ],
] as const;

/** The name, the connection, and what a person may set. */
export function TopBar(): JSX.Element {
  const { alerts, location, keysShown } = useApp();
  const at = location.address.value.view;
  const waiting = alerts.pending.value.length;
  return (
    <header class="top">
      <a class="logo" href="#/" aria-label="Tidemark: all runs">
        <svg viewBox="0 0 34 24" aria-hidden="true">
          <path class="high" d="M1 4h32" />
          <path d="M1 13c4-5.4 8-5.4 12 0s8 5.4 12 0 6-4.6 8-2.6" />
          <path class="ebb" d="M1 21c4-5.4 8-5.4 12 0s8 5.4 12 0 6-4.6 8-2.6" />
        </svg>
        <span>Tidemark</span>
      </a>
      <Link />
      <span class="space" />
      <nav class="places" aria-label="Places">
        {PLACES.map(([view, href, label, path]) => (
          <a
            key={view}
            href={href}
            aria-current={at === view ? 'page' : undefined}
            data-testid={`place-${view}`}
          >
            <svg viewBox="0 0 16 16" aria-hidden="true">
              <path d={path} />
            </svg>
            <span class="place">{label}</span>
            {view === 'alerts' && waiting > 0 && (
              <span class="badge">
                {waiting}
                <span class="unseen"> open</span>
              </span>
            )}
          </a>
        ))}
      </nav>
      <button
        type="button"
        class="quiet keys wide"
        title="Keys"
        aria-label="Explain the keys"
        data-testid="show-keys"
        onClick={() => (keysShown.value = true)}
      >
        ?
      </button>
      <ThemePicker />
    </header>
  );
}
