import type { JSX } from 'preact';
import type { RunState } from '../../shared/frames.ts';
import { useApp } from '../app-context.ts';
import { flatten, formatCount, formatDuration, formatEpoch, formatValue, plural } from '../format.ts';
import { lateParts } from '../load-late.ts';
import { isActive } from '../state.ts';
import { secondsLeft } from '../runs/config.ts';
import { Age } from '../parts/age.tsx';
import { Menu } from '../parts/menu.tsx';
import { StatusMark } from '../parts/shape.tsx';
import { StopControl } from '../parts/stop-control.tsx';

/** Who a run is, how it stands, and what it was told. */
export function RunHeader({ run }: { run: RunState }): JSX.Element {
  const { state, editing, travel } = useApp();
  const late = lateParts.value;
  const live = travel.asof.value === null;
  const left = secondsLeft(run);
  // As of a step, what is not known of it yet has its place all the same: nothing moves when the answer comes.
  const { step, epoch, attempt } = state.runs.get(run.run)?.value ?? run;
  const asking = !live && travel.past.value === null;
  return (
    <header class={live ? 'run-head' : 'run-head past'} data-testid="run-header">
      <div class="run-title">
        <a class="back" href="#/" aria-label="All runs">
          <svg viewBox="0 0 16 16" aria-hidden="true">
            <path d="M10 2.5 4.5 8l5.5 5.5" />
          </svg>
          Runs
        </a>
        <h1 data-testid="run-name">{run.name}</h1>
        <StatusMark status={run.status} />
        {run.tags.map((tag) => (
          <span key={tag} class="tag">
            {tag}
          </span>
        ))}
        {run.pinned && (
          <span class="pin" role="img" aria-label="pinned">
            ★
          </span>
        )}
        {run.archived && <span class="tag">archived</span>}
        {state.mayWrite.value && (
          <button
            type="button"
            class="quiet small"
            data-testid="edit"
            onClick={() => (editing.value = run.run)}
          >
            Edit
          </button>
        )}
        {live && run.step !== null && (
          <button
            type="button"
            class="quiet small"
            title="See what was known at an earlier step (t)"
            data-testid="travel-start"
            onClick={() => travel.go(run.step)}
          >
            Time travel
          </button>
        )}
        <Menu label="Share" testid="share">
          {late && <late.ShareEntries run={run} />}
        </Menu>
        <span class="space" />
        {live && <StopControl run={run} />}
      </div>
      {(run.verdict || !live) && (
        <p class="verdict-line" data-testid="verdict">
          {run.verdict}
        </p>
      )}
      {run.request && <p class="muted">Asked to stop: {run.request.reason}</p>}
      {run.reason && run.reason !== run.request?.reason && (
        <p class="muted">The trainer says: {run.reason}</p>
      )}
      <dl class="facts">
        <Fact name="project">{run.project}</Fact>
        {step !== null && <Fact name="step">{run.step === null ? '—' : formatCount(run.step)}</Fact>}
        {epoch !== null && <Fact name="epoch">{run.epoch === null ? '—' : formatEpoch(run.epoch)}</Fact>}
        {run.rate !== null && isActive(run) && <Fact name="steps/s">{formatValue(run.rate)}</Fact>}
        {left !== null && <Fact name="left">{`about ${formatDuration(left)}`}</Fact>}
        <Fact name="points">{asking ? '—' : formatCount(run.points)}</Fact>
        {attempt > 0 && <Fact name="attempt">{formatCount(run.attempt + 1)}</Fact>}
        {run.ranks.length > 1 && <Fact name="ranks">{formatCount(run.ranks.length)}</Fact>}
        <Fact name="started">
          <Age time={run.created} />
        </Fact>
        <Fact name="heard">{asking ? '—' : <Age time={run.heard} />}</Fact>
        {run.missing > 0 && (
          <Fact name="missing" warn>
            {plural(run.missing, 'line')}
          </Fact>
        )}
      </dl>
      {run.notes && <p class="notes">{run.notes}</p>}
      <Config config={run.config} />
    </header>
  );
}

function Fact(props: { name: string; warn?: boolean; children: JSX.Element | string }): JSX.Element {
  return (
    <div class={props.warn ? 'warn' : undefined} data-testid={`fact-${props.name}`}>
      <dt>{props.name}</dt>
      <dd>{props.children}</dd>
    </div>
  );
}

function Config({ config }: { config: RunState['config'] }): JSX.Element | null {
  const rows = flatten(config);
  if (rows.length === 0) return null;
  return (
    <details class="config" data-testid="config">
      <summary>Config · {plural(rows.length, 'setting')}</summary>
      <dl>
        {rows.map(([key, value]) => (
          <div key={key}>
            <dt>{key}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </details>
  );
}
