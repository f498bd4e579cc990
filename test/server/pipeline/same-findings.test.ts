import { deserialize, serialize } from 'node:v8';
import fc from 'fast-check';
import { from, lastValueFrom, toArray } from 'rxjs';
import { expect, test } from 'vitest';
import { analyse, type Analysis } from '../../../server/pipeline/pipeline.ts';
import type { PipelineInput } from '../../../server/pipeline/input.ts';
import { healthy, normal, overfitting } from '../detectors/streams.ts';
import { tableOf, type Row } from './tables.ts';

/** A line of a run before it is gathered into tables. */
type Line =
  | { readonly kind: 'row'; readonly row: Row; readonly attempt: number; readonly rank: number }
  | Extract<PipelineInput, { kind: 'define' | 'facts' | 'silence' | 'end' }>;

const run = 'run';

function row(step: number, values: Row['values'], { attempt = 0, rank = 0 } = {}): Line {
  return { kind: 'row', row: { step, values }, attempt, rank };
}

/** Gathers consecutive rows of one rank and attempt into tables that end at `cuts`. */
function inputsOf(lines: readonly Line[], cuts: ReadonlySet<number>): PipelineInput[] {
  const inputs: PipelineInput[] = [];
  let open: { rows: Row[]; attempt: number; rank: number } | null = null;
  const close = (): void => {
    if (open) inputs.push({ kind: 'table', run, table: tableOf(open.rows, { run, ...open }) });
    open = null;
  };
  for (const [i, line] of lines.entries()) {
    if (line.kind !== 'row') {
      close();
      inputs.push(line);
      continue;
    }
    const current: { rows: Row[]; attempt: number; rank: number } | null = open;
    if (!current || cuts.has(i) || current.attempt !== line.attempt || current.rank !== line.rank) {
      close();
      open = { rows: [line.row], attempt: line.attempt, rank: line.rank };
    } else {
      current.rows.push(line.row);
    }
  }
  close();
  return inputs;
}

async function analysed(
  inputs: readonly PipelineInput[],
  restored?: Map<string, unknown>,
): Promise<Analysis[]> {
  return lastValueFrom(from(inputs).pipe(analyse(restored), toArray()));
}

/** Analyses the inputs, stopping and taking up from a stored checkpoint before each input of `restarts`. */
async function resumed(inputs: readonly PipelineInput[], restarts: ReadonlySet<number>): Promise<Analysis[]> {
  const analyses: Analysis[] = [];
  let states = new Map<string, unknown>();
  for (let begin = 0; begin < inputs.length;) {
    let end = begin + 1;
    while (end < inputs.length && !restarts.has(end)) end++;
    const made = await analysed(inputs.slice(begin, end), states);
    analyses.push(...made);
    states = new Map([[run, deserialize(serialize(made[made.length - 1].state)) as unknown]]);
    begin = end;
  }
  return analyses;
}

function essence(analyses: readonly Analysis[]): unknown {
  const { best, stop, loss, verdict, bindings } = analyses[analyses.length - 1];
  return { findings: analyses.flatMap(({ findings }) => findings), best, stop, loss, verdict, bindings };
}

/** A trainer that logs each step and validates every fifth, sometimes in a line of its own. */
function overfit(): Line[] {
  const trains = healthy(500, { noise: 0.05 });
  const values = overfitting(100, { noise: 0.01 });
  const noise = normal(9);
  return trains.flatMap((loss, step) => {
    const train = {
      loss,
      lr: 0.1,
      epoch: step / 5,
      grad_norm: step % 90 === 7 ? Infinity : 1 + 0.1 * noise(),
    };
    if (step % 5 !== 4) return [row(step, train)];
    const validation = { val_loss: values[(step - 4) / 5], val_acc: 0.5 + step / 2000 };
    return step % 10 === 4
      ? [row(step, { ...train, ...validation })]
      : [row(step, train), row(step, validation)];
  });
}

/** Blows up, is restarted, resumed later, and has a second rank. */
function troubled(): Line[] {
  const losses = healthy(120, { noise: 0.02 });
  const first = losses.map((loss, step) => row(step, { loss: step > 80 ? loss * 1.4 ** (step - 80) : loss }));
  const second = losses.flatMap((loss, step) => [
    row(step, { loss, 'eval/loss': step > 50 && step < 60 ? NaN : loss + 0.1 }, { attempt: 1 }),
    row(step, { loss: step === 30 ? NaN : loss }, { rank: 1 }),
  ]);
  const third = losses
    .slice(90)
    .map((loss, i) =>
      row(90 + i, { loss: 0.1 * loss, 'eval/loss': loss + 0.02 * i, extra_loss: loss }, { attempt: 2 }),
    );
  return [
    ...first,
    { kind: 'silence', run, silence: { seconds: 100, gone: false } },
    { kind: 'facts', run, facts: { classes: 10, overfitSamples: 8 } },
    { kind: 'define', run, define: { kind: 'define', series: 'loss', goal: 'min' } },
    ...second,
    { kind: 'define', run, define: { kind: 'define', series: 'eval/loss', monitor: true } },
    { kind: 'silence', run, silence: { seconds: 0, gone: true } },
    { kind: 'end', run, status: 'failed' },
    ...third,
    { kind: 'end', run, status: 'finished' },
  ];
}

/** Three ranks in turns, of which one becomes slow; the first layer hardly learns, and layers come in two lines. */
function uneven(): Line[] {
  const noise = normal(4);
  return Array.from({ length: 150 }, (_, step) => step).flatMap((step) => {
    const time = (rank: number): number => (rank === 1 && step > 60 ? 2 : 1) * Math.exp(0.05 * noise());
    const norm = (level: number): number => level * Math.exp(0.2 * noise());
    return [
      row(step, { 'grad_norm/b': norm(step > 100 ? 1 : 1e-5), 'grad_norm/a': norm(0.1), step_time: time(0) }),
      row(step, { 'grad_norm/c': norm(1) }),
      row(step, { step_time: time(1) }, { rank: 1 }),
      row(step, { step_time: time(2) }, { rank: 2 }),
    ];
  });
}

test.each([
  ['an overfitting run', overfit()],
  ['a run of uneven layers and ranks', uneven()],
  ['a run that blew up, was restarted and resumed', troubled()],
])('finds the same in %s however it is cut into tables and restarted', async (_, lines) => {
  const whole = essence(await analysed(inputsOf(lines, new Set())));
  expect((whole as { findings: unknown[] }).findings.length).toBeGreaterThan(1);
  const singly = inputsOf(lines, new Set(lines.keys()));
  expect(essence(await analysed(singly))).toEqual(whole);
  const places = fc.array(fc.integer({ min: 1, max: lines.length - 1 }), { maxLength: 40 });
  await fc.assert(
    fc.asyncProperty(places, places, async (cuts, restarts) => {
      const inputs = inputsOf(lines, new Set(cuts));
      const analyses = await resumed(inputs, new Set(restarts));
      expect(analyses).toHaveLength(inputs.length);
      expect(essence(analyses)).toEqual(whole);
    }),
    { numRuns: 25, seed: 11 },
  );
});

test('does not change what it has handed out', async () => {
  const inputs = inputsOf(troubled(), new Set([40, 100, 101, 102, 200, 250]));
  const analyses: Analysis[] = [];
  const copies: Buffer[] = [];
  await lastValueFrom(
    from(inputs).pipe(analyse(), (source) => {
      source.subscribe((analysis) => {
        analyses.push(analysis);
        copies.push(serialize(analysis.state));
      });
      return from([null]);
    }),
  );
  expect(analyses).toHaveLength(inputs.length);
  for (const [i, analysis] of analyses.entries()) {
    expect(analysis.state).toEqual(deserialize(copies[i]));
  }
});
