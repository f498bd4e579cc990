import { map, skip, startWith } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { expect } from 'vitest';
import type { Detector } from '../../../server/detector.ts';
import { type Facts, NO_FACTS } from '../../../server/facts.ts';
import { analyse } from '../../../server/pipeline/pipeline.ts';
import type { PipelineInput } from '../../../server/pipeline/input.ts';
import { tableOf, type Row } from '../pipeline/tables.ts';

/**
 * Runs one detector in the pipeline on virtual time. Each letter of `input` is a table of the rows named by it, their
 * steps running on; each letter of `expected` tells in the same frame what was said: n nothing, o opened or updated,
 * r resolved, b both, in this order or the other.
 */
export function expectMarbles(
  detector: Detector,
  input: string,
  rows: Readonly<Record<string, readonly Row['values'][]>>,
  expected: string,
  facts: Facts = NO_FACTS,
): void {
  const scheduler = new TestScheduler((actual, wanted) => expect(actual).toEqual(wanted));
  scheduler.run(({ hot, expectObservable, expectSubscriptions }) => {
    let step = 0;
    // A letter that comes twice stands for two tables: the steps go on.
    const letters = hot(input);
    const inputs = letters.pipe(
      map((letter): PipelineInput => {
        const table = tableOf(rows[letter].map((values) => ({ step: step++, values })));
        return { kind: 'table', run: table.run, table };
      }),
    );
    const said = inputs.pipe(
      startWith<PipelineInput>({ kind: 'facts', run: 'run', facts }),
      analyse(undefined, [detector]),
      skip(1),
      map(({ findings }) => {
        const kinds = new Set(findings.map(({ status }) => status));
        return kinds.size > 1 ? 'b' : kinds.has('open') ? 'o' : kinds.has('resolved') ? 'r' : 'n';
      }),
    );
    expectObservable(said).toBe(expected);
    const ended = input.search(/[|#]/);
    const subscribed = ended < 0 ? '^' : ended === 0 ? '(^!)' : `^${'-'.repeat(ended - 1)}!`;
    expectSubscriptions(letters.subscriptions).toBe(subscribed);
  });
}

/** Rows of one series. */
export function rowsOf(series: string, values: readonly number[]): Row['values'][] {
  return values.map((value) => ({ [series]: value }));
}
