import type { JSX } from 'preact';
import type { Best, Finding } from '../../shared/finding.ts';
import { useApp } from '../app-context.ts';
import type { Chart } from '../chart/chart.ts';
import type { Places } from '../chart/places.ts';
import type { Span } from '../chart/range.ts';
import type { ChartSpec } from '../charts.ts';
import { copy } from '../clipboard.ts';
import { fileName } from '../export/file.ts';
import type { Picture, PictureLine } from '../export/picture.ts';
import { save } from '../export/save.ts';
import { embedCode } from '../share.ts';
import { useReadingToken } from './share-entries.tsx';

interface Props {
  /** Of the files. */
  readonly name: string;
  readonly spec: ChartSpec;
  /** Ids of the runs whose points these are, and their series. */
  readonly runs: readonly string[];
  readonly series: readonly string[];
  readonly places: Places;
  /** The steps of places, where several runs have them; else as `places` has them. */
  readonly steps?: (span: Span) => Span;
  /** What the lines are called, where it is not what the spec calls them. */
  readonly labels?: ReadonlyMap<string, string>;
  /** What the chart shows at the moment; null: it is not there yet. */
  readonly shown: () => Shown | null;
}

interface Shown {
  readonly chart: Chart;
  readonly findings: readonly Finding[];
  readonly best: Best | null;
}

/** Entries of a menu that export a chart: as a picture of what is seen, or the points of its series. */
export function ExportEntries(props: Props): JSX.Element {
  const { name, spec, runs, series, places, steps, shown } = props;
  const { zoom, palette, toasts, travel } = useApp();
  const share = useReadingToken();
  const asof = travel.asof.value;
  const zoomed = zoom.value;
  const span = zoomed && (steps?.(zoomed) ?? zoomed.map((place) => places.stepAt(place)));
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
      const now = shown();
      if (!now) return;
      const svg = svgOf(pictureOf(props, now, (variable) => palette.color(variable)));
      const blob = ending === 'svg' ? new Blob([svg], { type: 'image/svg+xml' }) : await pngOf(svg);
      save(blob, fileName(name, ending));
    } catch (error) {
      toasts.say(`The picture could not be made: ${(error as Error).message}`, { wrong: true });
    }
  };
  const embed = (token: string | null): void => {
    void copy(embedCode(globalThis.location.href, runs[0], spec.key, token)).then((done) =>
      toasts.say(
        done ? 'Copied HTML that shows the chart in a frame' : 'The browser does not let this page copy',
        { wrong: !done },
      ),
    );
  };
  return (
    <>
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
        <button type="button" class="quiet" data-testid="export-embed" onClick={() => void share(embed)}>
          Copy embed code
        </button>
      )}
    </>
  );
}

/** How much of it is seen of a curve behind its mean. */
const GHOST = 0.3;

function pictureOf(
  { name, spec, labels, places }: Props,
  { chart, findings, best }: Shown,
  color: (variable: string) => string,
): Picture {
  const { axis, logX, logY, x, y } = chart.view;
  const lines = chart.lines.flatMap((drawn): PictureLine[] => {
    const { length, values } = drawn.line;
    const name = labels?.get(drawn.name) ?? drawn.name;
    const ranked = spec.series.some((series) => series.name === drawn.name && series.ranked);
    const one = {
      name,
      label: ranked ? `${name} rank ${drawn.line.rank}` : name,
      color: drawn.color,
      width: drawn.width,
      alpha: 1,
      places: drawn.places.subarray(0, length),
      values: values.subarray(0, length),
    };
    if (!drawn.means) return [one];
    return [
      { ...one, alpha: GHOST, width: 1 },
      { ...one, values: drawn.means.subarray(0, length) },
    ];
  });
  const names = new Set(spec.series.map(({ name: one }) => one));
  return {
    title: name,
    axis,
    ...{ from: x[0], to: x[1], low: y[0], high: y[1], logX, logY, lines, color, best },
    at: places.at,
    last: places.extent()?.[1] ?? x[1],
    findings: findings.filter(({ series }) => series.some((one) => names.has(one))),
  };
}
