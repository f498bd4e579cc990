import { expect, it } from 'vitest';
import { LIMITS } from '../../../shared/limits.ts';
import { log, sessionWorld, tables } from './session-world.ts';

const hello = (run: string, more: object = {}) =>
  JSON.stringify({ kind: 'run', protocol: 1, run, writer: 'w', ...more });

it.each([
  ['of another protocol', hello('other', { protocol: 99 })],
  ['that breaks a rule', hello('my run')],
  ['with too large a config', hello('other', { config: { text: 'x'.repeat(LIMITS.configBytes) } })],
])('lines behind a refused hello %s are not those of who spoke before', (_, refused) => {
  const { records, answers } = sessionWorld().take(log(1), refused, log(2), log(3));
  expect(tables(records).map(({ seqs, table }) => [table.run, seqs])).toEqual([['r', { from: 1, to: 1 }]]);
  expect(answers.slice(1)).toMatchObject([{ code: 'no-run' }, { code: 'no-run' }]);
});

it('lines behind a refused hello of the same writer are still its own', () => {
  const { records } = sessionWorld().take(log(1), hello('r', { tags: 'none' }), log(2));
  expect(tables(records).flatMap(({ table }) => [...table.steps])).toEqual([1, 2]);
});

it('as many runs as may be are kept, also where they come at once', () => {
  const world = sessionWorld();
  world.state = { ...world.state, limits: { ...LIMITS, runs: 3 } };
  const { records, answers } = world.take(...['a', 'b', 'c', 'a', 'd'].map((run) => hello(run)));
  expect(records.flatMap((record) => (record.kind === 'hello' ? record.line.run : []))).toEqual([
    'r',
    'a',
    'b',
    'a',
  ]);
  expect(answers).toMatchObject([
    { code: 'too-many-runs', value: '"c"' },
    { code: 'too-many-runs', value: '"d"' },
  ]);
});

it('as many writers of a run as may be are heard, and those that were may come back', () => {
  const world = sessionWorld();
  world.state = { ...world.state, limits: { ...LIMITS, writersPerRun: 2 } };
  const by = (writer: string) => hello('r', { writer });
  const { records, answers } = world.take(by('x'), log(1), by('y'), log(2), by('x'), log(3));
  expect(answers).toMatchObject([
    {
      code: 'too-many-writers',
      message: 'writer: must be one of at most 2 writers of a run, got "y"',
    },
    { code: 'no-run' },
  ]);
  expect(tables(records).map(({ table }) => [table.writer, ...table.steps])).toEqual([
    ['x', 1],
    ['x', 3],
  ]);
  // Also after a restart, from what was kept.
  world.keep(records);
  world.state.intakes.clear();
  expect(world.take(by('z')).answers).toMatchObject([{ code: 'too-many-writers', value: '"z"' }]);
  // Of another run it is another matter.
  expect(world.take(hello('s', { writer: 'y' })).answers).toEqual([]);
});

it.each(['config', 'summary'] as const)('a %s may not grow too large by updates', (field) => {
  const world = sessionWorld();
  const part = 'x'.repeat(LIMITS.configBytes / 2 - 100);
  const update = (key: string) => JSON.stringify({ kind: 'update', [field]: { [key]: part } });
  const first = world.take(update('a'), update('b'), update('c'), update('a'));
  expect(first.records.map(({ kind }) => kind)).toEqual(['hello', 'line', 'line', 'refused', 'line']);
  expect(first.answers).toMatchObject([{ code: 'config-too-large', field, seq: 3 }]);
  // Also after a restart, from what was kept.
  world.keep(first.records);
  world.state.intakes.clear();
  expect(world.take(update('c')).answers).toMatchObject([{ code: 'config-too-large', field }]);
});
