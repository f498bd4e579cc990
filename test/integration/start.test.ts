import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Client } from '../support/app.ts';
import { type ServerProcess, startServer, temporaryFolder } from '../support/server.ts';

const BIN = join(import.meta.dirname, '../../bin/tidemark.js');
let folder: ReturnType<typeof temporaryFolder>;
const servers: ServerProcess[] = [];
beforeEach(() => (folder = temporaryFolder()));
afterEach(async () => {
  for (const server of servers.splice(0)) await server.end('SIGKILL');
  folder.remove();
});

const start = async (...args: Parameters<typeof startServer>) => {
  const server = await startServer(...args);
  servers.push(server);
  return server;
};
const tidemark = (...args: string[]) => spawnSync(process.execPath, [BIN, ...args], { encoding: 'utf8' });

describe('a server process', () => {
  it('says where it serves and where it keeps its data', async () => {
    const { output, url } = await start(folder.path);
    expect(output).toEqual([`tidemark: serving ${url}`, `tidemark: data in ${folder.path}`]);
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  });

  it('refuses a data folder that is in use', async () => {
    const { process: first } = await start(folder.path);
    const { status, stderr } = tidemark('serve', '--port', '0', '--data', folder.path);
    expect(status).toBe(1);
    expect(stderr).toContain(
      `data folder: must not be in use, but ${folder.path} is held by process ${first.pid}`,
    );
  });

  it('refuses a port that is in use, and lets go of its data folder', async () => {
    const { url } = await start(join(folder.path, 'a'));
    const port = new URL(url).port;
    const { status, stderr } = tidemark('serve', '--port', port, '--data', join(folder.path, 'b'));
    expect(status).toBe(1);
    expect(stderr).toContain(`port: must be free, but 127.0.0.1:${port} is in use`);
    expect(readdirSync(join(folder.path, 'b'))).not.toContain('lock');
  });

  it('is what the demo trains for where it serves already', async () => {
    const { url } = await start(join(folder.path, 'a'));
    const demo = spawn(
      process.execPath,
      [BIN, 'demo', '--port', new URL(url).port, '--data', join(folder.path, 'b')],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    const ended = once(demo, 'exit');
    let said = '';
    for await (const chunk of demo.stdout) {
      said += String(chunk);
      if (said.includes(`Watch them at ${url}/`)) break;
    }
    demo.kill('SIGTERM');
    await ended;
    expect(said).toContain(`Watch them at ${url}/`);
    expect(readdirSync(folder.path)).toEqual(['a']);
  });

  it.each(['SIGTERM', 'SIGINT'] as const)('ends cleanly at %s with everything kept', async (signal) => {
    const server = await start(folder.path);
    const trainer = await Client.open(`${server.url}/api/trainer`);
    trainer.send(
      '{"kind":"run","protocol":1,"run":"r1","writer":"w"}',
      '{"kind":"log","seq":1,"step":0,"values":{"loss":1}}',
    );
    await trainer.kind('ack');
    expect(await server.end(signal)).toBe(0);
    expect(readdirSync(folder.path)).not.toContain('lock');
    const again = await start(folder.path);
    const { runs } = (await (await fetch(`${again.url}/api/runs`)).json()) as { runs: object[] };
    expect(runs).toMatchObject([{ run: 'r1', points: 1, status: 'running' }]);
  });

  it('bound to another address prints its tokens once and asks for them', async () => {
    const host = ['--host', '0.0.0.0'];
    const first = await start(folder.path, { args: host });
    await expect.poll(() => first.output.length).toBe(4);
    const write = /trainers need this token: +(\S+)$/.exec(first.output[2])?.[1];
    const read = /viewers open +\S+\?token=(\S+)$/.exec(first.output[3])?.[1];
    const status = async (token: string) => (await fetch(`${first.url}/api/runs?token=${token}`)).status;
    expect(await Promise.all([status(write!), status(read!), status('guess')])).toEqual([200, 200, 403]);
    expect((await fetch(`${first.url}/api/runs`)).status).toBe(401);
    await first.end();

    const again = await start(folder.path, { args: host });
    await expect.poll(() => again.output[2]).toBe(`tidemark: tokens are in ${folder.path}/tokens.json`);
  });

  it.each([
    [['--port', '70000'], '--port: must be a whole number from 0 to 65535, got 70000'],
    [['frobnicate'], 'got frobnicate; see tidemark --help'],
    [['--frobnicate'], "Unknown option '--frobnicate'"],
  ])('refuses %j', (args, message) => {
    const { status, stderr } = tidemark(...args);
    expect(status).toBe(2);
    expect(stderr).toContain(message);
  });

  it('says where a command of a data folder belongs', () => {
    const { status, stderr } = tidemark('--data', folder.path, 'du');
    expect([status, stderr]).toEqual([
      2,
      `tidemark: du: must come before its options, got --data ${folder.path} du\n`,
    ]);
    expect(readdirSync(folder.path)).toEqual([]);
  });

  it('tells its version and its commands', () => {
    expect(tidemark('--version').stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
    expect(tidemark('--help').stdout).toMatch(/serve[^]*demo[^]*diagnose/);
  });
});
