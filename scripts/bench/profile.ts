/** Where the server's main thread spends its time while it takes points in: a CPU profile, summed up by part. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CpuProfile, partsOf } from './profile/parts.ts';

const HELP = `Profile: shares of the main thread's time by part, while ingest.js runs.

Usage: node dist/scripts/bench/profile.js [options of ingest.js, of one --form]
`;

function main(): void {
  const args = process.argv.slice(2);
  if (args.includes('--help')) return void process.stdout.write(HELP);
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-profile-'));
  try {
    const env = { ...process.env, TIDEMARK_BENCH_NODE: `--cpu-prof --cpu-prof-dir=${folder}` };
    const { status } = spawnSync(process.execPath, [join(import.meta.dirname, 'ingest.js'), ...args], {
      env,
      stdio: 'inherit',
    });
    if (status !== 0) process.exitCode = 1;
    // CPU.DATE.TIME.PROCESS.THREAD.NUMBER.cpuprofile; the main thread is 0.
    const file = readdirSync(folder).find((name) => name.split('.')[4] === '0');
    if (file === undefined)
      throw new Error('profile: must be written when the server ends, but is not there');
    const profile = JSON.parse(readFileSync(join(folder, file), 'utf8')) as CpuProfile;
    const percent = (share: number) => `${(share * 100).toFixed(1)} %`;
    for (const { part, share, functions } of partsOf(profile)) {
      const most = functions.map((one) => `${one.name} ${percent(one.share)}`).join(', ');
      console.log(`${percent(share).padStart(7)}  ${part}: ${most}`);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

main();
