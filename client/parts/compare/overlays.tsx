import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import { useApp } from '../../app-context.ts';
import { formatCount } from '../../format.ts';
import { bySeed, commonSeries, type Curve } from '../../runs/compare.ts';
import { OverlayPanel } from '../overlay-panel.tsx';
import type { Shown } from './shown.ts';

/** Charts drawn at once. */
const CHARTS = 12;

/** The curves of the runs over one another, a chart a series. */
export function Overlays({ runs, together, colors }: Shown & { together: boolean }): JSX.Element {
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
