import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import type { Best, Finding } from '../../shared/finding.ts';
import type { SeriesState } from '../../shared/frames.ts';
import { type Trial, useApp } from '../app-context.ts';
import type { ChartSpec } from '../charts.ts';
import { lateParts } from '../load-late.ts';
import { formatCount, formatEpoch, formatValue, plural } from '../format.ts';
import type { Points } from '../points.ts';
import { ChartAge } from './chart-age.tsx';
import { PanelMenu, type Standing } from './panel-menu.tsx';
import { lookOf } from './look-of.ts';
import { Position } from './position.tsx';
import { Readout } from './readout.tsx';
import { useChart } from './use-chart.ts';

interface Props {
  readonly spec: ChartSpec;
  /** Id of the run, and its name. Not its state, which is another many times a second. */
  readonly run: string;
  readonly name: string;
  /** The run's best validation, where it is of a series of this chart. */
  readonly best: Best | null;
  readonly points: Points;
  /** All series of the run: the cursor's epoch is looked up among them. */
  readonly series: readonly SeriesState[];
  readonly standing: Standing;
}

/** What is marked on a curve: where a detector is tried otherwise, what it would say stands for what it says. */
function withTrial(findings: readonly Finding[], trial: Trial | null, run: string): readonly Finding[] {
  if (trial?.run !== run) return findings;
  return [...findings.filter(({ detector }) => detector !== trial.detector), ...trial.findings];
}

/** One chart with its name, its readout and its settings. */
export function ChartPanel({ spec, run, name: runName, best, points, series, standing }: Props): JSX.Element {
  const app = useApp();
  const { charts, opening } = app;
  const late = lateParts.value;
  const hidden = useSignal<ReadonlySet<string>>(new Set());
  const names = spec.series.map(({ name }) => name);
  const { host, chart, outOfView, drawn, mark } = useChart(
    {
      lines: (name) => points.lines(name),
      detail: (line, from, to, columns) => points.detail.of(line, from, to, columns),
      places: () => points.places(charts.settings.peek().axis),
      last: () => points.last,
      spec: () => spec,
      // Of a long run there are hundreds: the curve comes before what is marked on it.
      findings: () =>
        opening.over.peek() ? withTrial(app.travel.findings(run).peek(), app.trial.peek(), run) : [],
      best: () => best,
      look: () => lookOf(charts, spec.key),
      hidden: () => hidden.peek(),
    },
    (changed, of) => of === run && names.some((name) => changed.has(name)),
    points,
  );

  const { logY, flipped } = charts.settings.value;
  const findings = app.travel.findings(run).value;
  useEffect(mark, [findings, best, hidden.value, spec, opening.over.value]);

  const chosen = app.chosen.value;
  useEffect(() => {
    const finding = chosen?.on === 'list' && findings.find(({ id }) => id === chosen.id);
    if (finding && finding.series[0] && names.includes(finding.series[0]))
      host.current?.scrollIntoView({ block: 'nearest' });
  }, [chosen]);

  const logged = logY !== flipped.has(spec.key);
  const flip = (): void => {
    const changed = new Set(flipped);
    if (!changed.delete(spec.key)) changed.add(spec.key);
    charts.set({ flipped: changed });
  };
  return (
    <figure class="panel" data-testid="chart" data-chart={spec.key}>
      <figcaption>
        <h3 draggable title="Drag to another place">
          {spec.title}
          {spec.unit && <span class="muted unit">{spec.unit}</span>}
        </h3>
        <span class="space" />
        <Position points={points} series={series} />
        <ChartAge run={run} names={names} points={points} />
        <button
          type="button"
          class="quiet scale"
          aria-pressed={logged}
          title="Logarithmic values"
          data-testid="log"
          onClick={flip}
        >
          log
        </button>
        <PanelMenu chart={spec.key} title={spec.title} standing={standing}>
          {late && (
            <>
              <hr />
              <late.ExportEntries
                name={`${runName} ${spec.title}`}
                spec={spec}
                runs={[run]}
                series={names}
                places={points.places(charts.settings.value.axis)}
                shown={() => chart.current && { chart: chart.current, findings, best }}
              />
            </>
          )}
        </PanelMenu>
      </figcaption>
      <Readout
        spec={spec}
        run={run}
        points={points}
        hidden={hidden.value}
        lines={() => chart.current?.lines ?? []}
        drawn={drawn}
        onToggle={(name) => {
          const kept = new Set(hidden.value);
          if (!kept.delete(name)) kept.add(name);
          hidden.value = kept;
        }}
      />
      <div ref={host} class="plot" data-testid="plot" role="group" aria-label={`Curve of ${spec.title}`} />
      {outOfView.value !== '' && (
        <p class="out-of-view" data-testid="out-of-view">
          {outOfView.value}
        </p>
      )}
      {best && (
        <p class="best" data-testid="best">
          <i aria-hidden="true" />
          best <strong>{formatValue(best.value)}</strong>{' '}
          {best.epoch === null ? `at step ${formatCount(best.step)}` : `at epoch ${formatEpoch(best.epoch)}`}
          {', '}
          {best.age === 0 ? 'the latest validation' : `${plural(best.age, 'validation')} ago`}
        </p>
      )}
    </figure>
  );
}
