import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import type { DetectorInfo, ParameterInfo } from '../../shared/catalogue.ts';
import type { RunState } from '../../shared/frames.ts';
import { useApp } from '../app-context.ts';
import { plural } from '../format.ts';
import type { Typed } from '../parts/detectors/field.tsx';
import { Monitor } from '../parts/detectors/monitor.tsx';
import { Parameters } from '../parts/detectors/parameters.tsx';
import { doneText, type Scope, send } from '../parts/detectors/scope.ts';

/** Every detector of a run: whether it looks, how it is set, and what it would say if it were set otherwise. */
export function Detectors({ run }: { run: RunState }): JSX.Element {
  const { ask } = useApp();
  const catalogue = useSignal<readonly DetectorInfo[] | string | null>(null);
  const load = (): void => {
    catalogue.value = null;
    void ask<{ detectors: DetectorInfo[] }>('GET', 'detectors').then((answer) => {
      catalogue.value = answer.ok ? answer.body.detectors : answer.fault.message;
    });
  };
  useEffect(load, []);
  const known = catalogue.value;
  return (
    <section class="detectors" aria-label="Detectors" data-testid="detectors">
      <Monitor run={run} />
      {known === null && <p class="muted note">Asking for the detectors …</p>}
      {typeof known === 'string' && (
        <p class="wrong note" role="alert">
          {known}{' '}
          <button type="button" onClick={load}>
            Try again
          </button>
        </p>
      )}
      {typeof known === 'object' && known?.map((info) => <Detector key={info.name} run={run} info={info} />)}
    </section>
  );
}

function Detector({ run, info }: { run: RunState; info: DetectorInfo }): JSX.Element {
  const { state, ask, toasts, trial } = useApp();
  const open = useSignal(false);
  const typed = useSignal<Typed>({});
  const set = run.settings.find(({ detector }) => detector === info.name);
  const enabled = set?.enabled !== false;
  const inForce = (parameter: ParameterInfo): number =>
    set?.parameters?.[parameter.name] ?? parameter.default;
  const changed = info.parameters.filter((parameter) => inForce(parameter) !== parameter.default);
  const apply = (body: object, scope: Scope): void =>
    void send(ask, run, info.name, body, scope).then((answer) => {
      if (answer.ok) typed.value = {};
      toasts.say(answer.ok ? doneText(info.name, scope, run, answer.body.runs) : answer.fault.message, {
        wrong: !answer.ok,
      });
    });
  return (
    <details
      class="detector"
      data-testid="detector"
      data-detector={info.name}
      open={open.value}
      onToggle={(event) => {
        open.value = event.currentTarget.open;
        if (!open.value && trial.peek()?.detector === info.name) trial.value = null;
      }}
    >
      <summary>
        <strong>{info.name}</strong>
        {!enabled && <span class="tag">off</span>}
        {changed.length > 0 && <span class="tag">{plural(changed.length, 'change')}</span>}
        <span class="muted small">{info.question}</span>
      </summary>
      {open.value && (
        <div class="detector-body">
          <p class="small muted">Looks at {info.looks}</p>
          <div class="row-line">
            <button
              type="button"
              role="switch"
              class="switch"
              aria-checked={enabled}
              aria-label={`${info.name} looks at this run`}
              disabled={!state.mayWrite.value}
              data-testid="enabled"
              onClick={() => apply({ enabled: !enabled }, 'run')}
            >
              <i aria-hidden="true" />
            </button>
            <span>{enabled ? 'Looks at this run' : 'Off for this run'}</span>
          </div>
          <Parameters run={run} info={info} typed={typed} inForce={inForce} apply={apply} />
        </div>
      )}
    </details>
  );
}
