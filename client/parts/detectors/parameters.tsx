import { useSignal, type Signal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import type { Score } from '../../../shared/backtest.ts';
import type { DetectorInfo, ParameterInfo } from '../../../shared/catalogue.ts';
import type { RunState } from '../../../shared/frames.ts';
import { useApp } from '../../app-context.ts';
import { trialFindings } from '../../trial.ts';
import { Field, type Typed } from './field.tsx';
import { Outcome, type Tried } from './outcome.tsx';
import { OverRuns } from './over-runs.tsx';
import { type Scope, SCOPES } from './scope.ts';

/** How long nothing must have been typed before it is tried, ms. */
const PAUSE = 350;

interface ParametersProps {
  readonly run: RunState;
  readonly info: DetectorInfo;
  readonly typed: Signal<Typed>;
  readonly inForce: (parameter: ParameterInfo) => number;
  readonly apply: (body: object, scope: Scope) => void;
}

/** The parameters of one detector, and what it would say if they were as they are typed. */
export function Parameters({ run, info, typed, inForce, apply }: ParametersProps): JSX.Element {
  const { ask, trial, state } = useApp();
  const tried = useSignal<Tried>({ is: 'idle' });
  const over = useSignal(false);
  const values = typed.value;
  const changes = info.parameters.filter(
    (parameter) =>
      Object.hasOwn(values, parameter.name) && Number(values[parameter.name]) !== inForce(parameter),
  );
  const unreadable = info.parameters.find(
    ({ name }) => Object.hasOwn(values, name) && !isNumber(values[name]),
  );
  const parameters = Object.fromEntries(
    info.parameters.map((parameter) => [
      parameter.name,
      Number(values[parameter.name] ?? inForce(parameter)),
    ]),
  );

  useEffect(() => {
    if (unreadable) {
      tried.value = {
        is: 'wrong',
        field: unreadable.name,
        message: `${unreadable.name}: must be a number, got “${values[unreadable.name]}”`,
      };
      trial.value = null;
      return;
    }
    if (changes.length === 0) {
      tried.value = { is: 'idle' };
      if (trial.peek()?.detector === info.name) trial.value = null;
      return;
    }
    const asked = new AbortController();
    const timer = setTimeout(() => {
      tried.value = { is: 'trying' };
      const set = Object.fromEntries(Object.entries(parameters).map(([name, value]) => [name, [value]]));
      const body = { detector: info.name, runs: [run.run], set };
      void ask<{ scores: Score[] }>('POST', 'backtest', body, asked.signal).then((answer) => {
        if (asked.signal.aborted) return;
        if (!answer.ok) {
          const field = info.parameters.find(({ name }) => answer.fault.message.includes(`: ${name}:`))?.name;
          tried.value = { is: 'wrong', field: field ?? null, message: answer.fault.message };
          trial.value = null;
          return;
        }
        const [score] = answer.body.scores;
        tried.value = { is: 'tried', score };
        trial.value = {
          run: run.run,
          detector: info.name,
          findings: trialFindings(info.name, score.firings),
        };
      });
    }, PAUSE);
    return () => {
      clearTimeout(timer);
      asked.abort();
    };
  }, [JSON.stringify(values), run.settings]);
  useEffect(
    () => () => {
      if (trial.peek()?.detector === info.name) trial.value = null;
    },
    [],
  );

  const now = state.findings(run.run).value.filter(({ detector }) => detector === info.name);
  const wrong = tried.value.is === 'wrong' ? tried.value : null;
  return (
    <>
      {info.parameters.map((parameter) => (
        <Field
          key={parameter.name}
          detector={info.name}
          parameter={parameter}
          value={values[parameter.name] ?? String(inForce(parameter))}
          wrong={wrong?.field === parameter.name ? wrong.message : null}
          onInput={(text) => (typed.value = { ...values, [parameter.name]: text })}
        />
      ))}
      {wrong?.field === null && (
        <p class="wrong" role="alert">
          {wrong.message}
        </p>
      )}
      {info.parameters.length > 0 && <Outcome tried={tried.value} now={now} />}
      {changes.length > 0 && (
        <div class="apply" role="group" aria-label="Apply to">
          <span class="muted">Apply to</span>
          {(['run', 'project', 'all'] as const).map((scope) => (
            <button
              key={scope}
              type="button"
              class={scope === 'run' ? 'strong' : undefined}
              data-testid={`apply-${scope}`}
              disabled={!state.mayWrite.value || wrong !== null}
              title={state.mayWrite.value ? SCOPES[scope] : 'This page may only read'}
              onClick={() => apply({ parameters: changedOnly(changes, parameters) }, scope)}
            >
              {scope === 'run' ? 'this run' : scope === 'project' ? `project ${run.project}` : 'all'}
            </button>
          ))}
          <button type="button" class="quiet" onClick={() => (typed.value = {})}>
            Put back
          </button>
        </div>
      )}
      {info.parameters.length > 0 && (
        <details class="over" onToggle={(event) => (over.value = event.currentTarget.open)}>
          <summary>Compare settings over many runs</summary>
          {over.value && <OverRuns run={run} info={info} inForce={inForce} />}
        </details>
      )}
    </>
  );
}

function changedOnly(
  changes: readonly ParameterInfo[],
  parameters: Readonly<Record<string, number>>,
): Record<string, number> {
  return Object.fromEntries(changes.map(({ name }) => [name, parameters[name]]));
}

function isNumber(text: string): boolean {
  return text.trim() !== '' && !Number.isNaN(Number(text));
}
