import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type { Fault } from '../../shared/errors.ts';
import type { RunState } from '../../shared/frames.ts';
import { useApp } from '../app-context.ts';

/** Renames, tags and notes the run that is being edited, and puts it away. */
export function EditRun(): JSX.Element | null {
  const { editing, state } = useApp();
  const run = editing.value === null ? undefined : state.runs.get(editing.value)?.peek();
  return run ? <Form key={run.run} run={run} /> : null;
}

function Form({ run }: { run: RunState }): JSX.Element {
  const { editing, actions } = useApp();
  const dialog = useRef<HTMLDialogElement>(null);
  const name = useSignal(run.name);
  const tags = useSignal(run.tags.join(', '));
  const notes = useSignal(run.notes);
  const wrong = useSignal<Fault | null>(null);
  useEffect(() => dialog.current?.showModal(), []);
  const close = (): void => void (editing.value = null);
  const said = (field: string): JSX.Element | null =>
    wrong.value?.field?.split('/')[0] === field ? (
      <span class="wrong" id={`wrong-${field}`} role="alert">
        {wrong.value.message}
      </span>
    ) : null;
  return (
    <dialog ref={dialog} class="form" aria-labelledby="edit-title" onClose={close} data-testid="edit-run">
      <h2 id="edit-title">Edit run</h2>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          const change = {
            name: name.value.trim(),
            tags: tags.value
              .split(',')
              .map((tag) => tag.trim())
              .filter((tag) => tag !== ''),
            notes: notes.value,
          };
          void actions.edit(run.run, change).then((fault) => (fault ? (wrong.value = fault) : close()));
        }}
      >
        <label>
          Name
          <input
            type="text"
            data-testid="edit-name"
            value={name.value}
            aria-describedby="wrong-name"
            onInput={(event) => (name.value = event.currentTarget.value)}
          />
        </label>
        {said('name')}
        <label>
          Tags, with commas between
          <input
            type="text"
            data-testid="edit-tags"
            value={tags.value}
            onInput={(event) => (tags.value = event.currentTarget.value)}
          />
        </label>
        {said('tags')}
        <label>
          Notes
          <textarea
            rows={4}
            data-testid="edit-notes"
            value={notes.value}
            onInput={(event) => (notes.value = event.currentTarget.value)}
          />
        </label>
        {said('notes')}
        {wrong.value && !wrong.value.field && (
          <p class="wrong" role="alert">
            {wrong.value.message}
          </p>
        )}
        <div class="actions">
          <button
            type="button"
            class="danger"
            onClick={() => {
              void actions.remove([run]);
              close();
              if (location.hash.startsWith('#/run/')) location.hash = '#/';
            }}
          >
            Delete
          </button>
          <button
            type="button"
            onClick={() => {
              void actions.editAll(
                [run],
                { archived: !run.archived },
                run.archived ? 'Took back' : 'Archived',
              );
              close();
            }}
          >
            {run.archived ? 'Take back' : 'Archive'}
          </button>
          <span class="space" />
          <button type="button" class="quiet" onClick={close}>
            Cancel
          </button>
          <button type="submit" class="strong" data-testid="edit-save">
            Save
          </button>
        </div>
      </form>
    </dialog>
  );
}
