import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import { useApp } from '../app-context.ts';
import type { RunState } from '../../shared/frames.ts';
import { formatCount, formatEpoch, formatValue } from '../format.ts';
import { whenIdle } from '../idle.ts';
import { Age } from '../parts/age.tsx';
import { SeverityCounts, StatusMark } from '../parts/shape.tsx';
import { runAddress } from '../address.ts';

/** Rows made at once: a server may keep ten thousand runs, and a browser is slow with as many rows. */
const PAGE = 100;

/** Rows that a window shows; the others are made when the first chart is there, so many whenever the browser is idle. */
const FIRST = 12;
const MORE = 22;

/** All runs, filtered by a text. */
export function RunList(): JSX.Element {
  const { state, opening } = useApp();
  const filter = useSignal('');
  const shown = useSignal(PAGE);
  const made = useSignal(FIRST);
  const wanted = filter.value.trim().toLowerCase();
  const order = state.order.value.filter((run) => !state.runs.get(run)!.peek().archived);
  const matching = wanted ? order.filter((run) => words(state.runs.get(run)!.value).includes(wanted)) : order;
  const wantsMore = opening.over.value && made.value < Math.min(shown.value, matching.length);
  useEffect(() => (wantsMore ? whenIdle(() => (made.value += MORE)) : undefined), [wantsMore, made.value]);
  return (
    <nav class="list" aria-label="Runs">
      <div class="list-head">
        <h2>
          Runs <span class="muted">{formatCount(order.length)}</span>
        </h2>
        <input
          type="search"
          placeholder="Filter by name, project, tag"
          aria-label="Filter runs"
          data-testid="filter"
          value={filter.value}
          onInput={(event) => {
            filter.value = event.currentTarget.value;
            shown.value = PAGE;
          }}
        />
      </div>
      <ul data-testid="runs">
        {matching.slice(0, Math.min(shown.value, made.value)).map((run) => (
          <Row key={run} id={run} />
        ))}
      </ul>
      {matching.length === 0 && (
        <p class="muted note">
          {wanted ? `No run has “${filter.value.trim()}” in its name, project or tags.` : 'No runs yet.'}
        </p>
      )}
      {matching.length > shown.value && (
        <button type="button" class="quiet more" onClick={() => (shown.value += PAGE)}>
          Show {formatCount(Math.min(PAGE, matching.length - shown.value))} more of{' '}
          {formatCount(matching.length)}
        </button>
      )}
    </nav>
  );
}

/** One run. It reads its own signals, so that it alone is rendered when its run logs. */
function Row({ id }: { id: string }): JSX.Element | null {
  const { state, route, alerts } = useApp();
  const run = state.runs.get(id)?.value;
  if (!run) return null;
  const open = state.findings(id).value.filter(({ status }) => status === 'open');
  const unread = open.some((finding) => !alerts.read.value.has(finding.id));
  const selected = route.value === id;
  return (
    <li>
      <a
        href={runAddress(id)}
        class={`row ${run.status}${selected ? ' selected' : ''}`}
        aria-current={selected ? 'page' : undefined}
        data-testid="run-row"
        data-run={id}
      >
        <span class="row-line">
          <strong class="name">{run.name}</strong>
          <SeverityCounts of={open} />
          {unread && <span class="unread" role="img" aria-label="findings not yet read" />}
        </span>
        <span class="row-line small">
          <StatusMark status={run.status} />
          <span class="muted clip">{run.project}</span>
          <span class="space" />
          <Age time={run.heard} />
        </span>
        <span class="row-line small figures">
          <span>{progress(run)}</span>
          <span class="space" />
          {run.loss && (
            <span class="clip">
              <span class="muted">{run.loss.series}</span> {formatValue(Number(run.loss.value))}
            </span>
          )}
        </span>
        {run.verdict && <span class="verdict clip">{run.verdict}</span>}
      </a>
    </li>
  );
}

function progress({ step, epoch }: RunState): string {
  if (step === null) return 'no steps yet';
  return `step ${formatCount(step)}${epoch === null ? '' : ` · epoch ${formatEpoch(epoch)}`}`;
}

function words(run: RunState): string {
  return [run.name, run.project, run.run, run.status, ...run.tags].join('\n').toLowerCase();
}
