import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeRecord, encodeRecord } from '../../../server/store/record-bytes.ts';
import { Run } from '../../../server/store/run.ts';
import { saveRun } from '../../../server/store/saved-run.ts';
import type { Table } from '../../../server/table.ts';
import { helloRecord, tableRecord } from '../../support/tables.ts';

/** A table of up to 60 rows, perhaps late ones, of an attempt, with a sparse column of epochs. */
const table = fc
  .record({
    steps: fc.array(fc.nat(400), { minLength: 1, maxLength: 60 }),
    attempt: fc.nat(1),
    rank: fc.nat(1),
    sorted: fc.boolean(),
    epoch: fc.option(fc.nat(9)),
    odd: fc.boolean(),
  })
  .map(({ steps, attempt, rank, sorted, epoch, odd }): Table => {
    const rows = Float64Array.from(sorted ? steps.sort((a, b) => a - b) : steps);
    const of = { run: 'r', writer: 'w', rank, attempt, steps: rows, times: rows.map((step) => step / 8) };
    const values = rows.map((step, i) => (odd && i % 3 === 0 ? NaN : Math.sin(step + i)));
    const epochs = { series: 'epoch', rows: Uint32Array.of(0), values: Float64Array.of(epoch ?? 0) };
    const loss = { series: 'loss', rows: null, values };
    return { ...of, columns: epoch === null ? [loss] : [epochs, loss] };
  });

/** Everything of a run, and its points. */
function all(run: Run) {
  const points = [...run.series].map(([key, { attempts }]) => [
    key,
    [...attempts].map(([attempt, { parts, rewrites }]) => [
      attempt,
      rewrites,
      parts.map(({ segment, columns }) => ({ segment, ...columns.read() })),
    ]),
  ]);
  return { saved: saveRun(run), points };
}

describe('what a run declares in its config', () => {
  it('is remembered for a replay once, however often it is said', () => {
    const run = new Run(helloRecord());
    run.apply(helloRecord('r', 'w', { config: { classes: 10, lr: 0.1 } }));
    for (let seq = 1; seq <= 500; seq++) {
      const line = { kind: 'update' as const, config: { classes: seq < 400 ? 10 : 20, epoch: seq } };
      run.apply({ kind: 'line', at: 1, run: 'r', writer: 'w', seqs: { from: seq, to: seq }, line });
    }
    const facts = run.events.map(({ input }) => input.kind === 'facts' && input.facts);
    expect(facts).toEqual([{ classes: 10 }, { classes: 20 }]);
    expect(run.config.epoch).toBe(500);
  });
});

describe('a run read from the journal', () => {
  it('is what it was, whenever the points are put to its series, and whatever is appended in between', () => {
    const action = fc.record({ table, way: fc.constantFrom('journal', 'live'), place: fc.nat(3) });
    fc.assert(
      fc.property(fc.array(action, { maxLength: 12 }), (actions) => {
        const [was, is] = [0, 1].map(() => {
          const run = new Run(helloRecord());
          run.apply(helloRecord());
          return run;
        });
        let from = 1;
        for (const { table: next, way, place } of actions) {
          const record = tableRecord(next, from);
          from = record.seqs.to + 1;
          const segment = 1 + Math.floor(from / 100);
          was.apply(record, segment);
          const lasting = way === 'journal';
          is.apply(lasting ? decodeRecord(encodeRecord(record)) : record, segment, { lasting });
          // What lists show is right at once.
          expect([is.points, is.step, is.epoch, is.trained]).toEqual([
            was.points,
            was.step,
            was.epoch,
            was.trained,
          ]);
          if (place < 3) is.place(place);
        }
        expect(all(is)).toEqual(all(was));
      }),
    );
  });
});
