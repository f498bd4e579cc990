import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { TinyServer } from '../../sdk/support/tiny-server.ts';

const DEMO = join(import.meta.dirname, '../../../dist/scripts/demo/demo.js');

let server: TinyServer;
beforeEach(async () => {
  server = new TinyServer();
  await server.start();
});
afterEach(() => server.kill());

test.skipIf(!existsSync(DEMO))(
  'four trainings log at once, and end when the demo is interrupted',
  async () => {
    const source = `import { demo } from ${JSON.stringify(pathToFileURL(DEMO).href)};
    await demo({ url: ${JSON.stringify(server.url)}, pace: 2 });`;
    const demo = spawn(process.execPath, ['--input-type=module', '-e', source], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let output = '';
    demo.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    await server.until(() => {
      const logs = [...server.stored.values()].filter((lines) =>
        lines.some(({ values }) => values !== undefined),
      );
      return logs.length === 4;
    });
    demo.kill('SIGTERM');
    const [code] = (await once(demo, 'exit')) as [number];
    expect(code).toBe(0);
    expect(server.hellos.map(({ name }) => name).sort()).toEqual([
      'baseline',
      'healthy',
      'learning-rate-too-high',
      'overfit',
    ]);
    for (const lines of server.stored.values())
      expect(lines.at(-1)).toMatchObject({
        kind: 'end',
        status: 'failed',
        reason: 'The training was interrupted.',
      });
    expect(output.match(/failed after \d+ epochs/g)).toHaveLength(4);
    expect(output).toContain(`Watch them at ${server.url}/`);
  },
);
