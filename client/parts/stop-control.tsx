import type { JSX } from 'preact';
import { useRef } from 'preact/hooks';
import type { RunState } from '../../shared/frames.ts';
import { useApp } from '../app-context.ts';
import { formatCount, formatEpoch } from '../format.ts';
import { lateParts } from '../load-late.ts';
import { isActive } from '../state.ts';
import { Age } from './age.tsx';

/** Stops a run now or at its best epoch, or lets it go on, and shows what became of it. */
export function StopControl({ run }: { run: RunState }): JSX.Element | null {
  const { state } = useApp();
  const late = lateParts.value;
  const dialog = useRef<HTMLDialogElement>(null);
  const asked = run.request && run.request.withdrawn === undefined;
  const active = isActive(run);
  if (!active) return run.request ? <Trail run={run} /> : null;
  const open = state.connection.value.state === 'open';
  const why = !state.mayWrite.value
    ? 'This page may read, not stop: open it with the writing token'
    : open
      ? ''
      : 'Not connected';
  return (
    <div class="stop">
      {run.request && <Trail run={run} />}
      {!asked && run.stop === 'best-epoch' && (
        <span class="armed" data-testid="armed" title="It is stopped once its best epoch is sure to be past">
          <i aria-hidden="true" /> stops itself at the best epoch
          {run.stopSet !== null && (
            <span class="muted">
              , told so <Age time={run.stopSet} />
            </span>
          )}
        </span>
      )}
      {!asked && run.stop === 'never' && run.stopSet !== null && (
        <span class="muted small">
          told to go on <Age time={run.stopSet} />
        </span>
      )}
      {!run.request?.acknowledged && (
        <button
          type="button"
          class="danger"
          data-testid="stop"
          disabled={why !== ''}
          title={why || undefined}
          aria-describedby={why ? 'stop-why' : undefined}
          onClick={() => dialog.current?.showModal()}
        >
          {asked ? 'Go on …' : 'Stop …'}
        </button>
      )}
      {run.request?.acknowledged && (
        <span class="muted small" data-testid="obeys">
          the trainer obeys: this stop cannot be taken back
        </span>
      )}
      {why && (
        <span id="stop-why" class="unseen">
          {why}
        </span>
      )}
      {late && <late.ChooseStop run={run} dialog={dialog} />}
    </div>
  );
}

/** What became of a wish to stop. */
function Trail({ run }: { run: RunState }): JSX.Element {
  const { by, asked, acknowledged, step, epoch, withdrawn } = run.request!;
  const stopped = run.status === 'stopped';
  return (
    <ol class="trail" aria-label="Stop" data-testid="trail">
      <li class="done">
        asked {by === 'best-epoch' ? 'by the best-epoch detector' : 'by a person'} <Age time={asked} />
        {step !== null && (
          <span class="muted">
            {' '}
            · keep {epoch === null ? `step ${formatCount(step)}` : `epoch ${formatEpoch(epoch)}`}
          </span>
        )}
      </li>
      {withdrawn !== undefined && (
        <li class="done">
          taken back <Age time={withdrawn} />
        </li>
      )}
      {withdrawn !== undefined && !acknowledged && isActive(run) && (
        <li class="due" data-testid="may-obey">
          {run.status === 'running'
            ? 'the trainer had heard it before, and may still stop'
            : 'the trainer will not hear it when it comes back; what it heard before it may still obey'}
        </li>
      )}
      {(withdrawn === undefined || acknowledged) && (
        <>
          <li class={acknowledged ? 'done' : 'due'}>
            {acknowledged
              ? `acknowledged${withdrawn === undefined ? '' : ' all the same'} at step ${formatCount(acknowledged.step)}`
              : 'not yet acknowledged'}
          </li>
          <li class={stopped ? 'done' : 'due'}>
            {stopped ? 'stopped' : isActive(run) ? 'still training' : run.status}
          </li>
        </>
      )}
    </ol>
  );
}
