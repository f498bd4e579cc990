import type { JSX } from 'preact';
import type { Best, Finding } from '../../shared/finding.ts';
import { useApp } from '../app-context.ts';
import { type Span, xRange, yRange } from '../chart/range.ts';
import type { ChartPoints } from '../chart/chart.ts';
import type { ChartSpec } from '../charts.ts';
import { copy } from '../clipboard.ts';
import { fileName } from '../export/file.ts';
import type { Picture } from '../export/picture.ts';
import { save } from '../export/save.ts';
import { embedCode } from '../share.ts';
import { Menu } from './menu.tsx';
import { useReadingToken } from './share-menu.tsx';

/** What a chart shows at the moment of the export. */
export interface Exported {
  readonly spec: ChartSpec;
  readonly points: ChartPoints;
  readonly findings: readonly Finding[];
  readonly best: Best | null;
  readonly log: boolean;
  readonly hidden: ReadonlySet<string>;
  /** What the lines are called, where it is not what the spec calls them. */
  readonly labels?: ReadonlyMap<string, string>;
  /** Ids of the runs whose points these are, and their series. */
  readonly runs: readonly string[];
  readonly series: readonly string[];
}

/** Exports a chart: as a picture of what is seen, or the points of its series. */
export function ChartMenu({ name, shown }: { name: string; shown: () => Exported }): JSX.Element {
  const { zoom, palette, toasts, travel } = useApp();
  const share = useReadingToken();
  const { runs, series, spec } = shown();
  const asof = travel.asof.value;
  const span = zoom.value;
  const query = new URLSearchParams([
    ...runs.map((run) => ['run', run]),
    ...series.map((one) => ['series', one]),
    ...(span ? [['from', String(Math.ceil(span[0]))]] : []),
    ...(span || asof !== null ? [['to', String(Math.min(span?.[1] ?? Infinity, asof ?? Infinity))]] : []),
  ]);
  const points = (format: string): string => `api/points?${query.toString()}&format=${format}`;
  const picture = async (ending: 'svg' | 'png'): Promise<void> => {
    try {
      const { svgOf, pngOf } = await import('../export/chunk.ts');
      const svg = svgOf(pictureOf(name, shown(), zoom.peek(), (variable) => palette.color(variable)));
      const blob = ending === 'svg' ? new Blob([svg], { type: 'image/svg+xml' }) : await pngOf(svg);
      save(blob, fileName(name, ending));
    } catch (error) {
      toasts.say(`The picture could not be made: ${(error as Error).message}`, { wrong: true });
    }
  };
  return (
    <Menu label="Export" testid="export">
      <button type="button" class="quiet" data-testid="export-png" onClick={() => void picture('png')}>
        Picture, PNG
      </button>
      <button type="button" class="quiet" data-testid="export-svg" onClick={() => void picture('svg')}>
        Picture, SVG
      </button>
      <a class="quiet" href={points('csv')} download={fileName(name, 'csv')} data-testid="export-csv">
        {span ? 'Points shown, CSV' : 'Points, CSV'}
      </a>
      <a class="quiet" href={points('ndjson')} download={fileName(name, 'jsonl')} data-testid="export-jsonl">
        {span ? 'Points shown, JSON lines' : 'Points, JSON lines'}
      </a>
      {runs.length === 1 && (
        <button
          type="button"
          class="quiet"
          data-testid="export-embed"
          onClick={() =>
            void share(
              (token) =>
                void copy(embedCode(globalThis.location.href, runs[0], spec.key, token)).then((done) =>
                  toasts.say(
                    done
                      ? 'Copied HTML that shows the chart in a frame'
                      : 'The browser does not let this page copy',
                    { wrong: !done },
                  ),
                ),
            )
          }
        >
          Copy embed code
        </button>
      )}
    </Menu>
  );
}

function pictureOf(
  title: string,
  { spec, points, findings, best, log, hidden, labels }: Exported,
  zoom: Span | null,
  color: (variable: string) => string,
): Picture {
  const drawn = spec.series.filter(({ name }) => !hidden.has(name));
  const lines = drawn.flatMap(({ name, color: variable, split }) => {
    const of = points.lines(name).filter(({ length }) => length > 0);
    const newest = Math.max(0, ...of.map(({ attempt }) => attempt));
    return of.map((line) => ({
      line,
      name: labels?.get(name) ?? name,
      color: color(variable),
      width: split === 'train' ? 1.25 : 2,
      alpha: (line.attempt < newest ? 0.35 : 1) * (line.rank > 0 ? 0.55 : 1),
      steps: line.steps.subarray(0, line.length),
      values: line.values.subarray(0, line.length),
    }));
  });
  const [from, to] = xRange(points.first, points.last, zoom);
  const [low, high] = yRange(
    lines.map(({ line }) => line),
    [from, to],
    log,
  );
  const names = new Set(drawn.map(({ name }) => name));
  return {
    title,
    axis: 'step',
    ...{ from, to, low, high, log, lines, color, best },
    last: points.last,
    findings: findings.filter(({ series }) => series.some((one) => names.has(one))),
  };
}
