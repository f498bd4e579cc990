import { from, lastValueFrom, toArray } from 'rxjs';
import type { Detector } from '../../../server/detector.ts';
import { analyse, type Analysis } from '../../../server/pipeline/pipeline.ts';
import type { PipelineInput } from '../../../server/pipeline/input.ts';
import { type Facts, NO_FACTS } from '../../../server/facts.ts';
import type { Finding } from '../../../shared/finding.ts';
import { tableOf, type Row } from '../pipeline/tables.ts';

/** Everything one detector says of a run that logs these columns, a row a step, and declares facts at row `late`. */
export async function told(
  detector: Detector,
  columns: Readonly<Record<string, readonly number[]>>,
  facts: Facts = NO_FACTS,
  late = 0,
): Promise<{ findings: Finding[]; last: Analysis }> {
  const length = Math.max(...Object.values(columns).map((values) => values.length));
  const rows = Array.from({ length }, (_, step): Row => {
    const logged = Object.entries(columns).filter(([, values]) => step < values.length);
    return { step, values: Object.fromEntries(logged.map(([series, values]) => [series, values[step]])) };
  });
  const inputs: PipelineInput[] = [
    { kind: 'table', run: 'run', table: tableOf(rows.slice(0, late)) },
    { kind: 'facts', run: 'run', facts },
    { kind: 'table', run: 'run', table: tableOf(rows.slice(late)) },
    { kind: 'end', run: 'run', status: 'finished' },
  ];
  const analyses = await lastValueFrom(from(inputs).pipe(analyse(undefined, [detector]), toArray()));
  return { findings: analyses.flatMap(({ findings }) => findings), last: analyses[analyses.length - 1] };
}

/** The lives of findings, as "open@12 from 9 critical". */
export function lives(findings: readonly Finding[]): string[] {
  return findings.map(
    ({ status, until, from: begun, severity }) => `${status}@${until} from ${begun} ${severity}`,
  );
}
