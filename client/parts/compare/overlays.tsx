import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import type { RunState } from '../../../shared/frames.ts';
import { useApp } from '../../app-context.ts';
import { searchCharts } from '../../chart-search.ts';
import type { ChartSpec } from '../../charts.ts';
import { formatCount } from '../../format.ts';
import { bySeed, commonSeries } from '../../runs/compare.ts';
import type { Curve } from '../../runs/overlay.ts';
import { ChartToolbar } from '../chart-toolbar.tsx';
import { OverlayPanel } from '../overlay-panel.tsx';
import type { Shown } from './shown.ts';

/** Charts drawn at once. */
const CHARTS = 12;

/** The curves of the runs over one another, a chart a series. */
export function Overlays({
  runs,
  base,
  together,
  colors,
}: Shown & { base: RunState; together: boolean }): JSX.Element {
  const { feed, charts } = useApp();
  const looks = feed.looks.value;
  const said = looks.flatMap((look) => look.series.value ?? []);
  const { search, axis } = charts.settings.value;
  const all = useMemo(
    () =>
      commonSeries(looks.map((look) => look.series.value ?? [])).map(({ series: name, role }): ChartSpec => ({
        ...{ key: `compare/${name}`, title: name, unit: '', role, section: '', series: [] },
      })),
    [looks, said.length],
  );
  const { specs, fault } = useMemo(() => searchCharts(all, search), [all, search]);
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
  if (all.length === 0) return <p class="muted note">Asking for the curves …</p>;
  const epochs = said.some(({ role }) => role === 'epoch');
  const reference = looks.find(({ run }) => run === base.run)?.points;
  return (
    <section
      class={`charts size-${charts.arrangement(base.project).value.size}`}
      aria-labelledby="curves-title"
    >
      <h2 id="curves-title" class="unseen">
        Curves
      </h2>
      <ChartToolbar {...{ project: base.project, epochs, fault, found: [specs.length, all.length] }} />
      {axis === 'epoch' && !epochs && (
        <p class="muted note" role="status" data-testid="no-epochs">
          The runs log no epochs: nothing has a place on this axis. By step, everything has.
        </p>
      )}
      <div class="grid">
        {specs.slice(0, CHARTS).map((spec) => (
          <OverlayPanel key={spec.key} spec={spec} curves={curves} base={reference} />
        ))}
      </div>
      {specs.length > CHARTS && (
        <p class="muted note">
          and {formatCount(specs.length - CHARTS)} more series: search for them, or see each on its run.
        </p>
      )}
    </section>
  );
}
