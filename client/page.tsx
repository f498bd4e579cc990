import type { JSX } from 'preact';
import { useApp } from './app-context.ts';
import { AlertCentre } from './views/alert-centre.tsx';
import { Alerts } from './views/alerts.tsx';
import { Charts } from './views/charts.tsx';
import { Compare } from './views/compare.tsx';
import { ConnectionBanner } from './views/connection-banner.tsx';
import { Detectors } from './views/detectors.tsx';
import { EditRun } from './views/edit-run.tsx';
import { EmbedHead } from './views/embed.tsx';
import { EmptyState } from './views/empty-state.tsx';
import { Findings } from './views/findings.tsx';
import { KeySheet } from './views/key-sheet.tsx';
import { RunHeader } from './views/run-header.tsx';
import { RunList } from './views/run-list.tsx';
import { RunsTable } from './views/runs-table.tsx';
import { Settings } from './views/settings.tsx';
import { Toasts } from './views/toasts.tsx';
import { TokenForm } from './views/token-form.tsx';
import { TimeTravel } from './views/time-travel.tsx';
import { TopBar } from './views/top-bar.tsx';

/** The whole page: what the address names, below the bar and what calls for a person. */
export function Page(): JSX.Element {
  const { location, state } = useApp();
  const { view } = location.address.value;
  const refused = state.connection.value.state === 'refused';
  if (location.param('embed') !== '') return <Embedded />;
  return (
    <div class={`page at-${view}`}>
      <TopBar />
      <ConnectionBanner />
      {view !== 'alerts' && <Alerts />}
      {refused ? <TokenForm /> : <Main />}
      <EditRun />
      <KeySheet />
      <Toasts />
    </div>
  );
}

/** Charts alone, for a frame of another page: one by its key, or all of the run. */
function Embedded(): JSX.Element {
  const { location, state, travel } = useApp();
  const run = location.address.value.run ?? '';
  const wanted = location.param('embed');
  const known = state.order.value.includes(run) ? state.runs.get(run) : undefined;
  const refused = state.connection.value.state === 'refused';
  if (!known)
    return (
      <main class="embed muted" data-testid="embed-none" aria-busy={!state.server.value && !refused}>
        {refused
          ? 'This server asks for a token: take the embed code anew.'
          : state.server.value
            ? 'This server knows no such run.'
            : 'Asking the server …'}
      </main>
    );
  const shown = travel.shown(known.value);
  return (
    <main class="embed" data-testid="embed" aria-label={shown.name}>
      <EmbedHead run={shown} />
      <Charts run={shown} only={wanted === 'all' ? null : wanted} />
    </main>
  );
}

function Main(): JSX.Element {
  const { location, state } = useApp();
  const { view, run } = location.address.value;
  if (!state.server.value)
    return (
      <main class="blank" aria-busy="true" data-testid="loading">
        <p>Asking the server for its runs …</p>
      </main>
    );
  if (view === 'alerts') return <AlertCentre />;
  if (view === 'settings') return <Settings />;
  if (view === 'compare') return <Compare />;
  if (run === null) return state.order.value.length === 0 ? <EmptyState /> : <RunsTable />;
  return (
    <div class="panes">
      <RunList />
      <main key={run} class="run" aria-label="Run">
        <Run run={run} />
      </main>
    </div>
  );
}

function Run({ run }: { run: string }): JSX.Element {
  const { location, state, travel, opening } = useApp();
  // A run appears in the order when it is first heard of.
  const known = state.order.value.includes(run) ? state.runs.get(run) : undefined;
  if (!known)
    return (
      <div class="blank" data-testid="no-run">
        <h1>No such run</h1>
        <p>
          This server knows no run <code>{run}</code>. It may be on another server, its data folder was
          another, or it was deleted.
        </p>
        <a href="#/">All runs</a>
      </div>
    );
  const shown = travel.shown(known.value);
  const detectors = location.param('panel') === 'detectors';
  const tab = (label: string, panel: string | null, on: boolean): JSX.Element => (
    <button
      type="button"
      aria-pressed={on}
      data-testid={`panel-${panel ?? 'findings'}`}
      onClick={() => location.show({ panel })}
    >
      {label}
    </button>
  );
  return (
    <>
      <TimeTravel run={known.value} />
      <RunHeader run={shown} />
      <div class={detectors ? 'run-body trying' : 'run-body'}>
        <Charts run={shown} />
        <div class="side">
          <div class="tabs" role="group" aria-label="Beside the charts">
            {tab('Findings', null, !detectors)}
            {tab('Detectors', 'detectors', detectors)}
          </div>
          {detectors ? <Detectors run={known.value} /> : opening.over.value && <Findings run={run} />}
        </div>
      </div>
    </>
  );
}
