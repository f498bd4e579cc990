import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useApp } from '../app-context.ts';
import { plural } from '../format.ts';
import { Age } from '../parts/age.tsx';
import { useNarrow } from '../parts/narrow.ts';
import { Shape } from '../parts/shape.tsx';
import { runAddress } from '../address.ts';

/** Alerts shown one by one, and on a phone; the others are counted until someone wants them all. */
const SHOWN = 2;
const SHOWN_NARROW = 1;

/** What calls for a person, until it is dismissed or resolved. */
export function Alerts(): JSX.Element | null {
  const { alerts, state, chosen } = useApp();
  const all = useSignal(false);
  const few = useNarrow() ? SHOWN_NARROW : SHOWN;
  const pending = alerts.pending.value;
  if (pending.length === 0) return null;
  const shown = all.value ? pending : pending.slice(0, few);
  return (
    <section class="alerts" aria-label="Alerts" aria-live="assertive" data-testid="alerts">
      {shown.map((finding) => (
        <article
          key={finding.id}
          class={`alert ${finding.severity}`}
          data-testid="alert"
          data-finding={finding.id}
        >
          <Shape of={finding.severity} />
          <p>
            <a
              href={runAddress(finding.run)}
              onClick={() => (chosen.value = { id: finding.id, on: 'curve' })}
            >
              {finding.title}
            </a>{' '}
            <span class="muted">
              {state.runs.get(finding.run)?.value.name ?? finding.run} · <Age time={finding.time} />
            </span>
          </p>
          <button
            type="button"
            class="quiet close"
            aria-label={`Acknowledge: ${finding.title}`}
            title={state.mayWrite.value ? 'Acknowledge, for everyone' : 'Dismiss on this page'}
            data-testid="dismiss"
            onClick={() => alerts.acknowledge([finding.id])}
          >
            <svg viewBox="0 0 16 16" aria-hidden="true">
              <path d="m3 3 10 10M13 3 3 13" />
            </svg>
          </button>
        </article>
      ))}
      {pending.length > 1 && (
        <div class="alerts-foot">
          {pending.length > few && (
            <button type="button" class="quiet" onClick={() => (all.value = !all.value)}>
              {all.value ? 'Show fewer' : plural(pending.length - few, 'more alert')}
            </button>
          )}
          <button
            type="button"
            class="quiet"
            data-testid="dismiss-all"
            onClick={() => alerts.acknowledge(pending.map(({ id }) => id))}
          >
            {state.mayWrite.value ? 'Acknowledge all' : 'Dismiss all'}
          </button>
        </div>
      )}
    </section>
  );
}
