import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';

interface Props {
  readonly label: string;
  /** What it is called where its label says too little. */
  readonly name?: string;
  readonly testid: string;
  readonly children: ComponentChildren;
}

/** A button that opens a list of choices below itself; a click elsewhere, or Escape, closes it. */
export function Menu({ label, name, testid, children }: Props): JSX.Element {
  const menu = useRef<HTMLDetailsElement>(null);
  useEffect(() => {
    const close = (event: Event): void => {
      const outside =
        event instanceof KeyboardEvent
          ? event.key === 'Escape'
          : !menu.current?.contains(event.target as Node);
      if (outside && menu.current?.open) menu.current.open = false;
    };
    addEventListener('pointerdown', close);
    addEventListener('keydown', close);
    return () => {
      removeEventListener('pointerdown', close);
      removeEventListener('keydown', close);
    };
  }, []);
  return (
    <details ref={menu} class="menu" data-testid={testid}>
      <summary class="button clip" aria-label={name} title={name}>
        {label}
      </summary>
      <div
        class="choices"
        onClick={(event) => {
          // A choice that does something is done; what is ticked may be one of several.
          if ((event.target as Element).closest('button, a') && menu.current) menu.current.open = false;
        }}
      >
        {children}
      </div>
    </details>
  );
}
