import type { JSX } from 'preact';
import { useId } from 'preact/hooks';
import { useApp } from '../app-context.ts';
import type { Theme } from '../theme.ts';

const THEMES: readonly Theme[] = ['system', 'light', 'dark'];

/** Light, dark, or as the system has it. */
export function ThemePicker(): JSX.Element {
  const { theme } = useApp();
  const group = useId();
  return (
    <fieldset class="segments" aria-label="Colours">
      {THEMES.map((one) => (
        <label
          key={one}
          title={one === 'system' ? 'As the system has it' : undefined}
          class={theme.value === one ? 'on' : ''}
        >
          <input
            type="radio"
            name={group}
            value={one}
            checked={theme.value === one}
            onChange={() => (theme.value = one)}
          />
          {one === 'system' ? 'auto' : one}
        </label>
      ))}
    </fieldset>
  );
}
