import type { JSX } from 'preact';
import type { RunState } from '../../shared/frames.ts';
import { useApp } from '../app-context.ts';
import { arrange, type ChartSpec } from '../charts.ts';
import { ChartPanel } from '../parts/chart-panel.tsx';

/** All charts of a run, loss first. */
export function Charts({ run }: { run: RunState }): JSX.Element {
  const { feed, zoom } = useApp();
  const look = feed.look.value;
  const series = look?.run === run.run ? look.series.value : null;
  if (!look || !series)
    return (
      <section class="charts" aria-busy="true">
        <div class="panel skeleton">
          {[0, 1, 2].map((line) => (
            <i key={line} />
          ))}
        </div>
      </section>
    );
  const sections = new Map<string, ChartSpec[]>();
  for (const spec of arrange(series)) {
    const section = sections.get(spec.section);
    if (section) section.push(spec);
    else sections.set(spec.section, [spec]);
  }
  return (
    <section class="charts" aria-label="Charts" data-testid="charts">
      {sections.size === 0 && (
        <p class="muted note" data-testid="no-series">
          The run has logged nothing yet.
        </p>
      )}
      {zoom.value && (
        <button type="button" class="reset" data-testid="reset-zoom" onClick={() => (zoom.value = null)}>
          Show all steps
        </button>
      )}
      {[...sections].map(([title, specs]) => (
        <section key={title} class={title === 'Loss' ? 'section first' : 'section'} aria-label={title}>
          <h2>{title}</h2>
          <div class="grid">
            {specs.map((spec) => (
              <ChartPanel key={spec.key} spec={spec} run={run} points={look.points} series={series} />
            ))}
          </div>
        </section>
      ))}
    </section>
  );
}
