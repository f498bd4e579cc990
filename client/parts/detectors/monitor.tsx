import type { JSX } from 'preact';
import type { RunState, SeriesState } from '../../../shared/frames.ts';
import { useApp } from '../../app-context.ts';

/** Chooses the series that the best epoch is judged by. */
export function Monitor({ run }: { run: RunState }): JSX.Element | null {
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
