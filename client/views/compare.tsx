import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import type { RunState } from '../../shared/frames.ts';
import { useApp } from '../app-context.ts';
import { MOST_RUNS } from '../address.ts';
import { plural } from '../format.ts';
import { colorAt } from '../line-colors.ts';
import { Against } from '../parts/compare/against.tsx';
import { Best } from '../parts/compare/best.tsx';
import { Differences } from '../parts/compare/differences.tsx';
import { Overlays } from '../parts/compare/overlays.tsx';

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
  const colors = useMemo(() => new Map(runs.map(({ run }, i) => [run, colorAt(i)])), [runs]);
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
      <Overlays runs={runs} base={base} together={together} colors={colors} />
      <Differences runs={runs} base={base} />
      <Against runs={runs} colors={colors} />
    </main>
  );
}
