import { useComputed, type Signal } from '@preact/signals';
import type { JSX } from 'preact';
import type { RunState } from '../../../shared/frames.ts';
import { runAddress } from '../../address.ts';
import { useApp } from '../../app-context.ts';
import { formatValue, plural } from '../../format.ts';
import { toggled } from '../../keys.ts';
import { type Group } from '../../runs/arrange.ts';
import { type Column, lastOf } from '../../runs/columns.ts';
import { SeverityCounts, Shape } from '../shape.tsx';
import { Spark, SparkBand } from '../spark.tsx';

interface RowProps {
  readonly id: string;
  readonly columns: readonly Column[];
  readonly index: number;
  readonly narrow: boolean;
}

/** One run. It reads its own signals, so that it alone is rendered when its run logs. */
export function RunRow({ id, columns, index, narrow }: RowProps): JSX.Element | null {
  const { state, alerts, selected, editing } = useApp();
  const known = state.runs.get(id)?.value;
  const chosen = useComputed(() => selected.value.has(id)).value;
  if (!known) return null;
  const open = state.findings(id).value.filter(({ status }) => status === 'open');
  const unread = open.some((finding) => !alerts.read.value.has(finding.id));
  const now = known.ended ?? state.clock.value;
  return (
    <tr
      class={`run-row ${known.status}${chosen ? ' chosen' : ''}${known.archived ? ' archived' : ''}`}
      data-testid="run-row"
      data-run={id}
      aria-rowindex={index + 2}
    >
      {!narrow && (
        <td class="select">
          <input
            type="checkbox"
            aria-label={`Select ${known.name}`}
            checked={chosen}
            onChange={() => (selected.value = toggled(selected.value, id))}
          />
        </td>
      )}
      <td class="name-cell">
        <span class="row-line">
          <span class={`status ${known.status}`} title={known.status}>
            <Shape of={known.status} />
            <span class="unseen">{known.status}</span>
          </span>
          <a class="name clip" href={runAddress(id)}>
            {known.name}
          </a>
          {known.pinned && (
            <span class="pin" role="img" aria-label="pinned">
              ★
            </span>
          )}
          {unread && <span class="unread" role="img" aria-label="findings not yet read" />}
          <SeverityCounts of={open} />
          {!narrow && state.mayWrite.value && (
            <button
              type="button"
              class="quiet row-edit"
              aria-label={`Edit ${known.name}`}
              onClick={() => (editing.value = id)}
            >
              Edit
            </button>
          )}
        </span>
        <span class="clip verdict small muted">
          {known.verdict || (known.step === null ? 'No steps yet' : '')}
        </span>
      </td>
      <td class="spark-cell">
        <Spark trend={known.trend} />
      </td>
      {columns.map((column) => (
        <td key={column.key} class={column.numeric ? 'numeric clip' : 'clip'} data-column={column.key}>
          <Cell column={column} run={known} now={now} />
        </td>
      ))}
    </tr>
  );
}

function Cell({ column, run, now }: { column: Column; run: RunState; now: number }): JSX.Element {
  if (column.key === 'tags')
    return (
      <>
        {run.tags.map((tag) => (
          <span key={tag} class="tag">
            {tag}
          </span>
        ))}
      </>
    );
  if (column.key === 'status') return <span class={`status ${run.status}`}>{run.status}</span>;
  if (column.key === 'created') return <time>{new Date(run.created * 1000).toLocaleDateString()}</time>;
  return <>{column.text(run, now)}</>;
}

interface GroupProps {
  readonly group: Group;
  readonly columns: readonly Column[];
  readonly closed: Signal<ReadonlySet<string>>;
  readonly narrow: boolean;
}

export function GroupRow({ group, columns, closed, narrow }: GroupProps): JSX.Element {
  const shut = closed.value.has(group.key);
  const { best } = group;
  return (
    <tr class="group-row" data-testid="group-row">
      {!narrow && <td class="select" />}
      <td class="name-cell">
        <button
          type="button"
          class="quiet fold clip"
          aria-expanded={!shut}
          onClick={() => (closed.value = toggled(closed.value, group.key))}
        >
          <svg viewBox="0 0 16 16" aria-hidden="true">
            <path d={shut ? 'M6 3.5 10.5 8 6 12.5' : 'M3.5 6 8 10.5 12.5 6'} />
          </svg>
          <span class="clip">
            {group.values.map(([key, value]) => `${lastOf(key)} ${value}`).join(' · ')}{' '}
            <span class="muted">{plural(group.runs.length, 'run')}</span>
          </span>
        </button>
      </td>
      <td class="spark-cell">
        <SparkBand band={group.band} />
      </td>
      <td colSpan={Math.max(1, columns.length)} class={narrow ? 'numeric' : ''}>
        {best && (narrow ? formatValue(best.mean) : <Aggregate best={best} />)}
      </td>
    </tr>
  );
}

function Aggregate({ best }: { best: NonNullable<Group['best']> }): JSX.Element {
  if (best.least === best.most)
    return (
      <>
        <span class="muted">best</span> {formatValue(best.mean)}
      </>
    );
  return (
    <>
      <span class="muted">best, mean</span> {formatValue(best.mean)}{' '}
      <span class="muted">
        from {formatValue(best.least)} to {formatValue(best.most)}
      </span>
    </>
  );
}
