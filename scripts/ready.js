// Installs and builds what is missing or older than its sources. Quick when there is nothing to do.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..');

export async function ready() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 19)) {
    console.error(`tidemark: Node.js must be 20.19 or newer, got ${process.versions.node}`);
    process.exit(1);
  }
  if (!existsSync(join(ROOT, 'tsconfig.build.json'))) return; // installed as a package: built before it was packed
  if (stale(join(ROOT, 'package-lock.json'), join(ROOT, 'node_modules/.package-lock.json'))) {
    console.error('tidemark: installing dependencies …');
    const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
    const { status } = spawnSync(npm, ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
      cwd: ROOT,
      stdio: ['ignore', 2, 2],
      shell: process.platform === 'win32',
    });
    if (status !== 0) {
      console.error('tidemark: `npm ci` failed; its messages are above');
      process.exit(1);
    }
  }
  const { build, STAMP } = await import('./build.js');
  const newest = Math.max(
    ...['shared', 'server', 'sdk', 'client', 'scripts', 'docs'].map((folder) => latest(join(ROOT, folder))),
  );
  if (!existsSync(STAMP) || newest > statSync(STAMP).mtimeMs) {
    console.error('tidemark: building …');
    build();
  }
}

function stale(source, product) {
  return !existsSync(product) || statSync(source).mtimeMs > statSync(product).mtimeMs;
}

/** The newest modification below a folder, in ms since 1970. */
function latest(folder) {
  return readdirSync(folder, { withFileTypes: true }).reduce((newest, entry) => {
    const path = join(folder, entry.name);
    return Math.max(newest, entry.isDirectory() ? latest(path) : statSync(path).mtimeMs);
  }, 0);
}

if (process.argv[1] === import.meta.filename) await ready();
