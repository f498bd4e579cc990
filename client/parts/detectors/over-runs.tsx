import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import type { Score } from '../../../shared/backtest.ts';
import type { DetectorInfo, ParameterInfo } from '../../../shared/catalogue.ts';
import type { RunState } from '../../../shared/frames.ts';
import { useApp } from '../../app-context.ts';
import { humanise, plural } from '../../format.ts';
import { ScoreTable } from '../score-table.tsx';
import type { Typed } from './field.tsx';

/** The backtest table: several settings over the stored runs. */
export function OverRuns(props: {
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
