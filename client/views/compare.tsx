import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import type { RunState } from '../../shared/frames.ts';
import { runAddress } from '../address.ts';
import { useApp } from '../app-context.ts';
import { MOST_RUNS } from '../feed.ts';
import {
  formatCount,
  formatDuration,
  formatEpoch,
  formatItem,
  formatSetting,
  formatValue,
  plural,
} from '../format.ts';
import { OverlayPanel } from '../parts/overlay-panel.tsx';
import { Scatter } from '../parts/scatter.tsx';
import { StatusMark } from '../parts/shape.tsx';
import { durationOf } from '../runs/columns.ts';
import { bySeed, commonSeries, type Curve, ranked } from '../runs/compare.ts';
import { configOf, differingKeys } from '../runs/config.ts';

const COLORS = [
  '--line-1',
  '--line-3',
  '--line-2',
  '--line-4',
  '--line-5',
  '--line-6',
  '--line-validation',
  '--line-train',
];
/** Charts drawn at once. */
const CHARTS = 12;

/** Several runs over one another: their curves, what differs in their configs, and which was best. */
export function Compare(): JSX.Element {
  const { state, location } = useApp();
  const beat = state.beat.value;
  const order = state.order.value;
  const wanted = location.param('runs');
  const runs = useMemo(
    () =>
      [...new Set(wanted.split(','))].slice(0, MOST_RUNS).flatMap((id) => state.runs.get(id)?.peek() ?? []),
    [wanted, order, beat],
  );
  if (runs.length === 0)
    return (
      <main class="blank" data-testid="compare-empty">
        <h1>Nothing to compare</h1>
        <p>Select runs in the table, and choose Compare. Up to {MOST_RUNS} can be laid over one another.</p>
        <a href="#/">All runs</a>
      </main>
    );
  return <Compared runs={runs} />;
}

function Compared({ runs }: { runs: readonly RunState[] }): JSX.Element {
  const { location } = useApp();
  const base = runs.find(({ run }) => run === location.param('base')) ?? runs[0];
  const together = location.param('seeds') !== '';
  const colors = useMemo(() => new Map(runs.map(({ run }, i) => [run, COLORS[i % COLORS.length]])), [runs]);
  return (
    <main class="compare" aria-label="Compare runs" data-testid="compare-view">
      <div class="compare-head">
        <h1>
          Compare <span class="muted">{plural(runs.length, 'run')}</span>
        </h1>
        <label>
          Baseline{' '}
          <select
            data-testid="base"
            value={base.run}
            onChange={(event) => location.show({ base: event.currentTarget.value })}
          >
            {runs.map(({ run, name }) => (
              <option key={run} value={run}>
                {name}
              </option>
            ))}
          </select>
        </label>
        <label class="check">
          <input
            type="checkbox"
            data-testid="seeds"
            checked={together}
            onChange={() => location.show({ seeds: together ? null : 'mean' })}
          />
          mean over seeds
        </label>
      </div>
      <Best runs={runs} base={base} colors={colors} />
      <Overlays runs={runs} together={together} colors={colors} />
      <Differences runs={runs} base={base} />
      <Against runs={runs} colors={colors} />
    </main>
  );
}

interface Shown {
  readonly runs: readonly RunState[];
  readonly colors: ReadonlyMap<string, string>;
}

function Overlays({ runs, together, colors }: Shown & { together: boolean }): JSX.Element {
  const { feed, zoom } = useApp();
  const looks = feed.looks.value;
  const said = looks.flatMap((look) => look.series.value ?? []);
  const series = useMemo(
    () => commonSeries(looks.map((look) => look.series.value ?? [])),
    [looks, said.length],
  );
  const ids = runs.map(({ run, name }) => `${run}\n${name}`).join('\n');
  const curves = useMemo(() => {
    const groups = together ? bySeed(runs) : runs.map((run) => [run]);
    return groups.map((group): Curve & { label: string; color: string } => ({
      name: group[0].run,
      label: group.length > 1 ? `${group[0].name} and ${group.length - 1} more, mean` : group[0].name,
      color: colors.get(group[0].run) ?? '--line-1',
      points: group.flatMap(({ run }) => looks.find((look) => look.run === run)?.points ?? []),
    }));
  }, [ids, together, looks]);
  if (series.length === 0) return <p class="muted note">Asking for the curves …</p>;
  return (
    <section class="charts" aria-labelledby="curves-title">
      <h2 id="curves-title" class="unseen">
        Curves
      </h2>
      {zoom.value && (
        <button type="button" class="reset" data-testid="reset-zoom" onClick={() => (zoom.value = null)}>
          Show all steps
        </button>
      )}
      <div class="grid">
        {series.slice(0, CHARTS).map((one) => (
          <OverlayPanel key={one.series} series={one.series} curves={curves} />
        ))}
      </div>
      {series.length > CHARTS && (
        <p class="muted note">and {formatCount(series.length - CHARTS)} more series, each on its run.</p>
      )}
    </section>
  );
}

/** Which run was best, when, and by how much. */
function Best({ runs, base, colors }: Shown & { base: RunState }): JSX.Element {
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
  const share =
    base.best.value === 0 ? '' : ` (${signed(formatValue((100 * delta) / Math.abs(base.best.value)))} %)`;
  return `${signed(formatValue(delta))}${share}`;
}

function signed(text: string): string {
  return text.startsWith('−') || text === '0' ? text : `+${text}`;
}

/** Only the settings in which the runs differ; what differs from the baseline stands out. */
function Differences({ runs, base }: { runs: readonly RunState[]; base: RunState }): JSX.Element | null {
  const keys = differingKeys(runs);
  if (runs.length < 2) return null;
  return (
    <section class="card" aria-labelledby="differences-title">
      <h2 id="differences-title">
        Config{' '}
        <span class="muted">
          {keys.length === 0
            ? 'the same in all runs'
            : `only the ${plural(keys.length, 'setting')} that differ`}
        </span>
      </h2>
      {keys.length > 0 && (
        <div class="table-scroll" role="region" aria-label="Settings that differ" tabIndex={0}>
          <table class="figures-table mono" data-testid="differences">
            <thead>
              <tr>
                <th scope="col">Setting</th>
                {runs.map(({ run, name }) => (
                  <th key={run} scope="col">
                    {name}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {keys.slice(0, 100).map((key) => (
                <tr key={key}>
                  <th scope="row">{key}</th>
                  {runs.map((run) => (
                    <td key={run.run} class={differs(run, base, key) ? 'differs' : 'muted'}>
                      {valueText(run, key)}
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}

function differs(run: RunState, base: RunState, key: string): boolean {
  return configOf(run).get(key) !== configOf(base).get(key);
}

function valueText(run: RunState, key: string): string {
  const value = configOf(run).get(key);
  return typeof value === 'number' ? formatSetting(value) : formatItem(value);
}

/** One numeric setting against the best value. */
function Against({ runs, colors }: Shown): JSX.Element | null {
  const { location } = useApp();
  const judged = runs.filter(({ best }) => best !== null);
  const keys = differingKeys(judged).filter(
    (key) => judged.filter((run) => typeof configOf(run).get(key) === 'number').length > 1,
  );
  if (keys.length === 0) return null;
  const key = keys.find((one) => one === location.param('x')) ?? keys[0];
  const dots = judged.flatMap((run) => {
    const x = configOf(run).get(key);
    return typeof x === 'number'
      ? [
          {
            name: run.name,
            color: colors.get(run.run) ?? '--line-1',
            href: runAddress(run.run),
            x,
            y: run.best!.value,
          },
        ]
      : [];
  });
  return (
    <section class="card" aria-labelledby="against-title">
      <div class="row-line">
        <h2 id="against-title">Best value against</h2>
        <select
          aria-label="Setting"
          data-testid="against"
          value={key}
          onChange={(event) => location.show({ x: event.currentTarget.value })}
        >
          {keys.map((one) => (
            <option key={one} value={one}>
              {one}
            </option>
          ))}
        </select>
      </div>
      <Scatter dots={dots} x={key} y={`best ${judged[0].best!.series}`} />
    </section>
  );
}
