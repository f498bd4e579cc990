import { expect, test } from 'vitest';
import { Value } from 'typebox/value';
import { settle, trainerAddress, type InitOptions } from '../../sdk/settings.ts';
import { RunLine } from '../../shared/lines.ts';

function settled(options: unknown, variables: Record<string, string> = {}) {
  const complaints: string[] = [];
  const settings = settle(
    options as InitOptions,
    { variables, home: '/home/me', host: 'gpu.lab', pid: 42, now: 1790000000, random: () => 0.5 },
    (_code, message) => complaints.push(message),
  );
  const hello: unknown = JSON.parse(settings.hello);
  expect(Value.Errors(RunLine, hello)).toEqual([]);
  return { settings, hello, complaints };
}

test('needs nothing', () => {
  const { settings, hello, complaints } = settled({});
  expect(settings).toMatchObject({
    url: 'http://127.0.0.1:8433',
    token: null,
    dir: '/home/me/.tidemark/spool',
    mode: 'online',
    finish: null,
    writer: 'gpu-lab.42.iiiiiiii',
  });
  expect(hello).toEqual({
    kind: 'run',
    protocol: 1,
    run: 'iiiiiiiiii',
    writer: 'gpu-lab.42.iiiiiiii',
    time: 1790000000,
  });
  expect(complaints).toEqual([]);
});

test('takes what is left out from the environment', () => {
  const variables = {
    TIDEMARK_URL: 'https://lab.example:9/tide/',
    TIDEMARK_TOKEN: 't',
    TIDEMARK_PROJECT: 'p',
    TIDEMARK_NAME: 'n',
    TIDEMARK_RUN_ID: 'r',
    TIDEMARK_DIR: '/d',
    TIDEMARK_MODE: 'offline',
    TIDEMARK_FINISH: '60',
  };
  const { settings, hello } = settled({}, variables);
  expect(settings).toMatchObject({
    url: 'https://lab.example:9/tide',
    token: 't',
    dir: '/d',
    mode: 'offline',
    finish: 60,
    run: 'r',
  });
  expect(hello).toMatchObject({ project: 'p', name: 'n' });
  expect(trainerAddress(settings.url)).toBe('wss://lab.example:9/tide/api/trainer');
  expect(settled({ id: 'mine', project: 'ours' }, variables).hello).toMatchObject({
    run: 'mine',
    project: 'ours',
  });
});

test('says all of the run', () => {
  const options = {
    name: 'a',
    config: { lr: NaN, layers: [1, 2] },
    tags: ['x'],
    notes: 'y',
    rank: 3,
    stop: 'best-epoch',
  };
  expect(settled(options).hello).toMatchObject({ ...options, config: { lr: 'NaN', layers: [1, 2] } });
});

test.each<[string, unknown, string]>([
  [
    'id',
    { id: '../x y' },
    'id: must be 1 to 128 letters, digits, ".", "_", "~" or "-", got "../x y"; ..-x-y is taken',
  ],
  ['rank', { rank: -1 }, 'rank: must be a whole number from 0 to 1000000, got -1; 0 is taken'],
  [
    'url',
    { url: 'localhost:8433' },
    'url: must be an http or https address, got "localhost:8433"; http://127.0.0.1:8433 is taken',
  ],
  ['mode', { mode: 'on' }, 'mode: must be "online", "offline" or "disabled", got "on"; "online" is taken'],
  [
    'config',
    { config: { x: 'y'.repeat(300_000) } },
    'config: must be at most 262144 bytes as JSON, got 300008; it is left out',
  ],
])('replaces an unusable %s and says so', (_name, options, complaint) => {
  expect(settled(options).complaints).toEqual([complaint]);
});

test('starts even with a config that refers to itself', () => {
  const config: Record<string, unknown> = {};
  config.self = config;
  expect(settled({ config }).complaints).toHaveLength(1);
});
