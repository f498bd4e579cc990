import { from, lastValueFrom, Subject, toArray } from 'rxjs';
import { describe, expect, test } from 'vitest';
import type { PointDetector } from '../../../server/detector.ts';
import { detectors } from '../../../server/detectors/index.ts';
import { analyse, type Analysis } from '../../../server/pipeline/pipeline.ts';
import type { PipelineInput } from '../../../server/pipeline/input.ts';
import { healthy, overfitting } from '../detectors/streams.ts';
import { tableOf, type Row } from './tables.ts';

async function analysesOf(
  inputs: readonly PipelineInput[],
  ...given: Parameters<typeof analyse>
): Promise<Analysis[]> {
  return lastValueFrom(from(inputs).pipe(analyse(...given), toArray()));
}

function table(
  run: string,
  rows: readonly Row[],
  place: { attempt?: number; rank?: number } = {},
): PipelineInput {
  return { kind: 'table', run, table: tableOf(rows, { run, ...place }) };
}

function rows(values: readonly number[], series = 'loss', start = 0): Row[] {
  return values.map((value, i) => ({ step: start + i, values: { [series]: value } }));
}

const end: PipelineInput = { kind: 'end', run: 'run', status: 'finished' };

describe('analyse', () => {
  test('gives one analysis per input, within the call that brought it', () => {
    const inputs = new Subject<PipelineInput>();
    const given: Analysis[] = [];
    inputs.pipe(analyse()).subscribe((analysis) => given.push(analysis));
    inputs.next(table('run', rows([1, 2])));
    expect(given).toHaveLength(1);
    inputs.next(table('run', []));
    expect(given).toHaveLength(2);
    inputs.next({ kind: 'define', run: 'run', define: { kind: 'define', series: 'x' } });
    inputs.next(end);
    expect(given).toHaveLength(4);
  });

  test('keeps runs apart', async () => {
    const [first, second] = await analysesOf([table('a', rows([1, NaN])), table('b', rows([1, 2]))]);
    expect(first.findings).toHaveLength(1);
    expect(second.findings).toEqual([]);
    expect(second.run).toBe('b');
  });

  test('takes a run that has ended up again where it was', async () => {
    const analyses = await analysesOf([
      table('run', rows([1, NaN])),
      end,
      table('run', rows([NaN], 'loss', 2)),
    ]);
    expect(analyses[2].findings).toEqual([]);
    expect(analyses[2].verdict).toContain('NaN since step 1');
  });

  test('judges anew from a state that it cannot read', async () => {
    const [analysis] = await analysesOf([table('run', rows([1, 2]))], new Map([['run', { version: -1 }]]));
    expect(analysis.loss).toEqual({ series: 'loss', step: 1, value: 2 });
  });

  test('turns a detector that throws into a finding about Tidemark and goes on with the others', async () => {
    const failing: PointDetector<null> = {
      name: 'failing',
      parameters: {},
      input: 'points',
      subject: 'series',
      watches: ({ role }) => role === 'loss',
      start: () => null,
      update: () => {
        throw new Error('no');
      },
    };
    const analyses = await analysesOf(
      [table('run', rows([1, 2])), table('run', rows([NaN], 'loss', 2))],
      undefined,
      [failing, ...detectors],
    );
    expect(analyses[0].findings).toMatchObject([
      { detector: 'tidemark', severity: 'info', series: ['loss'], id: 'run/0/tidemark/failing:loss/1' },
    ]);
    expect(analyses[1].findings).toMatchObject([{ detector: 'non-finite' }]);
  });

  test('starts afresh and resolves what was open when a restart begins from the first steps', async () => {
    const analyses = await analysesOf([
      table('run', rows([...healthy(30), NaN])),
      table('run', rows([1, 0.9]), { attempt: 1 }),
    ]);
    expect(analyses[1].findings).toMatchObject([{ id: 'run/0/non-finite/run/1', status: 'resolved' }]);
    expect(analyses[1].verdict).toBe('Not enough points to judge yet');
  });

  test('goes on when a new attempt resumes from a checkpoint', async () => {
    const analyses = await analysesOf([
      table('run', rows([...healthy(30), NaN])),
      table('run', rows([NaN], 'loss', 25), { attempt: 1 }),
    ]);
    expect(analyses[1].findings).toEqual([]);
    expect(analyses[1].verdict).toContain('NaN since step 30');
  });

  test('judges by rank 0, and hears of a NaN on any rank', async () => {
    const [first, second] = await analysesOf([
      table('run', rows([5, 4])),
      table('run', rows([0.1, NaN]), { rank: 3 }),
    ]);
    expect(second.findings).toMatchObject([{ detector: 'non-finite', series: ['loss'] }]);
    expect(second.loss).toEqual(first.loss);
  });
});

describe('roles', () => {
  const overfit = overfitting(200);
  const both = (name: string): Row[] =>
    healthy(200).map((loss, step) => ({
      step,
      values: { loss, [name]: overfit[step], val_acc: step / 200 },
    }));

  test('monitor the validation loss, and test where there is no validation', async () => {
    const [validated] = await analysesOf([table('run', both('val_loss'))]);
    expect(validated.best?.series).toBe('val_loss');
    const tested = await analysesOf([table('run', rows(overfit, 'test_loss'))]);
    expect(tested[0].best?.series).toBe('test_loss');
    const trained = await analysesOf([table('run', rows(healthy(50)))]);
    expect(trained[0].best).toBeNull();
  });

  test('monitor what was declared', async () => {
    const define = { kind: 'define', series: 'val_acc', monitor: true } as const;
    const analyses = await analysesOf([
      { kind: 'define', run: 'run', define },
      table('run', both('val_loss')),
    ]);
    expect(analyses[1].best).toMatchObject({ series: 'val_acc', step: 199, age: 0 });
    expect(analyses[1].stop).toBeNull();
  });

  test('resolve what was said of a series that is declared to be something else', async () => {
    const define = { kind: 'define', series: 'loss', role: 'other' } as const;
    const analyses = await analysesOf([table('run', rows([1, NaN])), { kind: 'define', run: 'run', define }]);
    expect(analyses[1].findings).toMatchObject([{ status: 'resolved', detector: 'non-finite' }]);
  });
});

describe('verdict', () => {
  test.each([
    ['Not enough points to judge yet', rows(healthy(10))],
    ['Healthy, still improving', rows(healthy(100))],
    [
      'Training loss is NaN since step 10: lower the learning rate, look for a division by zero or overflow',
      rows([...healthy(10), NaN]),
    ],
    [
      'Best step was 39: stop',
      healthy(200).map((loss, step) => ({ step, values: { loss, val_loss: overfitting(200)[step] } })),
    ],
  ])('%s', async (verdict, logged) => {
    const [analysis] = await analysesOf([table('run', logged)]);
    expect(analysis.verdict).toBe(verdict);
  });

  test('tells how the run ended', async () => {
    const inputs = (status: 'finished' | 'failed'): PipelineInput[] => [
      table('run', rows(healthy(100))),
      { kind: 'end', run: 'run', status },
    ];
    expect((await analysesOf(inputs('finished')))[1].verdict).toBe('Ended healthy, still improving');
    expect((await analysesOf(inputs('failed')))[1].verdict).toBe('Failed, with nothing wrong in its curves');
  });
});
