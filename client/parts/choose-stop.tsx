import type { JSX } from 'preact';
import type { RunEdit } from '../../shared/edit.ts';
import type { RunState } from '../../shared/frames.ts';
import { useApp } from '../app-context.ts';
import { formatCount } from '../format.ts';

/** Three ways on: now, at the best epoch, or not at all. */
export function ChooseStop({
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
