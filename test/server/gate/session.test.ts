import { beforeEach, describe, expect, it } from 'vitest';
import { Session } from '../../../server/gate/session.ts';
import { LIMITS } from '../../../shared/limits.ts';
import { HELLO, log, type SessionWorld, sessionWorld, tables } from './session-world.ts';

let world: SessionWorld;
beforeEach(() => {
  world = sessionWorld();
});
const take = (...lines: string[]) => world.take(...lines);

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
    world.keep(
      take(
        '{"kind":"run","protocol":1,"run":"r","writer":"w","config":{"lr":1,"depth":2},"group":"seeds","job":"train","host":"h"}',
        '{"kind":"update","seq":1,"config":{"lr":2},"summary":{"best":0.5},"tags":["late"]}',
        '{"kind":"update","seq":2,"summary":{"last":0.7},"name":"renamed"}',
      ).records,
    );
    expect(world.state.runs.get('r')).toMatchObject({
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
    world.state = { ...world.state, now: () => now };
    world.keep(take(log(0, 1)).records);
    now += 60;
    world.keep(take(log(0, 2, '{"system/cpu.mean":50}')).records);
    expect(world.state.runs.get('r')).toMatchObject({ heard: now, trained: now - 60 });
    world.keep(take(log(1, 3, '{"loss":1,"system/cpu.mean":50}')).records);
    expect(world.state.runs.get('r')).toMatchObject({ trained: now });
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
    world.keep(take(log(0, 1), log(1, 2)).records);
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
    world.state.intakes.clear();
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
    world.keep(take(log(5), log(3)).records);
    world.state.intakes.clear();
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
    world.keep(take().records);
    expect(take().records).toEqual([]);
    const renamed = HELLO.replace('}', ',"name":"other"}');
    expect(new Session(world.state).take(renamed).records).toHaveLength(1);
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
    world.keep(taken.records);
    expect(world.state.runs.get('r')?.missing).toBe(0);
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
    world.settings = [{ detector: 'gap', enabled: false }];
    const { records } = take();
    expect(records.map(({ kind }) => kind)).toEqual(['hello', 'setting']);
    world.keep(records);
    expect(take().records).toEqual([]);
  });

  it('wants a hello first', () => {
    expect(new Session(world.state).take(log(0, 1)).answers).toMatchObject([{ code: 'no-run', seq: 1 }]);
  });

  it('keeps to its limits', () => {
    world.state = {
      ...world.state,
      limits: { ...LIMITS, seriesPerRun: 1, lineValues: 2, runs: 1, configBytes: 10 },
    };
    expect(take(log(0, 1), log(1, 2, '{"loss":1,"more":1}')).answers).toMatchObject([
      { code: 'too-many-series', seq: 2 },
    ]);
    expect(take(log(0, 3, '{"a":1,"b":1,"c":1}')).answers).toMatchObject([{ code: 'too-many-values' }]);
    const config = new Session(world.state).take(
      '{"kind":"run","protocol":1,"run":"r","writer":"w","config":{"a":"12345678"}}',
    );
    expect(config.answers).toMatchObject([{ code: 'config-too-large', value: '16' }]);
    world.keep(take().records);
    const second = new Session(world.state).take('{"kind":"run","protocol":1,"run":"s","writer":"w"}');
    expect(second.answers).toMatchObject([{ code: 'too-many-runs' }]);
  });

  describe('in what a run says of itself', () => {
    const said = (kind: string, seq: number, content: string) => `{"kind":"${kind}","seq":${seq},${content}}`;
    const alert = (seq: number, text = '') => said('alert', seq, `"title":"hot","text":"${text}"`);
    const note = (seq: number, text = 'so') => said('note', seq, `"text":"${text}"`);
    const define = (seq: number) => said('define', seq, `"series":"s${seq}"`);
    const setting = (seq: number) => said('setting', seq, '"detector":"gap"');
    const few = { alertsPerRun: 2, notesPerRun: 2, textPerRun: 20, declarationsPerRun: 2 };

    it.each([
      ['alerts', [alert(1), alert(2), alert(3)], 'too-many-alerts: title: must be one of at most 2 alerts of a run, got "hot"'], // prettier-ignore
      ['alerts’ text', [alert(1), alert(2, 'x'.repeat(15))], 'too-many-alerts: title: must be within 20 characters of all alerts of a run, got "hot"'], // prettier-ignore
      ['notes', [note(1), note(2), note(3)], 'too-many-notes: text: must be one of at most 2 notes of a run, got "so"'], // prettier-ignore
      ['notes’ text', [note(1), note(2, 'y'.repeat(19))], `too-many-notes: text: must be within 20 characters of all notes of a run, got "${'y'.repeat(19)}"`], // prettier-ignore
      ['definitions', [define(1), define(2), define(3)], 'too-many-declarations: series: must be one of at most 2 definitions and settings of a run, got "s3"'], // prettier-ignore
      ['settings', [define(1), setting(2), setting(3)], 'too-many-declarations: detector: must be one of at most 2 definitions and settings of a run, got "gap"'], // prettier-ignore
    ])('takes as many %s as it may, and what else comes', (_, lines, refusal) => {
      world.state = { ...world.state, limits: { ...LIMITS, ...few } };
      const { length } = lines;
      const taken = take(...lines, log(0, length + 1));
      const told = taken.answers.map((answer) => answer.kind === 'error' && `${answer.code}: ${answer.message}`); // prettier-ignore
      expect(told).toEqual([refusal]);
      expect(taken.answers).toMatchObject([{ seq: length }]);
      world.keep(taken.records);
      const run = world.state.runs.get('r')!;
      expect(run.points).toBe(1);
      expect(run.writers.get('w')!.received.list()).toEqual([[1, length + 1]]);
      // What has been taken counts for whoever comes next, as after a restart.
      world.state.intakes.clear();
      const last = lines[length - 1].replace(`"seq":${length}`, `"seq":${length + 2}`);
      expect(take(last).answers).toMatchObject([{ kind: 'error', seq: length + 2 }]);
    });

    it('leaves a run alone that had said more before there was a limit', () => {
      world.keep(take(...[1, 2, 3].map((seq) => alert(seq)), note(4), define(5)).records);
      world.state = { ...world.state, limits: { ...LIMITS, ...few, alertsPerRun: 1 } };
      world.state.intakes.clear();
      const { answers, records } = take(alert(6), note(7), define(8), log(0, 9));
      expect(answers).toMatchObject([{ code: 'too-many-alerts', seq: 6 }]);
      world.keep(records);
      const run = world.state.runs.get('r')!;
      expect([run.findings.size, run.remarks.length, run.defines.size, run.points]).toEqual([3, 2, 2, 1]);
    });
  });

  it('is not fooled by names that objects know', () => {
    const [table] = tables(take(log(0, 1, '{"__proto__":1,"constructor":2}')).records);
    expect(table.table.columns.map(({ series }) => series)).toEqual(['__proto__', 'constructor']);
  });
});
