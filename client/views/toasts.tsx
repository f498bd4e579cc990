import type { JSX } from 'preact';
import { useApp } from '../app-context.ts';

/** What was just done, with the way back. */
export function Toasts(): JSX.Element {
  const { toasts } = useApp();
  return (
    <div class="toasts" role="status" aria-live="polite">
      {toasts.shown.value.map(({ id, text, wrong, undo }) => (
        <div key={id} class={wrong ? 'toast critical' : 'toast'} data-testid="toast">
          <span>{text}</span>
          {undo && (
            <button
              type="button"
              data-testid="undo"
              onClick={() => {
                undo();
                toasts.dismiss(id);
              }}
            >
              Undo
            </button>
          )}
          <button type="button" class="quiet close" aria-label="Close" onClick={() => toasts.dismiss(id)}>
            <svg viewBox="0 0 16 16" aria-hidden="true">
              <path d="m3 3 10 10M13 3 3 13" />
            </svg>
          </button>
        </div>
      ))}
    </div>
  );
}
