import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { useApp } from '../app-context.ts';
import { KEYS } from '../keys.ts';

/** What the keys do. */
export function KeySheet(): JSX.Element | null {
  const { keysShown } = useApp();
  return keysShown.value ? <Sheet /> : null;
}

function Sheet(): JSX.Element {
  const { keysShown } = useApp();
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  const close = (): void => void (keysShown.value = false);
  return (
    <dialog ref={dialog} class="key-sheet" aria-labelledby="keys-title" onClose={close} data-testid="keys">
      <h2 id="keys-title" tabIndex={-1} autofocus>
        Keys
      </h2>
      <dl>
        {KEYS.map(([keys, does]) => (
          <div key={keys}>
            <dt>
              {keys.split(' ').map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
      <form method="dialog" class="actions">
        <button type="submit">Close</button>
      </form>
    </dialog>
  );
}
