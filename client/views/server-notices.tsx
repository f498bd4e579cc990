import type { JSX } from 'preact';
import { PROTOCOL } from '../../shared/version.ts';
import { useApp } from '../app-context.ts';

/** What is wrong between the page and the server while they are connected: their versions, or what the server refused. */
export function ServerNotices(): JSX.Element {
  const { state } = useApp();
  const { value: server } = state.server;
  const fault = state.fault.value;
  return (
    <>
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
      {fault && state.connection.value.state !== 'refused' && (
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
