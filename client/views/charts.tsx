import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useMemo, useRef } from 'preact/hooks';
import type { Best } from '../../shared/finding.ts';
import type { RunState, SeriesState } from '../../shared/frames.ts';
import { useApp } from '../app-context.ts';
import { arranged, moved } from '../chart-arrangement.ts';
import { searchCharts } from '../chart-search.ts';
import { arrange, type ChartSpec } from '../charts.ts';

import { formatCount } from '../format.ts';
import type { Points } from '../points.ts';
import { ChartPanel } from '../parts/chart-panel.tsx';
import { ChartToolbar } from '../parts/chart-toolbar.tsx';
import { useKnownPoints } from '../parts/known-points.ts';

/** Charts of one section made at once: a run may have thousands of series, and a browser is slow with as many. */
const PAGE = 24;

/** All charts of a run, loss first, and that one alone until it is shown. @param only key of the one that is wanted; null: all */
export function Charts({ run, only = null }: { run: RunState; only?: string | null }): JSX.Element {
  const { feed } = useApp();
  const look = feed.look.value;
  const series = look?.run === run.run ? look.series.value : null;
  const points = useKnownPoints(look, series);
  const best = useKept(run.best);
  const { run: id, project, name } = run;
  if (look && series) return <Arranged {...{ run: id, project, name, best, points, series, only }} />;
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

/** The same object for as long as it says the same: a run's state comes anew many times a second. */
function useKept<T>(value: T): T {
  const kept = useRef(value);
  if (JSON.stringify(kept.current) !== JSON.stringify(value)) kept.current = value;
  return kept.current;
}

interface Shown {
  /** Id of the run. */
  readonly run: string;
  readonly project: string;
  readonly name: string;
  readonly best: Best | null;
  readonly points: Points;
  readonly series: readonly SeriesState[];
}

/** @param props.only key of the one chart that is wanted, without what is for choosing among many; null: all */
function Arranged({ only, ...shown }: Shown & { only: string | null }): JSX.Element {
  const { project, series } = shown;
  const { charts, opening } = useApp();
  const { search, axis } = charts.settings.value;
  const arrangement = charts.arrangement(project).value;
  const all = useMemo(
    () => arrange(series).filter(({ key }) => only === null || key === only),
    [series, only],
  );
  const { specs, fault } = useMemo(() => searchCharts(all, search), [all, search]);
  const sections = useMemo(() => arranged(specs, arrangement), [specs, arrangement]);
  const epochs = series.some(({ role }) => role === 'epoch');
  return (
    <section class={`charts size-${arrangement.size}`} aria-label="Charts" data-testid="charts">
      {all.length > 0 && (
        <ChartToolbar project={project} epochs={epochs} fault={fault} found={[specs.length, all.length]} />
      )}
      {all.length === 0 && (
        <p class="muted note" data-testid="no-series">
          The run has logged nothing yet.
        </p>
      )}
      {axis === 'epoch' && !epochs && (
        <p class="muted note" role="status" data-testid="no-epochs">
          The run logs no epochs: nothing has a place on this axis. By step, everything has.
        </p>
      )}
      {(opening.over.value ? sections : sections.slice(0, 1)).map(([title, of]) => (
        <Section key={title} title={title} specs={of} {...shown} />
      ))}
    </section>
  );
}

/** The kind of data that a dragged chart is told by. */
const DRAGGED = 'application/x-tidemark-chart';

function Section(props: Shown & { title: string; specs: readonly ChartSpec[] }): JSX.Element {
  const { title, specs, run, project, name, best, points, series } = props;
  const { charts, opening } = useApp();
  const shown = useSignal(PAGE);
  const made = opening.over.value ? shown.value : 1;
  const more = specs.length - shown.value;
  const keys = useMemo(() => specs.map(({ key }) => key), [specs]);
  const standing = useMemo(() => ({ project, keys }), [project, keys]);
  // The same elements for as long as nothing of them is another, so that no panel is rendered without need.
  const panels = useMemo(
    () =>
      specs.slice(0, made).map((spec) => {
        const own = best && spec.series.some((one) => one.name === best.series) ? best : null;
        return <ChartPanel key={spec.key} {...{ spec, run, name, best: own, points, series, standing }} />;
      }),
    [specs, made, run, name, best, points, series, standing],
  );
  const drop = (event: DragEvent): void => {
    const key = event.dataTransfer?.getData(DRAGGED) ?? '';
    const on = chartOf(event.target);
    if (!keys.includes(key) || on === undefined) return;
    event.preventDefault();
    const arrangement = charts.arrangement(project);
    arrangement.value = moved(arrangement.value, keys, key, keys.indexOf(on));
  };
  return (
    <section class={title === 'Loss' ? 'section first' : 'section'} aria-label={title}>
      <h2>{title}</h2>
      <div
        class="grid"
        onDragStart={(event) => event.dataTransfer?.setData(DRAGGED, chartOf(event.target) ?? '')}
        onDragOver={(event) => event.dataTransfer?.types.includes(DRAGGED) && event.preventDefault()}
        onDrop={drop}
      >
        {panels}
      </div>
      {more > 0 && (
        <button type="button" class="quiet more" onClick={() => (shown.value += PAGE)}>
          Show {formatCount(Math.min(PAGE, more))} more of {formatCount(specs.length)}
        </button>
      )}
    </section>
  );
}

/** The key of the chart that something is part of. */
function chartOf(target: EventTarget | null): string | undefined {
  return (target as Element | null)?.closest<HTMLElement>('[data-chart]')?.dataset.chart;
}
