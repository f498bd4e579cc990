import type { JSX } from 'preact';
import { useApp } from '../app-context.ts';
import { isActive } from '../state.ts';

/**
 * How the page stands with its server, in the bar that is always in sight: while it is lost, when it is tried next. Its
 * place is the same whatever it says, so that a lost connection moves and covers nothing of what is looked at.
 */
export function Link(): JSX.Element {
  const { state, retry } = useApp();
  const connection = state.connection.value;
  const open = connection.state === 'open';
  const lost =
    connection.state === 'waiting' || (connection.state === 'connecting' && connection.failures > 0);
  const active = state.order.value.filter((run) => isActive(state.runs.get(run)!.value)).length;
  return (
    <div
      class={`link ${connection.state}${lost ? ' lost' : ''}`}
      data-testid="connection"
      data-state={connection.state}
    >
      <i aria-hidden="true" />
      <div>
        {/* Said once and not at every second: what counts down stands beside it. */}
        <span role="status">
          {lost ? (
            <>
              <strong>{navigator.onLine ? 'No connection.' : 'Offline.'}</strong>{' '}
              {state.server.value && <span class="old">What is shown may be old.</span>}
            </>
          ) : open ? (
            'live'
          ) : (
            connection.state
          )}
        </span>
        {state.server.value && open && <span class="wide"> · {active} active</span>}
        {lost && (
          <span data-testid="banner-connection">
            {' '}
            {countdown(connection.state === 'waiting' ? connection.until : 0)}
          </span>
        )}
      </div>
      {lost && (
        <button type="button" onClick={retry}>
          Retry
        </button>
      )}
    </div>
  );
}

/** @param until when it is tried next, ms by the page's clock */
function countdown(until: number): string {
  const seconds = Math.max(0, Math.ceil((until - Date.now()) / 1000));
  return seconds === 0 ? 'Connecting …' : `Next try in ${seconds} s.`;
}
