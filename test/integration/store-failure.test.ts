import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Ack } from '../../shared/answers.ts';
import { Client, startApp } from '../support/app.ts';
import { fillDisk, type FullDisk } from '../support/full-disk.ts';
import { temporaryFolder } from '../support/server.ts';

const HELLO = { kind: 'run', protocol: 1, run: 'r1', writer: 'w1' };
const line = (seq: number) => ({ kind: 'log', seq, step: seq, values: { loss: Math.sin(seq) } });
const lines = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => line(from + i));

let folder: ReturnType<typeof temporaryFolder>;
let app: Awaited<ReturnType<typeof startApp>> | null = null;
let disk: FullDisk | null = null;
const warnings: string[] = [];
const warn = (message: string) => void warnings.push(message);
beforeEach(() => {
  folder = temporaryFolder();
  warnings.length = 0;
});
afterEach(async () => {
  disk?.free();
  disk = null;
  await app?.close();
  app = null;
  folder.remove();
});

/** Sends lines and waits until the last of them is acknowledged. */
async function keep(trainer: Client, from: number, to: number): Promise<void> {
  trainer.send(...lines(from, to));
  let seq = 0;
  while (seq < to) ({ seq } = await trainer.kind<Ack>('ack'));
}

/** Steps of the stored points; each must have the value of its line. */
async function stored(url: string): Promise<number[]> {
  const response = await fetch(`${url}/api/runs/r1/points?series=loss`);
  const { attempts } = (await response.json()) as { attempts: { steps: number[]; values: number[] }[] };
  expect(attempts[0].values).toEqual(attempts[0].steps.map(Math.sin));
  return attempts[0].steps;
}
const counted = (to: number) => Array.from({ length: to }, (_, i) => i + 1);

describe.each(['write', 'sync'] as const)('a disk that is full at %s', (failing) => {
  it('refuses lines with store-failed, loses nothing that was acknowledged, and takes all when it has room', async () => {
    app = await startApp(folder.path, { warn });
    let trainer = await Client.open(`${app.url}/api/trainer`);
    trainer.send(HELLO);
    await keep(trainer, 1, 10);

    disk = await fillDisk(failing);
    for (let tries = 0; tries < 3; tries++) {
      trainer.send(...lines(11, 20));
      const refused = await trainer.until<{ kind: string; code: string; message: string }>(({ kind }) =>
        ['error', 'ack'].includes(String(kind)),
      );
      expect(refused).toMatchObject({ kind: 'error', code: 'store-failed' });
      expect(refused.message).toContain('ENOSPC: no space left on device');
      expect((await app.http.inject({ url: '/healthz' })).statusCode).toBe(503);
      expect(await stored(app.url)).toEqual(counted(10));
      trainer = await Client.open(`${app.url}/api/trainer`);
      trainer.send(HELLO);
      // What is known already is said without the disk: how far the trainer must go back.
      expect(await trainer.kind('welcome')).toMatchObject({ seq: 10 });
    }
    expect(warnings[0]).toMatch(/^store: could not keep \d+ records: ENOSPC/);

    disk.free();
    await keep(trainer, 11, 30);
    expect(await stored(app.url)).toEqual(counted(30));
    expect((await app.http.inject({ url: '/healthz' })).statusCode).toBe(200);
    await app.close();
    app = await startApp(folder.path, { warn });
    expect(await stored(app.url)).toEqual(counted(30));
  });
});

describe('a disk that is full', () => {
  it('does not have a stop promised that is not kept', async () => {
    app = await startApp(folder.path, { warn });
    const trainer = await Client.open(`${app.url}/api/trainer`);
    trainer.send(HELLO);
    await keep(trainer, 1, 2);
    const ask = () =>
      app!.http.inject({ method: 'POST', url: '/api/runs/r1/stop', headers: { host: 'localhost' } });
    disk = await fillDisk();
    expect((await ask()).json()).toMatchObject({ code: 'store-failed' });
    disk.free();
    expect((await ask()).statusCode).toBe(202);
    expect(await trainer.kind('stop')).toMatchObject({ run: 'r1' });
  });

  it('does not keep a run running whose trainer has gone', async () => {
    app = await startApp(folder.path, { warn, graceMs: 1 });
    const trainer = await Client.open(`${app.url}/api/trainer`);
    trainer.send(HELLO);
    await keep(trainer, 1, 2);
    disk = await fillDisk();
    await trainer.close();
    await expect.poll(() => warnings.length, { timeout: 60_000 }).toBeGreaterThan(0);
    disk.free();
    const viewer = await Client.open(`${app.url}/api/viewer`);
    const says = (frame: Record<string, unknown>) =>
      (frame.runs as { status: string }[] | undefined)?.[0]?.status === 'lost';
    await viewer.until(says);
  });

  it('lets a server close, and lets go of its folder', async () => {
    app = await startApp(folder.path, { warn });
    const trainer = await Client.open(`${app.url}/api/trainer`);
    trainer.send(HELLO);
    await keep(trainer, 1, 20);
    await app.idle();
    disk = await fillDisk();
    await app.close();
    app = null;
    disk.free();
    expect(readdirSync(folder.path)).not.toContain('lock');
    app = await startApp(folder.path, { warn });
    expect(await stored(app.url)).toEqual(counted(20));
  });
});

describe('a seal that fails', () => {
  it('keeps the segment and goes on serving, and is tried again', async () => {
    app = await startApp(folder.path, { warn, segmentBytes: 4_000 });
    const trainer = await Client.open(`${app.url}/api/trainer`);
    trainer.send(HELLO);
    // A file where the folder of all points should be.
    const inTheWay = join(folder.path, 'runs');
    writeFileSync(inTheWay, '');
    let seq = 0;
    while (warnings.length < 2) {
      await keep(trainer, seq + 1, seq + 20);
      seq += 20;
    }
    expect(warnings[0]).toMatch(/^store: segment \d+ of the journal could not be sealed, and is kept: E/);
    expect(warnings[1]).toBe(warnings[0]); // the same one, again
    expect(await stored(app.url)).toEqual(counted(seq));

    rmSync(inTheWay);
    const failures = warnings.length;
    await keep(trainer, seq + 1, seq + 400);
    seq += 400;
    expect(await stored(app.url)).toEqual(counted(seq));
    await app.close();
    expect(warnings).toHaveLength(failures);
    app = await startApp(folder.path, { warn });
    expect(await stored(app.url)).toEqual(counted(seq));
    expect(warnings).toHaveLength(failures);
  });
});

describe('a data folder that cannot be written to', () => {
  it.each([
    ['is not to be made', (data: string) => join(data, 'made', 'anew')],
    ['is there', (data: string) => data],
  ])('ends serve with an error that names folder and rule when it %s', async (_case, within) => {
    const parent = join(folder.path, 'data');
    mkdirSync(parent);
    chmodSync(folder.path, 0o755);
    chmodSync(parent, 0o555);
    const data = within(parent);
    const main = join(import.meta.dirname, '../../dist/bundle/main.js');
    // Root may write everywhere.
    const other = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};
    const child = spawn(process.execPath, [main, 'serve', '--port', '0', '--data', data], {
      stdio: ['ignore', 'ignore', 'pipe'],
      ...other,
    });
    let errors = '';
    child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
    const [code] = (await once(child, 'close')) as [number];
    expect(errors).toContain(`tidemark: data folder: must be writable, but ${data} is not (EACCES`);
    expect(errors.trim().split('\n')).toHaveLength(1);
    expect(code).toBe(1);
  });
});
