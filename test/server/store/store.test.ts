import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openReadOnly } from '../../../server/store/read-only.ts';
import { openStore } from '../../../server/store/store.ts';
import { temporaryFolder } from '../../support/server.ts';
import { helloRecord, tableOf, tableRecord } from '../../support/tables.ts';

let folder: ReturnType<typeof temporaryFolder>;
beforeEach(() => (folder = temporaryFolder()));
afterEach(() => folder.remove());

describe('the store', () => {
  it('has the same runs and points after it is opened again', async () => {
    const store = await openStore(folder.path);
    await store.append([helloRecord('r', 'w', { name: 'first' }), tableRecord(tableOf([3, NaN, 1]))]);
    await store.close();
    const again = await openStore(folder.path);
    const run = again.runs.get('r');
    expect(run?.name).toBe('first');
    expect(run?.points).toBe(3);
    expect([...(run?.series.get('loss')?.attempts.get(0)?.fresh(0)?.values ?? [])]).toEqual([3, NaN, 1]);
    expect(run?.writers.get('w')?.received.last).toBe(3);
    await again.close();
  });

  it('shows nothing before it is durable', async () => {
    const store = await openStore(folder.path);
    const appended = store.append([helloRecord()]);
    expect(store.runs.size).toBe(0);
    await appended;
    expect(store.runs.size).toBe(1);
    await store.close();
  });

  it('cannot be opened twice', async () => {
    const store = await openStore(folder.path);
    // The lock knows its own process number as left over from a container before; another's it respects.
    writeFileSync(
      join(folder.path, 'lock'),
      JSON.stringify({ pid: process.ppid, host: hostname(), started: startOf(process.ppid) }),
    );
    await expect(openStore(folder.path)).rejects.toThrow(`held by process ${process.ppid}`);
    await store.close();
  });

  it('takes over a lock whose process is gone', async () => {
    writeFileSync(
      join(folder.path, 'lock'),
      JSON.stringify({ pid: 4_194_303, host: hostname(), started: '1' }),
    );
    const store = await openStore(folder.path);
    await store.close();
    expect(readdirSync(folder.path)).not.toContain('lock');
  });

  it('names a segment of the journal that is missing, rather than going without it', async () => {
    const store = await openStore(folder.path, { segmentBytes: 1, sealable: () => 0 });
    await store.append([helloRecord()]);
    for (let i = 0; i < 3; i++) await store.append([tableRecord(tableOf([i], { firstStep: i }), i + 1)]);
    await store.close();
    const [, second] = readdirSync(join(folder.path, 'journal')).sort();
    const missing = join(folder.path, 'journal', second);
    rmSync(missing);
    const said = `${missing}: must be there`;
    await expect(openStore(folder.path)).rejects.toThrow(said);
    await expect(openReadOnly(folder.path)).rejects.toThrow(said);
  });

  it('keeps ranks of one run apart', async () => {
    const store = await openStore(folder.path);
    await store.append([
      helloRecord('r', 'a'),
      helloRecord('r', 'b', { rank: 1 }),
      tableRecord(tableOf([1, 2], { writer: 'a' })),
      tableRecord(tableOf([3, 4], { writer: 'b', rank: 1 })),
    ]);
    const run = store.runs.get('r');
    expect([...(run?.series.keys() ?? [])]).toEqual(['loss', 'loss\n1']);
    expect(run?.ranks).toEqual([0, 1]);
    await store.close();
  });
});

describe('a run’s status', () => {
  const end = (writer: string, seq: number, status: 'finished' | 'failed' | 'stopped') => ({
    kind: 'line' as const,
    at: 1,
    run: 'r',
    writer,
    seqs: { from: seq, to: seq },
    line: { kind: 'end' as const, status },
  });

  it.each([
    [['finished', 'finished'], 'finished'],
    [['finished', 'failed'], 'failed'],
    [['stopped', 'finished'], 'stopped'],
    [['finished'], 'running'],
  ] as const)('of two ranks that ended %j is %s', async (ends, expected) => {
    const store = await openStore(folder.path);
    await store.append([helloRecord('r', 'w0'), helloRecord('r', 'w1', { rank: 1 })]);
    await store.append(ends.map((status, rank) => end(`w${rank}`, 1, status)));
    expect(store.runs.get('r')?.status).toBe(expected);
    await store.close();
  });

  it('is lost when its writer went without an end, and running when it speaks again', async () => {
    const store = await openStore(folder.path);
    await store.append([helloRecord(), { kind: 'lost', at: 5, run: 'r', writer: 'w', rank: 0 }]);
    expect(store.runs.get('r')?.status).toBe('lost');
    await store.append([tableRecord(tableOf([1]))]);
    expect(store.runs.get('r')?.status).toBe('running');
    await store.close();
  });

  it('stays ended when a late line fills a gap', async () => {
    const store = await openStore(folder.path);
    await store.append([helloRecord(), end('w', 3, 'finished'), tableRecord(tableOf([1, 2]))]);
    expect(store.runs.get('r')?.status).toBe('finished');
    await store.close();
  });
});

/** When a process started, as the lock tells it; '' where the system does not say. */
function startOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  } catch {
    return '';
  }
}
