import type { JSX } from 'preact';
import { useApp } from '../app-context.ts';
import { isActive } from '../state.ts';
import type { Theme } from '../theme.ts';

const THEMES: readonly Theme[] = ['system', 'light', 'dark'];
const NOTIFY = {
  default: 'Notify me',
  granted: 'Notifications on',
  denied: 'Notifications blocked by the browser',
  unsupported: 'No notifications in this browser',
} as const;

/** The name, the connection, and what a person may set. */
export function TopBar(): JSX.Element {
  const { state, notifier, theme } = useApp();
  const connection = state.connection.value.state;
  const permission = notifier.permission.value;
  const active = state.order.value.filter((run) => isActive(state.runs.get(run)!.value)).length;
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
      <span class={`link ${connection}`} role="status" data-testid="connection" data-state={connection}>
        <i aria-hidden="true" />
        {connection === 'open' ? 'live' : connection}
        {state.server.value && connection === 'open' && <span class="wide"> · {active} active</span>}
      </span>
      <span class="space" />
      <button
        type="button"
        class={`quiet notify ${permission}`}
        data-testid="notify"
        disabled={permission !== 'default'}
        title={NOTIFY[permission]}
        aria-label={NOTIFY[permission]}
        onClick={() => notifier.ask()}
      >
        <svg viewBox="0 0 16 16" aria-hidden="true">
          <path d="M8 1.6a4.2 4.2 0 0 1 4.2 4.2v3l1.4 2.6H2.4l1.4-2.6v-3A4.2 4.2 0 0 1 8 1.6zM6.4 12.8h3.2a1.6 1.6 0 0 1-3.2 0z" />
          {permission !== 'granted' && permission !== 'default' && <path class="slash" d="M2 14.4 14 2" />}
        </svg>
        <span class="wide">{permission === 'denied' ? 'Blocked' : NOTIFY[permission]}</span>
      </button>
      <fieldset class="segments" aria-label="Colours">
        {THEMES.map((one) => (
          <label
            key={one}
            title={one === 'system' ? 'As the system has it' : undefined}
            class={theme.value === one ? 'on' : ''}
          >
            <input
              type="radio"
              name="theme"
              value={one}
              checked={theme.value === one}
              onChange={() => (theme.value = one)}
            />
            {one === 'system' ? 'auto' : one}
          </label>
        ))}
      </fieldset>
    </header>
  );
}
