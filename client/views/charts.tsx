import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import type { RunState, SeriesState } from '../../shared/frames.ts';
import { useApp } from '../app-context.ts';
import { arrange, type ChartSpec } from '../charts.ts';
import type { Look } from '../feed.ts';
import { formatCount } from '../format.ts';
import { ChartPanel } from '../parts/chart-panel.tsx';
import { useKnownPoints } from '../parts/known-points.ts';

/** Charts of one section made at once: a run may have thousands of series, and a browser is slow with as many. */
const PAGE = 24;

/** All charts of a run, loss first. @param only key of the one that is wanted; null: all */
export function Charts({ run, only = null }: { run: RunState; only?: string | null }): JSX.Element {
  const { feed } = useApp();
  const look = feed.look.value;
  const series = look?.run === run.run ? look.series.value : null;
  const points = useKnownPoints(look, series);
  if (look && series) return <Arranged run={run} look={{ ...look, points }} series={series} only={only} />;
  return (
    <section class="charts" aria-busy="true">
      <div class="panel skeleton">
        <i />
        <i />
        <i />
      </div>
    </section>
  );
}

interface Shown {
  readonly run: RunState;
  readonly look: Look;
  readonly series: readonly SeriesState[];
}

function Arranged({ run, look, series, only }: Shown & { only: string | null }): JSX.Element {
  const { zoom } = useApp();
  const sections = useMemo(() => {
    const found = new Map<string, ChartSpec[]>();
    for (const spec of arrange(series).filter(({ key }) => only === null || key === only))
      found.set(spec.section, [...(found.get(spec.section) ?? []), spec]);
    return [...found];
  }, [series, only]);
  return (
    <section class="charts" aria-label="Charts" data-testid="charts">
      {sections.length === 0 && (
        <p class="muted note" data-testid="no-series">
          The run has logged nothing yet.
        </p>
      )}
      {zoom.value && (
        <button type="button" class="reset" data-testid="reset-zoom" onClick={() => (zoom.value = null)}>
          Show all steps
        </button>
      )}
      {sections.map(([title, specs]) => (
        <Section key={title} title={title} specs={specs} run={run} look={look} series={series} />
      ))}
    </section>
  );
}

function Section(props: Shown & { title: string; specs: readonly ChartSpec[] }): JSX.Element {
  const { title, specs, run, look, series } = props;
  const shown = useSignal(PAGE);
  const more = specs.length - shown.value;
  return (
    <section class={title === 'Loss' ? 'section first' : 'section'} aria-label={title}>
      <h2>{title}</h2>
      <div class="grid">
        {specs.slice(0, shown.value).map((spec) => (
          <ChartPanel key={spec.key} spec={spec} run={run} points={look.points} series={series} />
        ))}
      </div>
      {more > 0 && (
        <button type="button" class="quiet more" onClick={() => (shown.value += PAGE)}>
          Show {formatCount(Math.min(PAGE, more))} more of {formatCount(specs.length)}
        </button>
      )}
    </section>
  );
}
