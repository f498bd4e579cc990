// Builds the server, the SDK and the scripts with tsc, the page with Vite, and the manual, into dist/.
import { spawnSync } from 'node:child_process';
import { rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { manual } from './manual.js';

export const ROOT = join(import.meta.dirname, '..');
export const STAMP = join(ROOT, 'dist', '.built');

export function build() {
  rmSync(STAMP, { force: true });
  run('node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json');
  run('node_modules/vite/bin/vite.js', 'build', '--logLevel', 'warn');
  run('node_modules/vite/bin/vite.js', 'build', '--logLevel', 'warn', '--config', 'vite.server.config.ts');
  manual(ROOT, join(ROOT, 'dist/client/docs'));
  writeFileSync(STAMP, '');
  const now = new Date();
  utimesSync(STAMP, now, now);
}

function run(script, ...args) {
  const { status } = spawnSync(process.execPath, [join(ROOT, script), ...args], {
    cwd: ROOT,
    stdio: ['ignore', 2, 2],
  });
  if (status !== 0) {
    console.error(`tidemark: the build failed (${script})`);
    process.exit(1);
  }
}

if (process.argv[1] === import.meta.filename) build();
