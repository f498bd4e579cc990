/** What it costs to seal a full segment of the journal that a real server wrote: nanoseconds of processor time a point. */
import { cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { pointsIn } from '../../../server/store/record.ts';
import { Sealer } from '../../../server/store/sealer.ts';
import { readSegment, segmentFile } from '../../../server/store/segment.ts';
import { startSender } from '../ingest/sender.ts';
import { median } from '../samples.ts';
import { startServer } from '../server.ts';

const HELP = `Sealing: 16 trainers fill a segment of a real server, which is then killed; the segment is sealed again and
again, each time into a new copy of the folder, by one process without rests.

Usage: node dist/scripts/bench/store/seal.js [options]

  --rounds N   times it is sealed, at least 2 (default 8); the first is with cold code
`;

/** Fills the first segment of a server's journal and keeps a copy of its folder. */
async function fillSegment(kept: string): Promise<void> {
  const server = await startServer();
  const load = await startSender({
    ...{ url: server.url, form: 'binary', float32: false, rows: 100, window: 20 },
    ...{ first: 0, count: 16, rate: 62_500, seconds: 120 },
  });
  try {
    load.go().catch(() => undefined); // it is cut off
    const data = join(server.folder, 'data');
    while (!existsSync(segmentFile(join(data, 'journal'), 2))) {
      if (!server.running()) throw new Error('server: must fill a segment, but ended');
      await delay(10);
    }
    load.kill();
    await server.kill();
    cpSync(data, kept, { recursive: true });
  } finally {
    rmSync(server.folder, { recursive: true, force: true });
  }
}

async function seal(kept: string, copy: string): Promise<{ cpu: number; bytes: number }> {
  rmSync(copy, { recursive: true, force: true });
  cpSync(kept, copy, { recursive: true });
  const sealer = new Sealer(copy);
  const before = process.cpuUsage();
  const { bytes } = sealer.seal(1);
  const { user, system } = process.cpuUsage(before);
  await sealer.close();
  return { cpu: 1000 * (user + system), bytes };
}

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '8' }, help: { type: 'boolean', default: false } },
});
if (values.help) process.stdout.write(HELP);
else {
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-bench-'));
  try {
    const kept = join(folder, 'kept');
    await fillSegment(kept);
    let points = 0;
    readSegment(segmentFile(join(kept, 'journal'), 1), (record) => void (points += pointsIn(record)));
    const rounds: { cpu: number; bytes: number }[] = [];
    for (let i = 0; i < Number(values.rounds); i++) rounds.push(await seal(kept, join(folder, 'copy')));
    const [{ cpu: cold, bytes }, ...warm] = rounds;
    const usual = median(warm.map(({ cpu }) => cpu)) / points;
    console.log(
      `a segment of ${(points / 1e6).toFixed(1)} M points, ${(bytes / points).toFixed(2)} bytes a point`,
    );
    console.log(
      `ns a point: the first ${(cold / points).toFixed(0)}, later ${usual.toFixed(0)} in the median`,
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
