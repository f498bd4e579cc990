import type { Finding } from '../../shared/finding.ts';
import { toWire } from '../../shared/numbers.ts';
import type { Diagnosis } from './diagnose.ts';
import { sparkline } from './sparkline.ts';

/** A diagnosis as JSON lines: one for each finding in the order they were said, then the verdict. */
export function jsonLines({ recording: { run }, findings, analysis, stop }: Diagnosis): string[] {
  const best = analysis?.best ?? null;
  return [
    ...findings.map(({ detector, severity, series, from, step, status, title, evidence, advice }) =>
      JSON.stringify({
        kind: 'finding',
        run,
        detector,
        severity,
        series,
        from,
        step,
        status,
        title,
        evidence,
        advice,
      }),
    ),
    JSON.stringify({
      kind: 'verdict',
      run,
      verdict: analysis?.verdict ?? '',
      cause: analysis?.cause ?? null,
      best: best && { step: best.step, value: toWire(best.value) },
      stop,
    }),
  ];
}

const MARKS = { critical: '●', warning: '▲', info: '·' } as const;
const SPARK_WIDTH = 32;

/** A diagnosis for people: the verdict, a small curve, and what is open, with advice. */
export function report({ recording, findings, analysis }: Diagnosis): string {
  const lines = [`${recording.run}: ${analysis?.verdict ?? 'nothing to judge'}`];
  const series = analysis?.best?.series ?? analysis?.loss?.series;
  if (series !== undefined) {
    const values = valuesOf(recording, series);
    const last = values.at(-1);
    const best = analysis?.best;
    const ends = [
      last !== undefined && `last ${short(last)}`,
      best && `best ${short(best.value)} at step ${best.step}`,
    ];
    lines.push(`  ${series} ${sparkline(values, SPARK_WIDTH)} ${ends.filter(Boolean).join(', ')}`);
  }
  for (const remark of recording.remarks) lines.push(`  (${remark})`);
  for (const finding of findings) lines.push(...findingLines(finding));
  return lines.join('\n');
}

function findingLines({ severity, status, detector, step, title, advice }: Finding): string[] {
  if (status === 'resolved') return [`  ✓ ${title} (${detector}, said at step ${step}, over since)`];
  return [
    `  ${MARKS[severity]} ${title} (${severity}, ${detector}, said at step ${step})`,
    ...advice.map((text) => `      – ${text}`),
    `      docs/detectors.md#${detector}`,
  ];
}

function valuesOf({ inputs }: Diagnosis['recording'], series: string): number[] {
  return inputs.flatMap((input) => {
    if (input.kind !== 'table' || input.table.rank !== 0) return [];
    return input.table.columns
      .filter((column) => column.series === series)
      .flatMap(({ values }) => [...values]);
  });
}

function short(value: number): string {
  return String(Number(value.toPrecision(4)));
}
