import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { WebSocket } from 'ws';
import { init } from '../../sdk/index.ts';
import { fromWire, type WireNumber } from '../../shared/numbers.ts';
import { startServer, temporaryFolder, type ServerProcess } from '../support/server.ts';
import { TinyServer } from './support/tiny-server.ts';

const SDK = join(import.meta.dirname, '../../dist/sdk/index.js');
const BUILT = existsSync(SDK) && existsSync(join(import.meta.dirname, '../../dist/bundle/main.js'));

let folder: ReturnType<typeof temporaryFolder>;
beforeEach(() => void (folder = temporaryFolder()));
afterEach(() => folder.remove());

const spool = () => join(folder.path, 'spool');
const start = (id: string, url: string) => init({ id, project: 'p', url, dir: spool() });

/** Every row has a value of `a`, every third one of `b`; some of both are not finite. */
function columnsOf(rows: number) {
  const a = Float64Array.from({ length: rows }, (_, i) => (i % 11 === 7 ? NaN : 1 / (i + 1)));
  const b = Array.from({ length: rows }, (_, i) => (i % 3 === 1 ? (i % 5 === 0 ? -Infinity : i) : null));
  const steps = Array.from({ length: rows }, (_, i) => 2 * i);
  const times = steps.map((step) => 1_700_000_000 + step / 8);
  return { a, b, c: Float32Array.from(a), steps, times };
}

type Point = readonly [step: number, time: number, value: number];

/** The points that a column is. */
const pointsOf = (
  { steps, times }: ReturnType<typeof columnsOf>,
  column: ArrayLike<number | null>,
): Point[] => steps.flatMap((step, i): Point[] => (column[i] === null ? [] : [[step, times[i], column[i]]]));

describe.skipIf(!BUILT)('with a real server (`npm run build` makes it)', () => {
  let server: ServerProcess;
  beforeEach(async () => void (server = await startServer(join(folder.path, 'data'))));
  afterEach(() => server.end());

  /** What the server has of a series, which has one attempt. */
  async function stored(run: string, series: string): Promise<Point[]> {
    const response = await fetch(`${server.url}/api/runs/${run}/points?series=${encodeURIComponent(series)}`);
    const { attempts } = (await response.json()) as {
      attempts: { steps: number[]; times: number[]; values: WireNumber[] }[];
    };
    expect(attempts).toHaveLength(1);
    const [{ steps, times, values }] = attempts;
    return steps.map((step, i) => [step, times[i], fromWire(values[i])]);
  }

  async function expectAll(run: string, columns: ReturnType<typeof columnsOf>): Promise<void> {
    for (const name of ['a', 'b', 'c'] as const)
      expect(await stored(run, `val/${name}`)).toEqual(pointsOf(columns, columns[name]));
  }

  test('every value is stored as it was logged, in one call or in several', async () => {
    const run = start('past', server.url);
    const columns = columnsOf(30_000);
    const { a, b, c, steps, times } = columns;
    for (const [from, to] of [
      [0, 1],
      [1, 2],
      [2, 20_000],
      [20_000, 30_000],
    ])
      // prettier-ignore
      run.logColumns(
        { val: { a: a.slice(from, to), b: b.slice(from, to), c: c.slice(from, to) }, epoch: steps.slice(from, to) },
        { steps: steps.slice(from, to), times: times.slice(from, to) },
      );
    run.log({ after: 1 });
    await run.finish({ timeout: 60 });
    await expectAll('past', columns);
    expect((await stored('past', 'epoch')).map(([, , epoch]) => epoch)).toEqual(steps);
    expect((await stored('past', 'after'))[0][0]).toBe(steps.at(-1)! + 1);
    expect(run.dropped).toBe(0);
    expect(readdirSync(spool())).toEqual([]);
  });

  test('a server killed in the middle loses and doubles nothing', async () => {
    const { port } = new URL(server.url);
    const run = start('killed', server.url);
    const columns = columnsOf(200_000);
    const { a, b, c, steps, times } = columns;
    for (let from = 0; from < steps.length; from += 4_000) {
      const dies = from % 80_000 === 40_000;
      // What is sent from here on is lost with it.
      if (dies) server.process.kill('SIGSTOP');
      const part = <T>(column: { slice(from: number, to: number): T }): T => column.slice(from, from + 4_000);
      run.logColumns(
        { val: { a: part(a), b: part(b), c: part(c) } },
        { steps: part(steps), times: part(times) },
      );
      await run.room();
      if (dies) {
        await server.end('SIGKILL');
        server = await startServer(join(folder.path, 'data'), { port: Number(port) });
      }
    }
    await run.finish({ timeout: 60 });
    await expectAll('killed', columns);
    expect(run.dropped).toBe(0);
  });

  test('what a killed script had logged is delivered from its spool file', async () => {
    const script = `
      import { init } from ${JSON.stringify(pathToFileURL(SDK).href)};
      const run = init({ id: 'later', url: 'http://127.0.0.1:9', dir: ${JSON.stringify(spool())} });
      ${columnsOf.toString()}
      const { steps, times, ...val } = columnsOf(20_000);
      run.logColumns({ val }, { steps, times });
      await run.room();
      process.kill(process.pid, 'SIGKILL');
    `;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: 'ignore' });
    expect((await once(child, 'exit'))[1]).toBe('SIGKILL');
    const [file] = readdirSync(spool());
    // It is the protocol's own text, which can be posted by hand.
    const lines = readFileSync(join(spool(), file), 'utf8').trim().split('\n');
    expect(lines.slice(1).every((line) => 'packed' in (JSON.parse(line) as object))).toBe(true);
    await start('later', server.url).finish({ timeout: 60 });
    await expectAll('later', columnsOf(20_000));
    expect(readdirSync(spool())).toEqual([]);
  });
});

describe('with a server that says what it was sent', () => {
  const server = new TinyServer();
  beforeEach(() => server.start());
  afterEach(async () => {
    await server.kill();
    server.stored.clear();
    server.binary = 0;
    server.knowsIds = true;
    server.script = () => undefined;
  });

  /** What the server has of a series. */
  const values = (series: string) =>
    server.lines.flatMap((line) => (line.values as Record<string, unknown[]> | undefined)?.[series] ?? []);
  const rows = 100_000;
  /** More than memory holds, and their lines. */
  const CALLS = 6;
  const BLOCKS = CALLS * Math.ceil(rows / 8192);
  const loss = Array.from({ length: rows }, (_, i) => (i % 9 === 0 ? null : i / 7));

  test('goes as binary frames once ids are agreed', async () => {
    const run = start('r', server.url);
    run.logColumns({ loss });
    await run.finish({ timeout: 60 });
    expect(values('loss')).toEqual(loss);
    expect(server.binary).toBe(BLOCKS / CALLS);
    expect(server.lines.map(({ seq }) => seq)).toEqual(server.lines.map((_, i) => i + 1));
  });

  test('goes as text to a server that knows no ids', async () => {
    server.knowsIds = false;
    const run = start('r', server.url);
    run.logColumns({ loss });
    await run.finish({ timeout: 60 });
    expect(values('loss')).toEqual(loss);
    expect(server.binary).toBe(0);
    expect(run.dropped).toBe(0);
  });

  test('a connection that breaks with frames on the way loses and doubles nothing', async () => {
    let breaks = 0;
    server.script = ({ seq = 0 }, socket) => {
      if (seq % 4 !== 2 || breaks >= 3) return undefined;
      breaks++;
      socket.terminate();
      return breaks % 2 === 0 ? 'silent' : undefined;
    };
    const run = start('r', server.url);
    run.logColumns({ loss });
    await run.finish({ timeout: 60 });
    expect(breaks).toBe(3);
    expect(values('loss')).toEqual(loss);
  });

  test('room is there without a server, once all is in the spool file', async () => {
    await server.kill();
    const run = start('r', server.url);
    for (let call = 0; call < CALLS; call++) {
      run.logColumns({ loss });
      await run.room();
    }
    expect(run.dropped).toBe(0);
    await server.start();
    await run.finish({ timeout: 60 });
    const got = values('loss');
    expect(got).toHaveLength(CALLS * rows);
    expect(got.findIndex((value, i) => value !== loss[i % rows])).toBe(-1);
  });

  test('room comes when the server has what memory cannot hold', async () => {
    let holding = true;
    let socket: WebSocket;
    server.script = (_line, its) => {
      socket = its;
      return holding ? 'owed' : undefined;
    };
    const run = start('r', server.url);
    await server.until(() => server.hellos.length > 0);
    for (let call = 0; call < CALLS; call++) run.logColumns({ loss });
    let there = false;
    const room = run.room().then(() => (there = true));
    const written = () => readFileSync(join(spool(), readdirSync(spool())[0]), 'utf8').split('\n').length;
    while (written() < BLOCKS + 2) await new Promise(setImmediate);
    for (let turn = 0; turn < 50; turn++) await new Promise(setImmediate);
    expect(there).toBe(false);
    holding = false;
    const [{ writer }] = server.hellos.slice(-1);
    socket!.send(JSON.stringify({ kind: 'ack', run: 'r', writer, seq: server.lines.at(-1)!.seq }));
    await room;
    await run.finish({ timeout: 60 });
    expect(values('loss')).toHaveLength(CALLS * rows);
  });
});
