import type { JSX } from 'preact';
import { PROTOCOL } from '../../shared/version.ts';
import { useApp } from '../app-context.ts';

/** Says what is wrong between the page and the server, while something is. */
export function ConnectionBanner(): JSX.Element | null {
  const { state, retry } = useApp();
  const connection = state.connection.value;
  const { value: server } = state.server;
  const fault = state.fault.value;
  return (
    <>
      {connection.state === 'waiting' && (
        <div class="banner warning" role="status" data-testid="banner-connection">
          <span>
            {navigator.onLine ? 'The server does not answer.' : 'This machine is offline.'}{' '}
            {server && 'What is shown may be old. '}
            {countdown(connection.until)}
          </span>
          <button type="button" onClick={retry}>
            Try now
          </button>
        </div>
      )}
      {connection.state === 'connecting' && connection.failures > 0 && (
        <div class="banner warning" role="status" data-testid="banner-connection">
          <span>Connecting …</span>
        </div>
      )}
      {server && server.protocol !== PROTOCOL && (
        <div class="banner warning" role="status" data-testid="banner-version">
          <span>
            {server.protocol > PROTOCOL
              ? `This page is older than the server: it speaks protocol ${PROTOCOL}, the server ${server.protocol}.`
              : `The server is older than this page: it speaks protocol ${server.protocol}, the page ${PROTOCOL}.`}
          </span>
          <button type="button" onClick={() => location.reload()}>
            Reload
          </button>
        </div>
      )}
      {fault && connection.state !== 'refused' && (
        <div class="banner critical" role="alert" data-testid="banner-error">
          <span>
            {fault.message} <code>{fault.code}</code>
          </span>
          <button type="button" onClick={() => (state.fault.value = null)}>
            Dismiss
          </button>
        </div>
      )}
    </>
  );
}

function countdown(until: number): string {
  const seconds = Math.max(0, Math.ceil((until - Date.now()) / 1000));
  return seconds === 0 ? 'Connecting …' : `Next attempt in ${seconds} s.`;
}
