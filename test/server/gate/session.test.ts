import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { LIMITS } from '../../../shared/limits.ts';
import { encodeLogFrame } from '../../../shared/log-frame.ts';
import type { Intake } from '../../../server/gate/intake.ts';
import { type GateState, Session } from '../../../server/gate/session.ts';
import type { StoreRecord } from '../../../server/store/record.ts';
import type { Setting } from '../../../server/pipeline/input.ts';
import { Run } from '../../../server/store/run.ts';

const HELLO = '{"kind":"run","protocol":1,"run":"r","writer":"w"}';
const log = (step: number, seq?: number, values = '{"loss":1}') =>
  `{"kind":"log",${seq === undefined ? '' : `"seq":${seq},`}"step":${step},"values":${values}}`;

let settings: Setting[] = [];
let state: GateState & { runs: Map<string, Run> };
beforeEach(() => {
  state = {
    limits: LIMITS,
    runs: new Map<string, Run>(),
    intakes: new Map<string, Intake>(),
    now: () => 1_790_000_000,
    settings: () => settings,
  };
});

/** Makes records durable, as the store would. */
function keep(records: readonly StoreRecord[]): void {
  for (const record of records) {
    if (record.kind === 'hello')
      state.runs.set(record.line.run, state.runs.get(record.line.run) ?? new Run(record));
    state.runs.get('r')?.apply(record);
  }
}
const take = (...lines: string[]) => new Session(state).take([HELLO, ...lines].join('\n'));
const tables = (records: readonly StoreRecord[]) =>
  records.flatMap((record) => (record.kind === 'table' ? [record] : []));

describe('a session', () => {
  it('makes one table of consecutive log lines', () => {
    const [table] = tables(take(log(0, 1), log(1, 2, '{"loss":0.5,"lr":0.1}'), log(2, 3)).records);
    expect(table.seqs).toEqual({ from: 1, to: 3 });
    expect([...table.table.steps]).toEqual([0, 1, 2]);
    expect(table.table.columns).toEqual([
      { series: 'loss', rows: null, values: Float64Array.of(1, 0.5, 1) },
      { series: 'lr', rows: Uint32Array.of(1), values: Float64Array.of(0.1) },
    ]);
  });

  it('keeps what a run says of itself later, key by key', () => {
    keep(
      take(
        '{"kind":"run","protocol":1,"run":"r","writer":"w","config":{"lr":1,"depth":2},"group":"seeds","job":"train","host":"h"}',
        '{"kind":"update","seq":1,"config":{"lr":2},"summary":{"best":0.5},"tags":["late"]}',
        '{"kind":"update","seq":2,"summary":{"last":0.7},"name":"renamed"}',
      ).records,
    );
    expect(state.runs.get('r')).toMatchObject({
      config: { lr: 2, depth: 2 },
      summary: { best: 0.5, last: 0.7 },
      tags: ['late'],
      name: 'renamed',
      group: 'seeds',
      job: 'train',
      host: 'h',
    });
  });

  it('does not take samples of the machine for a training that goes on', () => {
    let now = 1_790_000_000;
    state = { ...state, now: () => now };
    keep(take(log(0, 1)).records);
    now += 60;
    keep(take(log(0, 2, '{"system/cpu.mean":50}')).records);
    expect(state.runs.get('r')).toMatchObject({ heard: now, trained: now - 60 });
    keep(take(log(1, 3, '{"loss":1,"system/cpu.mean":50}')).records);
    expect(state.runs.get('r')).toMatchObject({ trained: now });
  });

  it('refuses an update larger than a config may be', () => {
    const [answer] = take(
      JSON.stringify({ kind: 'update', seq: 1, summary: { x: 'y'.repeat(LIMITS.configBytes) } }),
    ).answers;
    expect(answer).toMatchObject({ kind: 'error', code: 'config-too-large', field: 'summary', seq: 1 });
  });

  it('takes non-finite values exactly', () => {
    const [table] = tables(take(log(0, 1, '{"a":"NaN","b":"Infinity","c":"-Infinity","d":-0.0}')).records);
    expect(table.table.columns.map(({ values }) => values[0])).toEqual([NaN, Infinity, -Infinity, -0]);
  });

  it('drops a repeated number and still acknowledges', () => {
    keep(take(log(0, 1), log(1, 2)).records);
    const taken = take(log(0, 1), log(1, 2), log(2, 3));
    expect(tables(taken.records).map(({ seqs }) => seqs)).toEqual([{ from: 3, to: 3 }]);
    expect(taken.acks).toEqual([{ run: 'r', writer: 'w', rank: 0 }]);
  });

  it('drops a repeat of what is not durable yet', () => {
    take(log(0, 1));
    expect(tables(take(log(0, 1)).records)).toEqual([]);
  });

  it('takes a line again when what was accepted before was lost by the store', () => {
    take(log(0, 1));
    state.intakes.clear();
    expect(tables(take(log(0, 1)).records)).toHaveLength(1);
  });

  it('reports a gap, and takes the missing lines late without starting an attempt', () => {
    const taken = take(log(0, 1), log(9, 5));
    expect(taken.answers).toEqual([{ kind: 'gap', run: 'r', writer: 'w', from: 2, to: 4 }]);
    const late = tables(take(log(1, 2), log(3, 4)).records);
    expect(late.map(({ seqs, table }) => [seqs.from, table.attempt])).toEqual([
      [2, 0],
      [4, 0],
    ]);
  });

  it('starts an attempt when a series’ step goes backwards, also in the middle of a frame', () => {
    const attempts = tables(take(log(5), log(6), log(3), log(4)).records).map(({ table }) => [
      table.attempt,
      ...table.steps,
    ]);
    expect(attempts).toEqual([
      [0, 5, 6],
      [1, 3, 4],
    ]);
  });

  it('stays in the attempt when a step repeats, or another series comes late', () => {
    const taken = take(log(5), log(5, undefined, '{"val":1}'), log(4, undefined, '{"slow":1}'), log(6));
    expect(tables(taken.records).map(({ table }) => table.attempt)).toEqual([0]);
  });

  it('goes on with the attempt that is durable', () => {
    keep(take(log(5), log(3)).records);
    state.intakes.clear();
    expect(tables(take(log(2)).records)[0].table.attempt).toBe(2);
  });

  it('keeps the ranks’ steps apart', () => {
    const other = '{"kind":"run","protocol":1,"run":"r","writer":"w1","rank":1}';
    const taken = take(log(5), other, log(2));
    expect(tables(taken.records).map(({ table }) => [table.rank, table.attempt])).toEqual([
      [0, 0],
      [1, 0],
    ]);
  });

  it('says hello to the store only when the hello says something new', () => {
    keep(take().records);
    expect(take().records).toEqual([]);
    const renamed = HELLO.replace('}', ',"name":"other"}');
    expect(new Session(state).take(renamed).records).toHaveLength(1);
  });

  it('refuses a bad line by its number and keeps those around it', () => {
    const taken = take(log(0, 1), log(-1, 2), log(1, 3));
    expect(taken.answers).toEqual([
      {
        kind: 'error',
        code: 'bad-line',
        message: 'step: must be at least 0, got -1',
        field: 'step',
        rule: 'at least 0',
        value: '-1',
        seq: 2,
      },
    ]);
    expect(tables(taken.records).map(({ seqs }) => seqs)).toEqual([
      { from: 1, to: 1 },
      { from: 3, to: 3 },
    ]);
    keep(taken.records);
    expect(state.runs.get('r')?.missing).toBe(0);
  });

  it.each([
    ['{"kind":"log","seq":1,"step":0.5,"values":{}}', 'bad-line', 'step', 'an integer'],
    [
      '{"kind":"log","seq":1,"step":0,"values":{"loss":"high"}}',
      'bad-line',
      'values/loss',
      'a number or "NaN" or "Infinity" or "-Infinity"',
    ],
    [
      '{"kind":"log","seq":1,"step":0,"values":{"loss":null}}',
      'bad-line',
      'values/loss',
      'a number or "NaN" or "Infinity" or "-Infinity"',
    ],
    ['{"kind":"log","seq":1,"values":{}}', 'bad-line', 'step', 'present'],
    [
      '{"kind":"log","seq":1,"step":0,"values":{"a\\u0007":1}}',
      'bad-line',
      'values',
      'named by 1 to 256 characters, none of them a control character',
    ],
    ['{"kind":"end","seq":1,"status":"done"}', 'bad-line', 'status', '"finished" or "failed" or "stopped"'],
    [
      '{"kind":"alert","seq":1,"title":""}',
      'bad-line',
      'title',
      'at least 1 character long or without control characters',
    ],
    [
      '{"kind":"loss"}',
      'bad-kind',
      'kind',
      'one of "run", "series", "define", "setting", "update", "log", "alert", "note", "stopping", "end"',
    ],
    ['[1]', 'bad-json', 'line', 'a JSON object'],
    ['{"kind":"log",', 'bad-json', 'line', 'a JSON object'],
    [
      '{"kind":"run","protocol":1,"run":"a/b","writer":"w"}',
      'bad-line',
      'run',
      'made of letters, digits and . _ ~ - only',
    ],
    [
      '{"kind":"run","protocol":2,"run":"r","writer":"w"}',
      'protocol-mismatch',
      'protocol',
      '1 (this server is older than the trainer’s SDK)',
    ],
  ])('answers %s with %s at %s', (line, code, field, rule) => {
    expect(take(line).answers).toMatchObject([{ kind: 'error', code, field, rule }]);
  });

  it('takes a detector’s setting under the parameters’ own names, and refuses one that cannot be', () => {
    const setting =
      '{"kind":"setting","seq":1,"detector":"gap","enabled":true,"parameters":{"min_delta":0.1}}';
    expect(take(setting).records.at(-1)).toMatchObject({
      kind: 'setting',
      setting: { detector: 'gap', enabled: true, parameters: { minDelta: 0.1 } },
      line: { writer: 'w', seqs: { from: 1, to: 1 } },
    });
    const refused = take('{"kind":"setting","seq":2,"detector":"gap","parameters":{"share":2}}');
    expect(refused.answers).toMatchObject([
      { code: 'bad-setting', field: 'gap: share', rule: 'a number from 0 to 1', value: '2', seq: 2 },
    ]);
  });

  it('sets the detectors of a new run as the configuration says, once', () => {
    settings = [{ detector: 'gap', enabled: false }];
    const { records } = take();
    expect(records.map(({ kind }) => kind)).toEqual(['hello', 'setting']);
    keep(records);
    expect(take().records).toEqual([]);
    settings = [];
  });

  it('wants a hello first', () => {
    expect(new Session(state).take(log(0, 1)).answers).toMatchObject([{ code: 'no-run', seq: 1 }]);
  });

  it('keeps to its limits', () => {
    state = { ...state, limits: { ...LIMITS, seriesPerRun: 1, lineValues: 2, runs: 1, configBytes: 10 } };
    expect(take(log(0, 1), log(1, 2, '{"loss":1,"more":1}')).answers).toMatchObject([
      { code: 'too-many-series', seq: 2 },
    ]);
    expect(take(log(0, 3, '{"a":1,"b":1,"c":1}')).answers).toMatchObject([{ code: 'too-many-values' }]);
    const config = new Session(state).take(
      '{"kind":"run","protocol":1,"run":"r","writer":"w","config":{"a":"12345678"}}',
    );
    expect(config.answers).toMatchObject([{ code: 'config-too-large', value: '16' }]);
    keep(take().records);
    const second = new Session(state).take('{"kind":"run","protocol":1,"run":"s","writer":"w"}');
    expect(second.answers).toMatchObject([{ code: 'too-many-runs' }]);
  });

  it('is not fooled by names that objects know', () => {
    const [table] = tables(take(log(0, 1, '{"__proto__":1,"constructor":2}')).records);
    expect(table.table.columns.map(({ series }) => series)).toEqual(['__proto__', 'constructor']);
  });
});

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
  [...(state.runs.get('r')?.series.values() ?? [])]
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
    const session = new Session(state);
    const { answers } = session.take(`${HELLO}\n${agree()}`);
    expect(answers).toEqual([{ kind: 'series', run: 'r', writer: 'w', count: 3 }]);
    return session;
  };

  it('gives the same table as the same lines', () => {
    const some = lines([0, 1, 2, 3, 4, 5, 6]);
    const [expected] = tables(take(...some.map((line) => JSON.stringify(line))).records);
    state.intakes.clear();
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
    state = { ...state, limits: { ...LIMITS, seriesPerRun: 2 } };
    expect(take(agree()).answers).toMatchObject([{ code: 'too-many-series', value: '"acc ✓"' }]);
  });

  it('that breaks a rule is refused with its numbers, which are then not missing', () => {
    keep(take().records);
    const session = agreed();
    const frame = frameOf(lines([0, 1, 2]), NAMES);
    new DataView(frame.buffer).setFloat64(56, 0.5, true);
    const taken = session.takeBinary(frame);
    expect(taken.answers).toMatchObject([{ code: 'bad-frame', field: 'steps/0', seq: 1, to: 3 }]);
    keep(taken.records);
    keep(session.take(log(3, 4)).records);
    expect(state.runs.get('r')?.missing).toBe(0);
  });

  it('before the hello is told so', () => {
    expect(new Session(state).takeBinary(Uint8Array.of(1)).answers).toMatchObject([{ code: 'no-run' }]);
    expect(new Session(state).takeBinary(Uint8Array.of(0x7b)).answers).toMatchObject([
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
        state = { ...state, runs: new Map(), intakes: new Map() };
        keep(take(...all.map((line) => JSON.stringify(line))).records);
        const expected = stored();

        state = { ...state, runs: new Map(), intakes: new Map() };
        const session = agreed();
        keep(take().records);
        let at = 0;
        for (const { length, back, binary, again } of cuts) {
          const some = all.slice(Math.max(0, at - back), at + length);
          at = Math.min(all.length, at + length);
          for (let time = 0; time < (again ? 2 : 1); time++) {
            const taken = binary
              ? session.takeBinary(frameOf(some, NAMES))
              : session.take(some.map((line) => JSON.stringify(line)).join('\n'));
            expect(taken.answers).toEqual([]);
            keep(taken.records);
          }
          if (at === all.length) break;
        }
        expect(stored()).toEqual(expected);
        expect(state.runs.get('r')?.writers.get('w')?.received.last).toBe(all.length);
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
        state = { ...state, runs: new Map(), intakes: new Map() };
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
