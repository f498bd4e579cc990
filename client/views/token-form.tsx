import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { REFUSALS } from '../../shared/refusals.ts';
import { useApp } from '../app-context.ts';

/** Asks for the token without which the server answers nothing. */
export function TokenForm(): JSX.Element {
  const { state, retry } = useApp();
  const token = useSignal('');
  const connection = state.connection.value;
  const code = connection.state === 'refused' ? connection.code : '';
  const asksToken = code === 'token-missing' || code === 'token-wrong';
  const tried = new URLSearchParams(location.search).has('token');
  const message =
    asksToken && tried
      ? 'that token does not open this server'
      : code in REFUSALS
        ? REFUSALS[code as keyof typeof REFUSALS].message
        : code || 'It gives no reason.';
  return (
    <main class="blank" data-testid="refused">
      <h1>{asksToken ? 'A token, please' : 'The server refuses this page'}</h1>
      <p>
        {message} {code && <code>{code}</code>}
      </p>
      {asksToken ? (
        <form
          class="token"
          onSubmit={(event) => {
            event.preventDefault();
            location.href = `./?token=${encodeURIComponent(token.value.trim())}${location.hash}`;
          }}
        >
          <label for="token">The server printed its viewing token when it first started.</label>
          <div>
            <input
              id="token"
              type="password"
              autocomplete="off"
              data-testid="token"
              required
              value={token.value}
              onInput={(event) => (token.value = event.currentTarget.value)}
            />
            <button type="submit" class="strong">
              Open
            </button>
          </div>
        </form>
      ) : (
        <button type="button" onClick={retry}>
          Try again
        </button>
      )}
    </main>
  );
}
