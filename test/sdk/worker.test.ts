import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { TinyServer } from './support/tiny-server.ts';

const SDK = join(import.meta.dirname, '../../dist/sdk/index.js');

let dir: string;
let server: TinyServer;
beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'tidemark-'));
  server = new TinyServer();
  await server.start();
});
afterEach(async () => {
  await server.kill();
  rmSync(dir, { recursive: true });
});

/** Runs a training script as a process of its own; resolves with its exit code. */
async function script(text: string): Promise<number> {
  const source = `import { init } from ${JSON.stringify(pathToFileURL(SDK).href)};\n${text}`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', source], {
    env: { ...process.env, TIDEMARK_URL: server.url, TIDEMARK_DIR: dir, TIDEMARK_RUN_ID: 'r' },
    stdio: ['ignore', 'inherit', 'ignore'],
  });
  const [code] = (await once(child, 'exit')) as [number];
  return code;
}

describe.skipIf(!existsSync(SDK))(
  'the built SDK, from a process of its own (`npm run build` makes it)',
  () => {
    test('a loop that never yields neither delays its points nor misses a stop', async () => {
      server.script = ({ step }, socket) => {
        if (step === 20)
          socket.send('{"kind":"stop","run":"r","step":10,"epoch":1,"reason":"the best epoch is past"}');
        return undefined;
      };
      const code = await script(`
      const run = init({ stop: 'best-epoch' });
      const compute = (ms) => { for (const end = performance.now() + ms; performance.now() < end; ); };
      let step = 0;
      for (; step < 30_000 && !run.shouldStop(); step++) { run.log({ loss: NaN }, { step }); compute(2); }
      await run.finish();
      process.exitCode = run.stopRequest?.step === 10 && step < 30_000 ? 0 : 1;
    `);
      expect(code).toBe(0);
      expect(server.lines.slice(-2)).toMatchObject([
        { kind: 'stopping' },
        { kind: 'end', status: 'stopped' },
      ]);
      expect(server.lines[0]).toMatchObject({ step: 0, values: { loss: 'NaN' } });
      expect(readdirSync(dir)).toEqual([]);
    });

    test('a run whose sender has died ends at once, with no more to wait for', async () => {
      const code = await script(`
      const { Worker } = await import('node:worker_threads');
      const { unref } = Worker.prototype;
      let sender;
      Worker.prototype.unref = function () { sender ??= this; return unref.call(this); };
      const run = init();
      run.log({ loss: 1 }, { step: 0 });
      await sender.terminate();
      await run.finish({ timeout: 3600 }); // far beyond the test's own patience
      process.exit(3);
    `);
      expect(code).toBe(3);
    });

    test('a script that throws delivers its last lines, and that it failed', async () => {
      const code = await script(`
      const run = init();
      for (let step = 0; step < 1000; step++) run.log({ loss: 1 }, { step });
      throw new Error('out of memory');
    `);
      expect(code).toBe(1);
      expect(server.lines).toHaveLength(1001);
      expect(server.lines.at(-1)).toMatchObject({
        kind: 'end',
        status: 'failed',
        reason: 'the process exited with code 1',
      });
    });

    test('a script that just ends has finished, and is not kept alive', async () => {
      expect(await script(`init().log({ loss: 1 });`)).toBe(0);
      expect(server.lines).toMatchObject([{ kind: 'log' }, { kind: 'end', status: 'finished' }]);
    });

    test('a later start delivers what a killed script had logged', async () => {
      await server.kill(); // so that only the spool file can have it
      await script(`
      import { readdirSync, readFileSync } from 'node:fs';
      const run = init();
      for (let step = 0; step < 100; step++) run.log({ loss: 1 }, { step });
      const written = () => readdirSync(process.env.TIDEMARK_DIR)
        .map((name) => readFileSync(process.env.TIDEMARK_DIR + '/' + name, 'utf8').split('\\n').length - 1);
      while (written()[0] !== 101);
      process.kill(process.pid, 'SIGKILL');
    `);
      await server.start();
      expect(await script(`init().log({ loss: 1 }, { step: 100 });`)).toBe(0);
      expect(server.lines.filter(({ kind }) => kind === 'log').map(({ step }) => step)).toEqual(
        Array.from({ length: 101 }, (_, step) => step),
      );
      expect(readdirSync(dir)).toEqual([]);
    });
  },
);
