import type { JSX } from 'preact';
import type { ParameterInfo } from '../../../shared/catalogue.ts';
import { formatValue, humanise } from '../../format.ts';

/** Values as they are typed, by parameter; those not typed are as they are in force. */
export type Typed = Readonly<Record<string, string>>;

interface FieldProps {
  readonly detector: string;
  readonly parameter: ParameterInfo;
  readonly value: string;
  readonly wrong: string | null;
  readonly onInput: (text: string) => void;
}

/** One parameter: its value, what it may be, and what it means. */
export function Field({ detector, parameter, value, wrong, onInput }: FieldProps): JSX.Element {
  const { name, least, most, whole, meaning } = parameter;
  const id = `${detector}-${name}`;
  return (
    <div class="field">
      <label for={id}>{humanise(name)}</label>
      <input
        id={id}
        type="text"
        inputMode="decimal"
        autocomplete="off"
        spellcheck={false}
        value={value}
        aria-invalid={wrong !== null}
        aria-describedby={`${id}-about`}
        data-testid={`parameter-${name}`}
        onInput={(event) => onInput(event.currentTarget.value)}
      />
      <p id={`${id}-about`} class="small muted">
        {wrong && (
          <span class="wrong" role="alert">
            {wrong}.{' '}
          </span>
        )}
        {meaning}; default {formatValue(parameter.default)},{' '}
        {most >= 1e9 ? `from ${formatValue(least)}` : `${formatValue(least)} to ${formatValue(most)}`}
        {whole && ', whole'}
        {String(parameter.default) !== value && (
          <>
            {' · '}
            <button type="button" class="inline" onClick={() => onInput(String(parameter.default))}>
              default
            </button>
          </>
        )}
      </p>
    </div>
  );
}
