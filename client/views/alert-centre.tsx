import type { JSX } from 'preact';
import type { AlertState } from '../../shared/alert.ts';
import type { Finding } from '../../shared/finding.ts';
import { runAddress } from '../address.ts';
import { useApp } from '../app-context.ts';
import { formatCount, formatDuration, formatEpoch } from '../format.ts';
import { Age } from '../parts/age.tsx';
import { Menu } from '../parts/menu.tsx';
import { Shape } from '../parts/shape.tsx';

const STATES: readonly AlertState[] = ['open', 'snoozed', 'acknowledged', 'muted', 'resolved'];
const EMPTY: Readonly<Record<AlertState, string>> = {
  open: 'Nothing calls for you. Alerts are critical findings, a best epoch that is past, and what a training script raises itself.',
  snoozed: 'Nothing is snoozed.',
  acknowledged: 'Nothing that is still open was acknowledged.',
  muted: 'Nothing is held back by a mute.',
  resolved: 'No alert has been resolved yet.',
};
/** Alerts made at once. */
const MOST = 200;
const SNOOZES: readonly (readonly [minutes: number, label: string])[] = [
  [60, '1 hour'],
  [480, '8 hours'],
  [1440, '1 day'],
];

/** Every alert there was, by where it is in its life. */
export function AlertCentre(): JSX.Element {
  const { alerts, location, state } = useApp();
  const all = alerts.all.value.filter(({ finding }) => state.order.value.includes(finding.run));
  const shown = STATES.find((one) => one === location.param('state')) ?? 'open';
  const found = all.filter((alert) => alert.state === shown);
  const mayWrite = state.mayWrite.value;
  return (
    <main class="centre" aria-label="Alerts" data-testid="alert-centre">
      <div class="centre-head">
        <h1>Alerts</h1>
        <nav class="tabs" aria-label="State">
          {STATES.map((one) => (
            <a
              key={one}
              href={`#/alerts?state=${one}`}
              aria-current={one === shown ? 'page' : undefined}
              data-testid={`state-${one}`}
            >
              {one} <b>{formatCount(all.filter((alert) => alert.state === one).length)}</b>
            </a>
          ))}
        </nav>
        {shown === 'open' && found.length > 1 && mayWrite && (
          <button
            type="button"
            data-testid="acknowledge-all"
            onClick={() => alerts.acknowledge(found.map(({ finding }) => finding.id))}
          >
            Acknowledge all
          </button>
        )}
      </div>
      <Muted />
      {found.length === 0 && <p class="muted note">{EMPTY[shown]}</p>}
      <ul class="centre-list">
        {found.slice(0, MOST).map(({ finding }) => (
          <Alert key={finding.id} finding={finding} at={shown} />
        ))}
      </ul>
      {found.length > MOST && (
        <p class="muted note">and {formatCount(found.length - MOST)} older ones, each on its run.</p>
      )}
    </main>
  );
}

function Alert({ finding, at }: { finding: Finding; at: AlertState }): JSX.Element {
  const { alerts, state, chosen } = useApp();
  const { id, title, run, detector, severity, advice, step, epoch, time } = finding;
  const marks = alerts.marks.value;
  const acknowledged = Object.hasOwn(marks.acknowledged, id) ? marks.acknowledged[id] : null;
  return (
    <li class={`centre-alert ${severity} ${at}`} data-testid="centre-alert" data-finding={id}>
      <Shape of={severity} />
      <div class="what">
        <a href={runAddress(run)} onClick={() => (chosen.value = { id, on: 'curve' })}>
          {title}
        </a>
        <p class="small muted">
          {severity} · {detector} · {state.runs.get(run)?.value.name ?? run} · step {formatCount(step)}
          {epoch !== null && `, epoch ${formatEpoch(epoch)}`} · <Age time={time} />
          {at === 'acknowledged' && acknowledged !== null && (
            <>
              {' '}
              · acknowledged <Age time={acknowledged} />
            </>
          )}
          {at === 'snoozed' && ` · calls again in ${formatDuration(marks.snoozed[id] - state.clock.value)}`}
        </p>
        {at === 'open' && advice.length > 0 && <p class="small">{advice[0]}</p>}
      </div>
      {state.mayWrite.value && at !== 'resolved' && <Deeds finding={finding} at={at} />}
    </li>
  );
}

function Deeds({ finding, at }: { finding: Finding; at: AlertState }): JSX.Element {
  const { alerts } = useApp();
  const { id, detector, run } = finding;
  if (at === 'acknowledged' || at === 'snoozed')
    return (
      <div class="deeds">
        <button
          type="button"
          data-testid="reopen"
          onClick={() => alerts.act({ action: 'reopen', findings: [id] })}
        >
          Reopen
        </button>
      </div>
    );
  if (at === 'muted') return <span />;
  return (
    <div class="deeds">
      <button type="button" class="strong" data-testid="acknowledge" onClick={() => alerts.acknowledge([id])}>
        Acknowledge
      </button>
      <Menu label="Later" testid="later">
        {SNOOZES.map(([minutes, label]) => (
          <button
            key={minutes}
            type="button"
            class="quiet"
            onClick={() => alerts.act({ action: 'snooze', findings: [id], minutes })}
          >
            Snooze for {label}
          </button>
        ))}
        <button
          type="button"
          class="quiet"
          data-testid="mute-rule"
          onClick={() => alerts.act({ action: 'mute', detector })}
        >
          Mute {detector} everywhere
        </button>
        <button
          type="button"
          class="quiet"
          data-testid="mute-run"
          onClick={() => alerts.act({ action: 'mute', run })}
        >
          Mute this run
        </button>
      </Menu>
    </div>
  );
}

/** What is muted, each with the way back. */
function Muted(): JSX.Element | null {
  const { alerts, state } = useApp();
  const { detectors, runs } = alerts.marks.value.muted;
  if (detectors.length + runs.length === 0) return null;
  const chip = (label: string, key: 'detector' | 'run', value: string): JSX.Element => (
    <span key={`${key}${value}`} class="chip" data-testid="muted-chip">
      {label}
      {state.mayWrite.value && (
        <button
          type="button"
          class="quiet close"
          aria-label={`Hear ${label} again`}
          onClick={() => alerts.act({ action: 'unmute', [key]: value })}
        >
          <svg viewBox="0 0 16 16" aria-hidden="true">
            <path d="m3 3 10 10M13 3 3 13" />
          </svg>
        </button>
      )}
    </span>
  );
  return (
    <p class="chips">
      <span class="muted">Muted:</span>
      {detectors.map((name) => chip(name, 'detector', name))}
      {runs.map((run) => chip(state.runs.get(run)?.value.name ?? run, 'run', run))}
    </p>
  );
}
