import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Run } from '../../sdk/run.ts';
import { settle, type InitOptions } from '../../sdk/settings.ts';
import { TinyServer } from './support/tiny-server.ts';

let dir: string;
let server: TinyServer;
let complaints: string[];
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'tidemark-'));
  server = new TinyServer();
  complaints = [];
});
afterEach(async () => {
  await server.kill();
  rmSync(dir, { recursive: true });
});

function start(options: InitOptions = {}): Run {
  const complain = (_code: string, message: string) => void complaints.push(message);
  const environment = {
    variables: process.env,
    home: dir,
    host: 'h',
    pid: process.pid,
    now: 1,
    random: Math.random,
  };
  return new Run(
    settle({ id: 'r', dir, url: server.url, ...options }, environment, complain),
    () => 1790000000,
    complain,
  );
}

const steps = (lines = server.lines) => lines.filter(({ kind }) => kind === 'log').map(({ step }) => step);
const upTo = (count: number) => Array.from({ length: count }, (_, step) => step);
const spools = () => readdirSync(dir);

test('delivers everything in order and leaves no file behind', async () => {
  await server.start();
  const run = start({ project: 'p', stop: 'best-epoch' });
  run.define({ series: 'loss', goal: 'min' });
  for (let step = 0; step < 2000; step++) run.log({ loss: 1 / step }, { step });
  run.alert('look', { level: 'warning' });
  run.note('done');
  await run.finish();
  expect(server.hellos).toMatchObject([{ run: 'r', project: 'p', stop: 'best-epoch' }]);
  expect(steps()).toEqual(upTo(2000));
  expect(server.lines[1]).toEqual({
    kind: 'log',
    seq: 2,
    time: 1790000000,
    step: 0,
    values: { loss: 'Infinity' },
  });
  expect(server.lines.slice(-3)).toMatchObject([
    { kind: 'alert' },
    { kind: 'note' },
    { kind: 'end', status: 'finished' },
  ]);
  expect(spools()).toEqual([]);
  expect(complaints).toEqual([]);
  expect(run.dropped).toBe(0);
});

test('delivers what was logged before the server was there', async () => {
  await server.start();
  await server.kill(); // its port is known now, and nobody listens
  const run = start();
  for (let step = 0; step < 100; step++) run.log({ loss: 1 });
  await server.start();
  await server.until(() => server.lines.length === 100);
  await run.finish();
  expect(steps()).toEqual(upTo(100));
});

test('loses and doubles nothing over a server killed midway, again and again', async () => {
  await server.start();
  const run = start();
  let lost = 0;
  // Six times the connection breaks at a line: it was stored or not, and is not acknowledged.
  server.script = ({ seq = 1 }, socket) => {
    if (seq % 70 !== 0 || lost >= 6) return undefined;
    lost++;
    socket.terminate();
    return lost % 2 === 0 ? 'silent' : undefined;
  };
  for (let step = 0; step < 400; step++) run.log({ loss: 1 });
  await server.until(() => server.lines.length === 400);
  expect(server.hellos.length).toBeGreaterThan(3);
  expect(steps()).toEqual(upTo(400));
  await run.finish();
  expect(spools()).toEqual([]);
});

test('hears a stop without awaiting anything, and answers it once with the step in force', async () => {
  await server.start();
  server.script = (line, socket) => {
    if (line.step === 3)
      socket.send('{"kind":"stop","run":"r","step":1,"epoch":0,"reason":"the best epoch is past"}');
    return undefined;
  };
  const run = start({ stop: 'best-epoch' });
  expect(run.shouldStop()).toBe(false);
  let step = 0;
  while (!run.shouldStop()) {
    run.log({ loss: 1 }, { step: step++ });
    await new Promise(setImmediate);
  }
  expect(run.stopRequest).toEqual({ step: 1, epoch: 0, reason: 'the best epoch is past' });
  expect(run.shouldStop()).toBe(true);
  await run.finish();
  expect(server.lines.slice(-2)).toMatchObject([
    { kind: 'stopping', step: step - 1 },
    { kind: 'end', status: 'stopped' },
  ]);
  expect(server.lines.filter(({ kind }) => kind === 'stopping')).toHaveLength(1);
});

test('drops a refused line, counts it, and goes on', async () => {
  await server.start();
  server.script = (line, socket) => {
    if (line.seq !== 2) return undefined;
    socket.send('{"kind":"error","code":"too-many-series","message":"too many","seq":2}');
    return 'silent';
  };
  const run = start();
  for (let step = 0; step < 3; step++) run.log({ loss: 1 });
  await run.finish();
  expect(steps()).toEqual([0, 2]);
  expect(run.dropped).toBe(1);
});

test('keeps everything in the spool file when the server is away, and a later start delivers it first', async () => {
  await server.start();
  await server.kill();
  const first = start();
  for (let step = 0; step < 10; step++) first.log({ loss: 1 });
  await first.finish({ timeout: 0 });
  expect(spools()).toHaveLength(1);
  expect(complaints).toEqual([expect.stringContaining('a later start of run r delivers it')]);
  expect(readFileSync(join(dir, spools()[0]), 'utf8').trim().split('\n')).toHaveLength(12);

  await server.start();
  const second = start();
  second.log({ loss: 1 }, { step: 10 });
  await second.finish();
  expect(steps()).toEqual(upTo(11));
  expect(server.hellos.map(({ writer }) => writer)).toEqual([...server.stored.keys()]);
  expect(spools()).toEqual([]);
});

test('gives up on a server that refuses the run, and keeps the lines', async () => {
  await server.start();
  server.script = ({ kind }, socket) => {
    if (kind !== 'run') return undefined;
    socket.send('{"kind":"error","code":"config-too-large","message":"too large"}');
    return 'silent';
  };
  const run = start();
  run.log({ loss: 1 });
  await run.finish();
  expect(server.lines).toEqual([]);
  expect(server.hellos).toHaveLength(1);
  expect(spools()).toHaveLength(1);
});

test('writes the file only when offline', async () => {
  await server.start();
  const run = start({ mode: 'offline' });
  run.log({ loss: NaN });
  await run.finish();
  expect(server.hellos).toEqual([]);
  const lines = readFileSync(join(dir, spools()[0]), 'utf8').trim().split('\n');
  expect(lines.map((line) => (JSON.parse(line) as { kind: string }).kind)).toEqual(['run', 'log', 'end']);
});

test('does nothing when disabled', async () => {
  const run = start({ mode: 'disabled' });
  run.log({ loss: 1 });
  expect(run.shouldStop()).toBe(false);
  await run.finish();
  expect(spools()).toEqual([]);
});

test('delivers without a file where none can be written', async () => {
  await server.start();
  writeFileSync(join(dir, 'file'), '');
  const run = start({ dir: join(dir, 'file') });
  for (let step = 0; step < 5; step++) run.log({ loss: 1 });
  await run.finish();
  expect(steps()).toEqual(upTo(5));
});

test('throws nothing into training, whatever it is given', async () => {
  await server.start();
  const run = start();
  const anything = run as unknown as Record<
    'log' | 'note' | 'alert' | 'define',
    (...args: unknown[]) => void
  >;
  for (const wrong of [
    null,
    undefined,
    3,
    'x',
    [],
    {
      toJSON: () => {
        throw new Error('no');
      },
    },
  ]) {
    anything.log(wrong, wrong);
    anything.note(wrong);
    anything.alert(wrong, wrong);
  }
  run.log({ loss: 1 });
  await run.finish();
  run.log({ loss: 2 });
  expect(steps().length).toBeGreaterThan(0);
  expect(complaints.at(-1)).toBe('run r has ended; what is logged after `finish` is not kept');
});

test('ends with `await using`', async () => {
  await server.start();
  const run = start();
  run.log({ loss: 1 });
  await run[Symbol.asyncDispose]();
  expect(server.lines.at(-1)).toMatchObject({ kind: 'end', status: 'finished' });
});
