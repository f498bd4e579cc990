import type { JSX } from 'preact';
import { useApp } from '../../app-context.ts';
import { formatCount } from '../../format.ts';

/** What can be done with the runs that are selected. */
export function Selection(): JSX.Element | null {
  const { state, selected, actions } = useApp();
  const runs = [...selected.value].flatMap((id) => state.runs.get(id)?.value ?? []);
  if (runs.length === 0) return null;
  const mayWrite = state.mayWrite.value;
  const clear = (): void => void (selected.value = new Set());
  const archived = runs.every((run) => run.archived);
  const pinned = runs.every((run) => run.pinned);
  return (
    <div class="selection" role="toolbar" aria-label="Selected runs" data-testid="selection">
      <span>{formatCount(runs.length)} selected</span>
      <a
        class="button strong"
        data-testid="compare"
        href={`#/compare?runs=${runs
          .slice(0, 50)
          .map(({ run }) => encodeURIComponent(run))
          .join(',')}`}
      >
        Compare{runs.length > 50 && ' the first 50'}
      </a>
      {mayWrite && (
        <>
          <button
            type="button"
            onClick={() => void actions.editAll(runs, { pinned: !pinned }, pinned ? 'Unpinned' : 'Pinned')}
          >
            {pinned ? 'Unpin' : 'Pin'}
          </button>
          <button
            type="button"
            data-testid="archive"
            onClick={() => {
              void actions.editAll(runs, { archived: !archived }, archived ? 'Took back' : 'Archived');
              clear();
            }}
          >
            {archived ? 'Take back' : 'Archive'}
          </button>
          <button
            type="button"
            class="danger"
            data-testid="delete"
            onClick={() => {
              void actions.remove(runs);
              clear();
            }}
          >
            Delete
          </button>
        </>
      )}
      <button type="button" class="quiet" onClick={clear}>
        Clear
      </button>
    </div>
  );
}
