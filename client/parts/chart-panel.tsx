import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import type { Finding } from '../../shared/finding.ts';
import type { RunState, SeriesState } from '../../shared/frames.ts';
import { type Trial, useApp } from '../app-context.ts';
import { Chart } from '../chart/chart.ts';
import { allPositive } from '../chart/range.ts';
import type { ChartSpec } from '../charts.ts';
import { formatAge, formatEpoch, formatValue, plural } from '../format.ts';
import type { Points } from '../points.ts';
import { ChartMenu } from './chart-menu.tsx';
import { Position } from './position.tsx';
import { Readout } from './readout.tsx';

interface Props {
  readonly spec: ChartSpec;
  readonly run: RunState;
  readonly points: Points;
  /** All series of the run: the cursor's epoch is looked up among them. */
  readonly series: readonly SeriesState[];
}

/** What is marked on a curve: where a detector is tried otherwise, what it would say stands for what it says. */
function withTrial(findings: readonly Finding[], trial: Trial | null, run: string): readonly Finding[] {
  if (trial?.run !== run) return findings;
  return [...findings.filter(({ detector }) => detector !== trial.detector), ...trial.findings];
}

/** One chart with its name, its readout and its settings. */
export function ChartPanel(props: Props): JSX.Element {
  const app = useApp();
  const { spec, run, points } = props;
  const host = useRef<HTMLDivElement>(null);
  const drawn = useRef<Chart>(null);
  const now = useRef(props);
  now.current = props;
  /** Whether this chart's axis is another than the address has for all. */
  const log = useSignal(false);
  const hidden = useSignal<ReadonlySet<string>>(new Set());

  useEffect(() => {
    const names = (): string[] => now.current.spec.series.map(({ name }) => name);
    const chart = new Chart(
      host.current!,
      {
        points: () => points,
        spec: () => now.current.spec,
        findings: () => withTrial(app.travel.findings(run.run).peek(), app.trial.peek(), run.run),
        best: () => {
          const { best } = now.current.run;
          return best && names().includes(best.series) ? best : null;
        },
        zoom: () => app.zoom.peek(),
        lit: () => app.lit.peek(),
        log: () => log.peek() !== (app.location.param('log') !== ''),
        hidden: () => hidden.peek(),
      },
      {
        cursor: (step) => (app.cursor.value = step),
        zoom: (span) => (app.zoom.value = span),
        point: (finding) => (app.lit.value = finding),
        choose: (id) => (app.chosen.value = { id, on: 'curve' }),
      },
      app.palette,
    );
    drawn.current = chart;
    app.redraw.add(chart);
    const mark = (): void => app.redraw.mark(chart);
    const listen = (changed: ReadonlySet<string>, of: string): void => {
      if (of === run.run && names().some((name) => changed.has(name))) mark();
    };
    app.listeners.add(listen);
    const sized = new ResizeObserver(mark);
    sized.observe(host.current!);
    return () => {
      app.listeners.delete(listen);
      sized.disconnect();
      app.redraw.remove(chart);
      chart.destroy();
    };
  }, [points]);

  const logged = log.value !== (app.location.param('log') !== '');
  const findings = app.travel.findings(run.run).value;
  useEffect(() => {
    if (drawn.current) app.redraw.mark(drawn.current);
  }, [findings, run.best, logged, hidden.value, spec]);

  const chosen = app.chosen.value;
  useEffect(() => {
    const finding = chosen?.on === 'list' && findings.find(({ id }) => id === chosen.id);
    if (finding && finding.series[0] && spec.series.some(({ name }) => name === finding.series[0]))
      host.current?.scrollIntoView({ block: 'nearest' });
  }, [chosen]);

  // What stands beside the curve follows the points at the feed's pace, the curve itself at the display's.
  const beat = app.feed.beat.value;
  const [canLog, latest] = useMemo(() => {
    const lines = spec.series.flatMap(({ name }) => points.lines(name));
    return [allPositive(lines), Math.max(0, ...lines.map((line) => line.latest))];
  }, [beat, spec, points]);
  const best = run.best && spec.series.some(({ name }) => name === run.best?.series) ? run.best : null;
  return (
    <figure class="panel" data-testid="chart" data-chart={spec.key}>
      <figcaption>
        <h3>{spec.title}</h3>
        <span class="space" />
        <Position points={points} series={props.series} />
        {latest > 0 && (
          <span class="age" title="Age of the newest point" data-testid="chart-age">
            {/* The run's age by the server's clock, and how far this chart lags by the trainer's: no clock is compared with another. */}
            {formatAge(app.state.clock.value - run.heard + (points.latest - latest))}
          </span>
        )}
        <button
          type="button"
          class="quiet scale"
          aria-pressed={logged && canLog}
          disabled={!canLog}
          title={canLog ? 'Logarithmic axis' : 'Values of zero and below have no place on a logarithmic axis'}
          data-testid="log"
          onClick={() => (log.value = !log.value)}
        >
          log
        </button>
        <ChartMenu
          name={`${run.name} ${spec.title}`}
          shown={() => ({
            ...{ spec, points, findings, best, log: logged && canLog, hidden: hidden.value },
            runs: [run.run],
            series: spec.series.map(({ name }) => name),
          })}
        />
      </figcaption>
      <Readout
        spec={spec}
        points={points}
        hidden={hidden.value}
        onToggle={(name) => {
          const kept = new Set(hidden.value);
          if (!kept.delete(name)) kept.add(name);
          hidden.value = kept;
        }}
      />
      <div ref={host} class="plot" data-testid="plot" role="group" aria-label={`Curve of ${spec.title}`} />
      {best && (
        <p class="best" data-testid="best">
          <i aria-hidden="true" />
          best <strong>{formatValue(best.value)}</strong>{' '}
          {best.epoch === null ? `at step ${formatValue(best.step)}` : `at epoch ${formatEpoch(best.epoch)}`}
          {', '}
          {best.age === 0 ? 'the latest validation' : `${plural(best.age, 'validation')} ago`}
        </p>
      )}
    </figure>
  );
}
