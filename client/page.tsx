import type { JSX } from 'preact';
import { useApp } from './app-context.ts';
import { Alerts } from './views/alerts.tsx';
import { Charts } from './views/charts.tsx';
import { ConnectionBanner } from './views/connection-banner.tsx';
import { EmptyState } from './views/empty-state.tsx';
import { Findings } from './views/findings.tsx';
import { RunHeader } from './views/run-header.tsx';
import { RunList } from './views/run-list.tsx';
import { TokenForm } from './views/token-form.tsx';
import { TopBar } from './views/top-bar.tsx';

/** The whole page: the list of runs beside the run that the address names; on a phone one or the other. */
export function Page(): JSX.Element {
  const { route, state } = useApp();
  const refused = state.connection.value.state === 'refused';
  return (
    <div class={`page ${route.value === null ? 'at-list' : 'at-run'}`}>
      <TopBar />
      <ConnectionBanner />
      <Alerts />
      {refused ? <TokenForm /> : <Runs />}
    </div>
  );
}

function Runs(): JSX.Element {
  const { route, state } = useApp();
  const run = route.value;
  if (!state.server.value)
    return (
      <main class="blank" aria-busy="true" data-testid="loading">
        <p>Asking the server for its runs …</p>
      </main>
    );
  if (state.order.value.length === 0 && run === null) return <EmptyState />;
  return (
    <div class="panes">
      <RunList />
      {run !== null && (
        <main key={run} class="run">
          <Run run={run} />
        </main>
      )}
    </div>
  );
}

function Run({ run }: { run: string }): JSX.Element {
  const { state } = useApp();
  // A run appears in the order when it is first heard of.
  const known = state.order.value.includes(run) ? state.runs.get(run) : undefined;
  if (!known)
    return (
      <div class="blank" data-testid="no-run">
        <h1>No such run</h1>
        <p>
          This server knows no run <code>{run}</code>. It may be on another server, or its data folder was
          another.
        </p>
        <a href="#/">All runs</a>
      </div>
    );
  return (
    <>
      <RunHeader run={known.value} />
      <div class="run-body">
        <Charts run={known.value} />
        <Findings run={run} />
      </div>
    </>
  );
}
