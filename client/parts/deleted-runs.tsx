import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import type { RunState } from '../../shared/frames.ts';
import { useApp } from '../app-context.ts';
import { plural } from '../format.ts';
import { Age } from './age.tsx';

/** Rows shown; whoever has deleted more looks for the latest. */
const SHOWN = 50;

/** Runs that were deleted and are still kept, each with the way back. */
export function DeletedRuns(): JSX.Element {
  const { ask, actions, state, toasts } = useApp();
  const runs = useSignal<readonly RunState[] | string | null>(null);
  const order = state.order.value;
  useEffect(() => {
    const asked = new AbortController();
    void ask<{ runs: RunState[] }>('GET', 'runs?deleted=only', undefined, asked.signal).then((answer) => {
      if (!asked.signal.aborted)
        runs.value = answer.ok ? answer.body.runs.toReversed() : answer.fault.message;
    });
    return () => asked.abort();
  }, [order]);
  const restore = ({ run, name }: RunState): void =>
    void actions.edit(run, { deleted: false }).then((fault) => {
      if (fault) toasts.say(fault.message, { wrong: true });
      else toasts.say(`“${name}” is back`);
    });
  const known = runs.value;
  return (
    <section class="card" aria-labelledby="deleted-title" data-testid="deleted">
      <h2 id="deleted-title">Deleted runs</h2>
      {typeof known === 'string' && (
        <p class="wrong" role="alert">
          {known}
        </p>
      )}
      {known === null && <p class="muted">Asking for them …</p>}
      {typeof known === 'object' && known?.length === 0 && (
        <p class="muted">None. A run that is deleted is kept, and can be taken back here.</p>
      )}
      {typeof known === 'object' && known && known.length > 0 && (
        <ul class="deleted-runs">
          {known.slice(0, SHOWN).map((run) => (
            <li key={run.run} class="row-line" data-testid="deleted-run" data-run={run.run}>
              <strong class="clip">{run.name}</strong>
              <span class="muted clip">
                {run.project} · heard <Age time={run.heard} />
              </span>
              <span class="space" />
              <button
                type="button"
                disabled={!state.mayWrite.value}
                data-testid="restore"
                aria-label={`Take back ${run.name}`}
                onClick={() => restore(run)}
              >
                Take back
              </button>
            </li>
          ))}
          {known.length > SHOWN && <li class="muted">and {plural(known.length - SHOWN, 'more run')}</li>}
        </ul>
      )}
    </section>
  );
}
