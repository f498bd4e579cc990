import type { JSX } from 'preact';
import { useRef } from 'preact/hooks';
import type { RunEdit } from '../../shared/edit.ts';
import type { RunState } from '../../shared/frames.ts';
import { useApp } from '../app-context.ts';
import { formatCount, formatEpoch } from '../format.ts';
import { isActive } from '../state.ts';
import { Age } from './age.tsx';

/** Stops a run now or at its best epoch, or lets it go on, and shows what became of it. */
export function StopControl({ run }: { run: RunState }): JSX.Element | null {
  const { state } = useApp();
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
      <Choose run={run} dialog={dialog} />
    </div>
  );
}

/** Three ways on: now, at the best epoch, or not at all. */
function Choose({
  run,
  dialog,
}: {
  run: RunState;
  dialog: { current: HTMLDialogElement | null };
}): JSX.Element {
  const { feed, actions, toasts } = useApp();
  const edit = (change: RunEdit): void =>
    void actions.edit(run.run, change).then((fault) => {
      if (fault) toasts.say(fault.message, { wrong: true });
    });
  const asked = run.request !== null && run.request.withdrawn === undefined;
  return (
    <dialog ref={dialog} class="choose" aria-labelledby="stop-title">
      <h2 id="stop-title">How is “{run.name}” to go on?</h2>
      <form method="dialog" class="ways">
        {!asked && (
          <button
            type="submit"
            class="way danger"
            data-testid="stop-confirm"
            onClick={() => feed.stop(run.run)}
          >
            <strong>Stop now</strong>
            <span>
              The trainer is asked to stop after its current step
              {run.best && ` and to keep the checkpoint of step ${formatCount(run.best.step)}, its best`}.
              Nothing logged is lost.
            </span>
          </button>
        )}
        {!asked && (
          <button
            type="submit"
            class="way"
            data-testid="stop-at-best"
            disabled={run.stop === 'best-epoch'}
            onClick={() => edit({ stop: 'best-epoch' })}
          >
            <strong>Stop at the best epoch</strong>
            <span>
              {run.stop === 'best-epoch'
                ? 'As it is: the trainer is asked once the best epoch is sure to be past.'
                : 'The trainer is asked once the best epoch is sure to be past; at once where it is.'}
            </span>
          </button>
        )}
        <button
          type="submit"
          class="way"
          data-testid="keep-going"
          disabled={!asked && run.stop === 'never'}
          onClick={() => edit({ stop: 'never' })}
        >
          <strong>Keep going</strong>
          <span>
            {asked
              ? 'The stop is taken back. A trainer that has heard it already may still obey, and then says so.'
              : run.stop === 'never'
                ? 'As it is: it trains until its script ends.'
                : 'It is not stopped at its best epoch, and trains until its script ends.'}
          </span>
        </button>
        <div class="actions">
          <button type="submit" class="quiet">
            Cancel
          </button>
        </div>
      </form>
    </dialog>
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
