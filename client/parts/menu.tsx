import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';

/** A button that opens a list of choices below itself; a click elsewhere, or Escape, closes it. */
export function Menu(props: { label: string; testid: string; children: ComponentChildren }): JSX.Element {
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
    <details ref={menu} class="menu" data-testid={props.testid}>
      <summary class="button clip">{props.label}</summary>
      <div
        class="choices"
        onClick={(event) => {
          // A choice that does something is done; what is ticked may be one of several.
          if ((event.target as Element).closest('button, a') && menu.current) menu.current.open = false;
        }}
      >
        {props.children}
      </div>
    </details>
  );
}
