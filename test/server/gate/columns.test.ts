import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { Session } from '../../../server/gate/session.ts';
import { LIMITS } from '../../../shared/limits.ts';
import { encodeLogFrame } from '../../../shared/log-frame.ts';
import { HELLO, log, type SessionWorld, sessionWorld, tables } from './session-world.ts';

let world: SessionWorld;
beforeEach(() => {
  world = sessionWorld();
});
const take = (...lines: string[]) => world.take(...lines);

/** Lines of one step each, numbered from 1: some series at every step, some now and then. */
const lines = (steps: readonly number[]) =>
  steps.map((step, i) => ({
    kind: 'log' as const,
    seq: i + 1,
    time: 1_790_000_000 + i,
    step,
    values: { loss: i / 7, ...(i % 3 === 1 && { val: -i }), ...(i % 5 === 0 && { 'acc ✓': i }) },
  }));

/** The same lines as one frame in which each has its number. */
function frameOf(some: ReturnType<typeof lines>, names: readonly string[]) {
  return encodeLogFrame({
    seq: some[0].seq,
    numbered: true,
    steps: Float64Array.from(some, ({ step }) => step),
    times: Float64Array.from(some, ({ time }) => time),
    columns: names.flatMap((name, id) => {
      const rows = some.flatMap(({ values }, row) => (name in values ? [row] : []));
      if (rows.length === 0) return [];
      const values = Float64Array.from(rows, (row) => (some[row].values as Record<string, number>)[name]);
      return [{ id, rows: rows.length < some.length ? Uint32Array.from(rows) : null, values }];
    }),
  });
}

/** Every point of the stored run: series, attempt, step, time, value. */
const stored = () =>
  [...(world.state.runs.get('r')?.series.values() ?? [])]
    .flatMap(({ name, attempts }) =>
      [...attempts].flatMap(([attempt, columns]) => {
        const { steps, times, values } = columns.fresh(0)!;
        return [...steps].map((step, i) => [name, attempt, step, times[i], values[i]].join(' '));
      }),
    )
    .sort();

describe('columns', () => {
  const columns = (content: object) => JSON.stringify({ kind: 'log', seq: 1, ...content });

  it('become a table as they are', () => {
    const line = columns({ steps: [1, 2, 2], times: [5, 6, 7], values: { a: [1, 'NaN', '-Infinity'], b: [null, 3, null], c: [null, null, null] } }); // prettier-ignore
    const [{ seqs, table }] = tables(take(line).records);
    expect(seqs).toEqual({ from: 1, to: 1 });
    expect([[...table.steps], [...table.times]]).toEqual([
      [1, 2, 2],
      [5, 6, 7],
    ]);
    expect(table.columns).toEqual([
      { series: 'a', rows: null, values: Float64Array.of(1, NaN, -Infinity) },
      { series: 'b', rows: Uint32Array.of(1), values: Float64Array.of(3) },
    ]);
  });

  it.each([
    [{ steps: [], values: {} }, 'steps', 'at least 1 item long'],
    [{ steps: [1, 0.5], values: {} }, 'steps/1', 'an integer'],
    [{ steps: [2, 1], values: {} }, 'steps/1', 'at least 2, the step before it'],
    [{ steps: [1, 2], times: [1], values: {} }, 'times', 'as many as steps, 2'],
    [{ steps: [1, 2], values: { a: [1] } }, 'values/a', 'as many as steps, 2'],
    [{ steps: [1], values: { a: 1 } }, 'values/a', 'an array'],
    [
      { steps: [1], values: { a: ['x'] } },
      'values/a/0',
      'a number or "NaN" or "Infinity" or "-Infinity" or null',
    ],
    [
      { steps: [1], values: { '\u0007': [1] } },
      'values',
      'named by 1 to 256 characters, none of them a control character',
    ],
  ])('%j are refused at %s', (content, field, rule) => {
    expect(take(columns(content)).answers).toMatchObject([{ code: 'bad-line', field, rule, seq: 1 }]);
  });

  it('as bytes become a table as they are', () => {
    const packed = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');
    const columnsOf = {
      seq: 99,
      numbered: false,
      steps: Float64Array.of(1, 2),
      times: Float64Array.of(5, 6),
      columns: [
        { id: 1, rows: null, values: Float32Array.of(0.5, -Infinity) },
        { id: 0, rows: Uint32Array.of(1), values: Float64Array.of(0.1) },
      ],
    };
    const line = columns({ names: ['b', 'a'], packed: packed(encodeLogFrame(columnsOf)) });
    const [{ seqs, table }] = tables(take(line).records);
    expect(seqs).toEqual({ from: 1, to: 1 });
    expect([[...table.steps], [...table.times]]).toEqual([
      [1, 2],
      [5, 6],
    ]);
    expect(table.columns).toEqual([
      { series: 'a', rows: null, values: Float64Array.of(0.5, -Infinity) },
      { series: 'b', rows: Uint32Array.of(1), values: Float64Array.of(0.1) },
    ]);
    let seq = 1;
    const refused = (content: object) => take(columns({ seq: ++seq, ...content })).answers;
    const numbered = packed(encodeLogFrame({ ...columnsOf, numbered: true }));
    for (const [content, field, rule] of [
      [{ names: ['a', 'b'], packed: 'AQ==' }, 'packed/bytes', 'at least 16'],
      [{ names: ['a', 'b'], packed: numbered }, 'packed/flags', '0 or 1: one line'],
      [{ names: ['a'], packed: packed(encodeLogFrame(columnsOf)) }, 'packed/columns/0/series', 'an id below 1, as agreed'], // prettier-ignore
      [{ names: ['a'], packed: 7 }, 'packed', 'a string'],
      [{ names: [], packed: '' }, 'names', 'at least 1 item long'],
      [{ names: ['\u0007', 'b'], packed: packed(encodeLogFrame(columnsOf)) }, 'names/0', 'without control characters'], // prettier-ignore
    ] as const)
      expect(refused(content), field).toMatchObject([{ code: 'bad-line', field, rule, seq }]);
  });

  it('with series that the run may not have keep the others', () => {
    world.state = { ...world.state, limits: { ...LIMITS, seriesPerRun: 2 } };
    const line = (seq: number, values: object) => columns({ seq, steps: [seq, seq + 1], values });
    const { records, answers } = take(
      line(1, { a: [1, 2] }),
      line(2, { x: [0, 0], b: [3, 4], y: [0, 0], z: [0, 0], a: [5, 6] }),
      line(3, { y: [0, 0] }),
    );
    expect(answers).toMatchObject([
      { code: 'too-many-series', seq: 2, field: 'values/b', rule: 'one of at most 2 series' },
      { code: 'too-many-series', seq: 3, field: 'values/y' },
    ]);
    expect(tables(records).map(({ table }) => table.columns.map(({ series }) => series))).toEqual([
      ['a'],
      ['x', 'a'],
    ]);
    world.keep(records);
    expect(world.state.runs.get('r')!.points).toBe(6);
    expect(world.state.runs.get('r')!.writers.get('w')!.received.list()).toEqual([[1, 3]]);
    // Sent again, they are repeats.
    expect(take(line(2, { a: [5, 6] })).records.map(({ kind }) => kind)).toEqual([]);
  });

  it('that begin before the last step begin an attempt', () => {
    const [, second] = tables(
      take(log(5, 1), columns({ seq: 2, steps: [3, 9], values: { loss: [1, 2] } })).records,
    );
    expect([second.table.attempt, ...second.table.steps]).toEqual([1, 3, 9]);
  });
});

describe('a binary frame', () => {
  const NAMES = ['loss', 'val', 'acc ✓'];
  const agree = (first = 0, names: readonly string[] = NAMES) =>
    JSON.stringify({ kind: 'series', first, names });
  const agreed = () => {
    const session = new Session(world.state);
    const { answers } = session.take(`${HELLO}\n${agree()}`);
    expect(answers).toEqual([{ kind: 'series', run: 'r', writer: 'w', count: 3 }]);
    return session;
  };

  it('gives the same table as the same lines', () => {
    const some = lines([0, 1, 2, 3, 4, 5, 6]);
    const [expected] = tables(take(...some.map((line) => JSON.stringify(line))).records);
    world.state.intakes.clear();
    const taken = agreed().takeBinary(frameOf(some, NAMES));
    const byName = (a: { series: string }, b: { series: string }) => (a.series < b.series ? -1 : 1);
    const [got] = tables(taken.records);
    expect({ ...got.table, columns: [...got.table.columns].sort(byName) }).toEqual({
      ...expected.table,
      columns: [...expected.table.columns].sort(byName),
    });
    expect(got.seqs).toEqual({ from: 1, to: 7 });
    expect(taken.acks).toEqual([{ run: 'r', writer: 'w', rank: 0 }]);
  });

  it('that is one line has one number', () => {
    const frame = encodeLogFrame({ seq: 0, numbered: false, steps: Float64Array.of(1, 2), times: null, columns: [{ id: 1, rows: null, values: Float32Array.of(0.5, 1) }] }); // prettier-ignore
    const session = agreed();
    expect(tables(session.takeBinary(frame).records)).toMatchObject([
      { seqs: { from: 1, to: 1 }, table: { columns: [{ series: 'val', values: Float64Array.of(0.5, 1) }] } },
    ]);
    expect(tables(session.takeBinary(frame).records)).toMatchObject([
      { seqs: { from: 2, to: 2 }, table: { attempt: 1 } },
    ]);
  });

  it.each([
    [agree(1), 'first', '0, as many as are agreed'],
    [agree(0, ['a', 'a']), 'names/1', 'a series that has no id yet'],
    [agree(0, ['a', '\u0007']), 'names/1', 'without control characters'],
    [agree(0, []), 'names', 'at least 1 item long'],
  ])('has no ids by %s', (line, field, rule) => {
    expect(take(line).answers).toMatchObject([{ code: 'bad-line', field, rule }]);
  });

  it('has no ids of another hello’s', () => {
    const session = agreed();
    session.take(HELLO);
    expect(session.takeBinary(frameOf(lines([0]), NAMES)).answers).toMatchObject([
      { code: 'bad-frame', field: 'columns/0/series', rule: 'an id below 0, as agreed', seq: 1 },
    ]);
  });

  it('may have as many series as the run may', () => {
    world.state = { ...world.state, limits: { ...LIMITS, seriesPerRun: 2 } };
    expect(take(agree()).answers).toMatchObject([{ code: 'too-many-series', value: '"acc ✓"' }]);
  });

  it('that breaks a rule is refused with its numbers, which are then not missing', () => {
    world.keep(take().records);
    const session = agreed();
    const frame = frameOf(lines([0, 1, 2]), NAMES);
    new DataView(frame.buffer).setFloat64(56, 0.5, true);
    const taken = session.takeBinary(frame);
    expect(taken.answers).toMatchObject([{ code: 'bad-frame', field: 'steps/0', seq: 1, to: 3 }]);
    world.keep(taken.records);
    world.keep(session.take(log(3, 4)).records);
    expect(world.state.runs.get('r')?.missing).toBe(0);
  });

  it('before the hello is told so', () => {
    expect(new Session(world.state).takeBinary(Uint8Array.of(1)).answers).toMatchObject([{ code: 'no-run' }]);
    expect(new Session(world.state).takeBinary(Uint8Array.of(0x7b)).answers).toMatchObject([
      { code: 'frame-kind', field: 'kind', value: '123' },
    ]);
  });

  it('stores the same points as text, however lines are cut, repeated, mixed with text, and steps go back', () => {
    const moves = fc.record({
      steps: fc.array(fc.integer({ min: 0, max: 12 }), { minLength: 1, maxLength: 30 }),
      ascending: fc.boolean(),
      cuts: fc.array(fc.record({ length: fc.integer({ min: 1, max: 8 }), back: fc.nat(4), binary: fc.boolean(), again: fc.boolean() }), { minLength: 60, maxLength: 60 }), // prettier-ignore
    });
    fc.assert(
      fc.property(moves, ({ steps, ascending, cuts }) => {
        const all = lines(ascending ? [...steps].sort((a, b) => a - b) : steps);
        world.state = { ...world.state, runs: new Map(), intakes: new Map() };
        world.keep(take(...all.map((line) => JSON.stringify(line))).records);
        const expected = stored();

        world.state = { ...world.state, runs: new Map(), intakes: new Map() };
        const session = agreed();
        world.keep(take().records);
        let at = 0;
        for (const { length, back, binary, again } of cuts) {
          const some = all.slice(Math.max(0, at - back), at + length);
          at = Math.min(all.length, at + length);
          for (let time = 0; time < (again ? 2 : 1); time++) {
            const taken = binary
              ? session.takeBinary(frameOf(some, NAMES))
              : session.take(some.map((line) => JSON.stringify(line)).join('\n'));
            expect(taken.answers).toEqual([]);
            world.keep(taken.records);
          }
          if (at === all.length) break;
        }
        expect(stored()).toEqual(expected);
        expect(world.state.runs.get('r')?.writers.get('w')?.received.last).toBe(all.length);
      }),
      { seed: 1, numRuns: 500 },
    );
  });

  it('never crashes a session and never gives a value to another series, whatever its bytes', () => {
    const frame = frameOf(lines([0, 1, 2, 3]), NAMES);
    const mutations = fc.array(fc.tuple(fc.nat(frame.length - 1), fc.nat(255)), {
      minLength: 1,
      maxLength: 8,
    });
    fc.assert(
      fc.property(mutations, (changes) => {
        world.state = { ...world.state, runs: new Map(), intakes: new Map() };
        const bytes = frame.slice();
        for (const [at, byte] of changes) bytes[at] = byte;
        const taken = agreed().takeBinary(bytes);
        for (const { table } of tables(taken.records)) {
          for (const { series } of table.columns) expect(NAMES).toContain(series);
        }
        expect(taken.records.length + taken.answers.length).toBeGreaterThan(0);
      }),
      { seed: 1, numRuns: 2_000 },
    );
  });
});
