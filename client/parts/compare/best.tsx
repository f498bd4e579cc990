import type { JSX } from 'preact';
import type { RunState } from '../../../shared/frames.ts';
import { runAddress } from '../../address.ts';
import { useApp } from '../../app-context.ts';
import {
  formatChange,
  formatCount,
  formatDuration,
  formatEpoch,
  formatPercent,
  formatValue,
} from '../../format.ts';
import { durationOf } from '../../runs/columns.ts';
import { ranked } from '../../runs/compare.ts';
import { StatusMark } from '../shape.tsx';
import type { Shown } from './shown.ts';

/** Which run was best, when, and by how much. */
export function Best({ runs, base, colors }: Shown & { base: RunState }): JSX.Element {
  const { state, feed } = useApp();
  const judged = base.best ?? runs.find(({ best }) => best !== null)?.best;
  const known = feed.looks.value.flatMap(({ series }) => series.value ?? []);
  const goal = known.find(({ series }) => series === judged?.series)?.goal ?? null;
  return (
    <div class="table-scroll" role="region" aria-label="Best values" tabIndex={0}>
      <table class="figures-table" data-testid="best-table">
        <thead>
          <tr>
            <th scope="col">Run</th>
            <th scope="col">Status</th>
            <th
              scope="col"
              class="numeric"
              data-testid="best-head"
              title={
                judged ? `${judged.series}, ${goal === 'max' ? 'higher' : 'lower'} is better` : undefined
              }
            >
              Best {goal === 'max' ? '↑' : '↓'}
            </th>
            <th scope="col" class="numeric">
              Against baseline
            </th>
            <th scope="col" class="numeric">
              Epoch
            </th>
            <th scope="col" class="numeric">
              Step
            </th>
            <th scope="col" class="numeric">
              Last
            </th>
            <th scope="col" class="numeric">
              Duration
            </th>
            <th scope="col">Verdict</th>
          </tr>
        </thead>
        <tbody>
          {ranked(runs, goal).map((run) => (
            <tr key={run.run} class={run.run === base.run ? 'base' : undefined} data-run={run.run}>
              <th scope="row">
                <i
                  class="key"
                  style={{ background: `var(${colors.get(run.run) ?? '--line-1'})` }}
                  aria-hidden="true"
                />
                <a href={runAddress(run.run)}>{run.name}</a>
                {run.run === base.run && <span class="tag">baseline</span>}
              </th>
              <td>
                <StatusMark status={run.status} />
              </td>
              <td class="numeric" title={run.best?.series}>
                {run.best ? formatValue(run.best.value) : '—'}
              </td>
              <td class="numeric" data-testid="delta">
                {deltaText(run, base)}
              </td>
              <td class="numeric">
                {typeof run.best?.epoch === 'number' ? formatEpoch(run.best.epoch) : '—'}
              </td>
              <td class="numeric">{run.best ? formatCount(run.best.step) : '—'}</td>
              <td class="numeric">{run.loss ? formatValue(Number(run.loss.value)) : '—'}</td>
              <td class="numeric">{formatDuration(durationOf(run, run.ended ?? state.clock.value))}</td>
              <td class="muted verdict-cell">{run.verdict}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function deltaText(run: RunState, base: RunState): string {
  if (run.run === base.run || !run.best || !base.best) return '—';
  if (run.best.series !== base.best.series) return `by ${run.best.series}`;
  const delta = run.best.value - base.best.value;
  if (base.best.value === 0) return formatChange(delta);
  const share = formatPercent(delta / Math.abs(base.best.value));
  return `${formatChange(delta)} (${delta > 0 ? '+' : ''}${share})`;
}
