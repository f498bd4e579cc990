import { useSignal, type Signal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect, useMemo } from 'preact/hooks';
import type { Firing, Score } from '../../shared/backtest.ts';
import type { DetectorInfo, ParameterInfo } from '../../shared/catalogue.ts';
import type { Finding } from '../../shared/finding.ts';
import type { RunState, SeriesState } from '../../shared/frames.ts';
import { useApp } from '../app-context.ts';
import { formatCount, formatEpoch, formatValue, humanise, plural } from '../format.ts';
import { ScoreTable } from '../parts/score-table.tsx';
import { trialFindings } from '../trial.ts';

/** How long nothing must have been typed before it is tried, ms. */
const PAUSE = 350;

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

/** Chooses the series that the best epoch is judged by. */
function Monitor({ run }: { run: RunState }): JSX.Element | null {
  const { feed, ask, state, toasts } = useApp();
  const look = feed.look.value;
  const series = look?.run === run.run ? (look.series.value ?? []) : [];
  const able = series.filter(
    ({ role, rank }, i) =>
      rank === 0 &&
      (role === 'loss' || role === 'metric') &&
      series.findIndex((one) => one.series === series[i].series) === i,
  );
  if (able.length === 0) return null;
  const choices = able.flatMap(({ series: name, goal }: SeriesState) =>
    goal === null ? (['min', 'max'] as const).map((way) => ({ name, goal: way })) : [{ name, goal }],
  );
  const chosen = choices.findIndex(({ name }) => name === run.best?.series);
  return (
    <label class="monitor">
      <span>
        Best epoch judged by <span class="muted">for this run, from here on</span>
      </span>
      <select
        data-testid="monitor"
        disabled={!state.mayWrite.value}
        value={String(chosen)}
        onChange={(event) => {
          const choice = choices[Number(event.currentTarget.value)];
          void ask('PUT', `runs/${encodeURIComponent(run.run)}/monitor`, {
            series: choice.name,
            goal: choice.goal,
          }).then((answer) =>
            answer.ok
              ? toasts.say(`The best epoch is judged by ${choice.name} from here on`)
              : toasts.say(answer.fault.message, { wrong: true }),
          );
        }}
      >
        {chosen < 0 && <option value="-1">nothing yet</option>}
        {choices.map(({ name, goal }, i) => (
          <option key={`${name}${goal}`} value={String(i)}>
            {name}, {goal === 'min' ? 'lower' : 'higher'} is better
          </option>
        ))}
      </select>
    </label>
  );
}

/** Values as they are typed, by parameter; those not typed are as they are in force. */
type Typed = Readonly<Record<string, string>>;

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

interface ParametersProps {
  readonly run: RunState;
  readonly info: DetectorInfo;
  readonly typed: Signal<Typed>;
  readonly inForce: (parameter: ParameterInfo) => number;
  readonly apply: (body: object, scope: Scope) => void;
}

/** The parameters of one detector, and what it would say if they were as they are typed. */
function Parameters({ run, info, typed, inForce, apply }: ParametersProps): JSX.Element {
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

type Tried =
  | { readonly is: 'idle' | 'trying' }
  | { readonly is: 'wrong'; readonly field: string | null; readonly message: string }
  | { readonly is: 'tried'; readonly score: Score };

interface FieldProps {
  readonly detector: string;
  readonly parameter: ParameterInfo;
  readonly value: string;
  readonly wrong: string | null;
  readonly onInput: (text: string) => void;
}

/** One parameter: its value, what it may be, and what it means. */
function Field({ detector, parameter, value, wrong, onInput }: FieldProps): JSX.Element {
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

/** What the detector says now, and what it would say. */
function Outcome({ tried, now }: { tried: Tried; now: readonly Finding[] }): JSX.Element {
  const before = firstOf(now);
  if (tried.is !== 'tried')
    return (
      <p class="outcome small" aria-live="polite" data-testid="outcome" data-is={tried.is}>
        {tried.is === 'trying' ? 'Replaying the run …' : `Now: ${saidText(now.length, before)}.`}
        {tried.is === 'idle' && (
          <span class="muted"> Change a value to see where it would have fired; nothing is set by it.</span>
        )}
      </p>
    );
  const { firings, saved, kept, meanRegret, runs } = tried.score;
  const after = firstOf(firings);
  return (
    <div class="outcome small" aria-live="polite" data-testid="outcome" data-is="tried">
      <p>
        <strong>With this: {saidText(firings.length, after)}</strong>
        {before && after && before.step !== after.step && (
          <>
            , {formatCount(Math.abs(after.step - before.step))} steps{' '}
            {after.step < before.step ? 'earlier' : 'later'} than now
          </>
        )}
        . <span class="muted">Now: {saidText(now.length, before)}.</span>
      </p>
      {runs > 0 && firings.length > 0 && (
        <p class="muted">
          Stopping there would have saved {percent(saved)} of the validations,{' '}
          {kept === 1 ? 'and kept the best' : `and missed the best by ${percent(meanRegret)}`}.
        </p>
      )}
    </div>
  );
}

/** The backtest table: several settings over the stored runs. */
function OverRuns(props: {
  run: RunState;
  info: DetectorInfo;
  inForce: (parameter: ParameterInfo) => number;
}): JSX.Element {
  const { run, info, inForce } = props;
  const { ask, state } = useApp();
  const [first] = info.parameters;
  const lists = useSignal<Typed>({ [first.name]: spread(first, inForce(first)).join(', ') });
  const everywhere = useSignal(false);
  const scores = useSignal<Result>({ is: 'none' });
  const known = state.order.value.map((id) => state.runs.get(id)!.peek());
  const wanted = useMemo(
    () => known.filter(({ project }) => everywhere.value || project === run.project),
    [everywhere.value, state.order.value],
  );
  const go = (): void => {
    const set = Object.fromEntries(
      Object.entries(lists.value)
        .filter(([, text]) => text.trim() !== '')
        .map(([name, text]) => [
          name,
          text
            .split(/[,\s]+/)
            .filter(Boolean)
            .map(Number),
        ]),
    );
    const unreadable = Object.entries(set).find(([, values]) => values.some(Number.isNaN));
    if (unreadable) {
      scores.value = { is: 'wrong', message: `${unreadable[0]}: must be numbers with commas between` };
      return;
    }
    scores.value = { is: 'trying' };
    const runs = wanted.slice(0, 1000).map((one) => one.run);
    void ask<{ scores: Score[] }>('POST', 'backtest', { detector: info.name, runs, set }).then((answer) => {
      scores.value = answer.ok
        ? { is: 'scores', scores: answer.body.scores }
        : { is: 'wrong', message: answer.fault.message };
    });
  };
  const result = scores.value;
  return (
    <form
      class="over-form"
      onSubmit={(event) => {
        event.preventDefault();
        go();
      }}
    >
      {info.parameters.map(({ name }) => (
        <label key={name} class="over-field">
          <span>{humanise(name)}</span>
          <input
            type="text"
            autocomplete="off"
            placeholder="as it is"
            data-testid={`over-${name}`}
            value={lists.value[name] ?? ''}
            onInput={(event) => (lists.value = { ...lists.value, [name]: event.currentTarget.value })}
          />
        </label>
      ))}
      <div class="row-line">
        <label class="check">
          <input
            type="checkbox"
            checked={everywhere.value}
            onChange={() => (everywhere.value = !everywhere.value)}
          />
          runs of all projects
        </label>
        <span class="space" />
        <button type="submit" data-testid="over-go" disabled={result.is === 'trying'}>
          {result.is === 'trying' ? 'Replaying …' : `Replay ${plural(wanted.length, 'run')}`}
        </button>
      </div>
      {result.is === 'wrong' && (
        <p class="wrong" role="alert">
          {result.message}
        </p>
      )}
      {result.is === 'scores' && <ScoreTable scores={result.scores} />}
    </form>
  );
}

type Result =
  | { readonly is: 'none' | 'trying' }
  | { readonly is: 'wrong'; readonly message: string }
  | { readonly is: 'scores'; readonly scores: readonly Score[] };

/** Half, as it is, and twice: values worth comparing. */
function spread({ least, most, whole }: ParameterInfo, value: number): number[] {
  const around = [value / 2, value, value * 2].map((one) => (whole ? Math.round(one) : one));
  return [...new Set(around.filter((one) => one >= least && one <= most))];
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

function firstOf<Said extends Pick<Firing, 'step' | 'epoch'>>(all: readonly Said[]): Said | undefined {
  return [...all].sort((a, b) => a.step - b.step).at(0);
}

function saidText(count: number, first: Pick<Firing, 'step' | 'epoch'> | undefined): string {
  if (!first) return 'says nothing';
  const epoch = first.epoch === null ? '' : ` (epoch ${formatEpoch(first.epoch)})`;
  return `speaks ${count === 1 ? 'once' : `${formatCount(count)} times`}, first at step ${formatCount(first.step)}${epoch}`;
}

function percent(share: number): string {
  return `${formatValue(100 * share)} %`;
}

type Scope = 'run' | 'project' | 'all';

const SCOPES: Readonly<Record<Scope, string>> = {
  run: 'From here on, for this run',
  project: 'For the runs of the project that train, and for new ones',
  all: 'For all runs that train, and for new ones',
};

function send(
  ask: ReturnType<typeof useApp>['ask'],
  run: RunState,
  detector: string,
  body: object,
  scope: Scope,
): ReturnType<typeof ask<{ runs?: number }>> {
  if (scope === 'run')
    return ask('PUT', `runs/${encodeURIComponent(run.run)}/settings`, { detector, ...body });
  return ask('PUT', 'settings', { detector, ...body, ...(scope === 'project' && { project: run.project }) });
}

function doneText(detector: string, scope: Scope, run: RunState, runs = 0): string {
  if (scope === 'run') return `${detector} is set for this run, from here on`;
  const where = scope === 'project' ? `project ${run.project}` : 'all projects';
  return `${detector} is set for ${where}: new runs, and ${plural(runs, 'run')} that ${runs === 1 ? 'trains' : 'train'}`;
}
