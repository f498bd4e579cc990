import type { JSX } from 'preact';
import { useApp } from './app-context.ts';
import { lateParts } from './load-late.ts';
import { EmbedHead } from './parts/embed-head.tsx';
import { Charts } from './views/charts.tsx';
import { RunHeader } from './views/run-header.tsx';
import { ServerNotices } from './views/server-notices.tsx';
import { Toasts } from './views/toasts.tsx';
import { TopBar } from './views/top-bar.tsx';

/**
 * The whole page: what the address names, below the bar and above what calls for a person, which so moves nothing of
 * what is looked at when it comes. What is not there before the first chart leaves its place empty.
 */
export function Page(): JSX.Element {
  const { location, state } = useApp();
  const late = lateParts.value;
  const { view } = location.address.value;
  const refused = state.connection.value.state === 'refused';
  if (location.param('embed') !== '') return <Embedded />;
  return (
    <div class={`page at-${view}`}>
      <TopBar />
      {refused ? late && <late.TokenForm /> : <Main />}
      {late && <late.EditRun />}
      {late && <late.KeySheet />}
      <div class="dock">
        <Toasts />
        <ServerNotices />
        {late && view !== 'alerts' && <late.Alerts />}
      </div>
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
    <main class={wanted === 'all' ? 'embed' : 'embed single'} data-testid="embed" aria-label={shown.name}>
      <EmbedHead run={shown} />
      <Charts run={shown} only={wanted === 'all' ? null : wanted} />
    </main>
  );
}

function Main(): JSX.Element {
  const { location, state } = useApp();
  const late = lateParts.value;
  const { view, run } = location.address.value;
  if (!state.server.value || (!late && run === null))
    return (
      <main class="blank" aria-busy="true" data-testid="loading">
        <p>Asking the server for its runs …</p>
      </main>
    );
  if (late && run === null) {
    if (view === 'alerts') return <late.AlertCentre />;
    if (view === 'settings') return <late.Settings />;
    if (view === 'compare') return <late.Compare />;
    return state.order.value.length === 0 ? <late.EmptyState /> : <late.RunsTable />;
  }
  return (
    <div class="panes">
      {late ? <late.RunList /> : <nav class="list" aria-label="Runs" />}
      <main key={run} class="run" aria-label="Run">
        <Run run={run!} />
      </main>
    </div>
  );
}

function Run({ run }: { run: string }): JSX.Element {
  const { location, state, travel } = useApp();
  const late = lateParts.value;
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
      {late ? (
        <late.TimeTravel run={known.value} />
      ) : (
        travel.asof.value !== null && <div class="travel" aria-busy />
      )}
      <RunHeader run={shown} />
      <div class={detectors ? 'run-body trying' : 'run-body'}>
        <Charts run={shown} />
        <div class="side">
          <div class="tabs" role="group" aria-label="Beside the charts">
            {tab('Findings', null, !detectors)}
            {tab('Detectors', 'detectors', detectors)}
          </div>
          {late && (detectors ? <late.Detectors run={known.value} /> : <late.Findings run={run} />)}
        </div>
      </div>
    </>
  );
}
