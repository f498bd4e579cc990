import type { JSX } from 'preact';
import { useRef } from 'preact/hooks';
import type { RunState } from '../../shared/frames.ts';
import { useApp } from '../app-context.ts';
import { formatCount, formatEpoch } from '../format.ts';
import { isActive } from '../state.ts';
import { Age } from './age.tsx';

/** Stops a run after asking, and shows what became of the wish: asked, acknowledged, stopped. */
export function StopControl({ run }: { run: RunState }): JSX.Element | null {
  const { state } = useApp();
  const dialog = useRef<HTMLDialogElement>(null);
  if (run.request) return <Trail run={run} />;
  if (!isActive(run)) return null;
  const open = state.connection.value.state === 'open';
  const why =
    state.server.value?.access !== 'write'
      ? 'This page may read, not stop: open it with the writing token'
      : open
        ? ''
        : 'Not connected';
  return (
    <div class="stop">
      {run.stop === 'best-epoch' && (
        <span
          class="armed"
          data-testid="armed"
          title="The run asked to be stopped once its best epoch is past"
        >
          <i aria-hidden="true" /> stops itself at the best epoch
        </span>
      )}
      <button
        type="button"
        class="danger"
        data-testid="stop"
        disabled={why !== ''}
        title={why || undefined}
        aria-describedby={why ? 'stop-why' : undefined}
        onClick={() => dialog.current?.showModal()}
      >
        Stop …
      </button>
      {why && (
        <span id="stop-why" class="unseen">
          {why}
        </span>
      )}
      <Confirm run={run} dialog={dialog} />
    </div>
  );
}

function Confirm({
  run,
  dialog,
}: {
  run: RunState;
  dialog: { current: HTMLDialogElement | null };
}): JSX.Element {
  const { feed } = useApp();
  return (
    <dialog ref={dialog} aria-labelledby="stop-title">
      <h2 id="stop-title">Stop “{run.name}”?</h2>
      <p>
        The trainer is asked to stop after its current step
        {run.best && ` and to keep the checkpoint of step ${formatCount(run.best.step)}, its best`}. Nothing
        logged is lost.
      </p>
      <form method="dialog" class="actions">
        <button type="submit">Go on training</button>
        <button type="submit" class="danger" data-testid="stop-confirm" onClick={() => feed.stop(run.run)}>
          Stop it
        </button>
      </form>
    </dialog>
  );
}

/** What became of a wish to stop. */
function Trail({ run }: { run: RunState }): JSX.Element {
  const { by, asked, acknowledged, step, epoch } = run.request!;
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
      <li class={acknowledged ? 'done' : 'due'}>
        {acknowledged ? `acknowledged at step ${formatCount(acknowledged.step)}` : 'not yet acknowledged'}
      </li>
      <li class={stopped ? 'done' : 'due'}>
        {stopped ? 'stopped' : isActive(run) ? 'still training' : run.status}
      </li>
    </ol>
  );
}
