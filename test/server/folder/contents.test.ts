import { cpSync, readFileSync, rmSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { backup } from '../../../server/folder/backup.ts';
import { expired } from '../../../server/folder/retention.ts';
import { readDataFolder } from '../../../server/diagnose/read-data-folder.ts';
import { diagnose } from '../../../server/diagnose/diagnose.ts';
import { openMonitor } from '../../../server/monitor.ts';
import type { LineRecord, StoreRecord } from '../../../server/store/record.ts';
import type { Run } from '../../../server/store/run.ts';
import { openStore, type Store } from '../../../server/store/store.ts';
import { useFolderCommands } from '../../support/folder-commands.ts';
import { helloRecord, tableOf, tableRecord } from '../../support/tables.ts';

const { said, complaints, beside, data, command, commandOn } = useFolderCommands();
let store: Store | null = null;
afterEach(async () => {
  await store?.close();
  store = null;
});

const values = Array.from({ length: 2_000 }, (_, i) => (i > 1_500 ? NaN : 2 / (1 + i)));
const end = (run: string, at: number): StoreRecord => ({
  ...{ kind: 'line', at, run, writer: 'w', seqs: { from: 2_001, to: 2_001 } },
  line: { kind: 'end', status: 'finished' },
});

/** Fills a folder with runs, each ended at its own time, and leaves it open. */
async function fill(...runs: readonly string[]): Promise<Store> {
  store = await openStore(data(), { segmentBytes: 20_000 });
  for (const [i, run] of runs.entries()) {
    await store.append([helloRecord(run, 'w', { project: i % 2 === 0 ? 'even' : 'odd' })]);
    for (let from = 0; from < values.length; from += 100)
      await store.append([
        tableRecord(
          tableOf(values.slice(from, from + 100), { run, firstStep: from, series: 'train/loss' }),
          from + 1,
        ),
      ]);
    await store.append([end(run, 1_000 * (i + 1))]);
  }
  await store.sealed();
  return store;
}
async function closed(): Promise<void> {
  await store?.close();
  store = null;
}

describe('a data folder’s commands', () => {
  it('export what import takes, point for point', async () => {
    await fill('a', 'b');
    const file = beside('all.jsonl');
    // While it is open: an export changes nothing.
    expect(await command('export', '--out', file)).toBe(0);
    await closed();
    const copy = beside('copy');
    expect(await commandOn(copy, 'import', file, file)).toBe(0);
    expect(said).toEqual(['8004 lines taken, 0 refused']);
    const again = beside('again.jsonl');
    expect(await commandOn(copy, 'export', '--out', again)).toBe(0);
    const logs = (path: string) =>
      readFileSync(path, 'utf8')
        .split('\n')
        .filter((line) => line.includes('"kind":"log"'));
    expect(logs(again)).toEqual(logs(file));
    expect(logs(again)).toHaveLength(4_000);
    expect(complaints).toEqual([]);
  }, 40_000);

  it('export all that a run says of itself, and what people made of it', async () => {
    store = await openStore(data());
    const line = (seq: number, line: LineRecord['line']): LineRecord => ({
      ...{ kind: 'line', at: 5_000, run: 'a', writer: 'w', seqs: { from: seq, to: seq } },
      line,
    });
    const began = 1_790_000_000;
    const about = { group: 'sweep', job: 'train', host: 'node-3', tags: ['first'], time: began };
    const table = (from: number, epoch: number) =>
      tableRecord(tableOf([epoch, epoch], { run: 'a', firstStep: from, series: 'epoch' }), from);
    await store.append([
      helloRecord('a', 'w', about),
      table(1, 1),
      line(3, {
        kind: 'alert',
        time: began + 2.5,
        step: 2,
        title: 'Look',
        text: 'at this',
        level: 'critical',
      }),
      table(4, 2),
      line(6, { kind: 'update', summary: { 'test/acc': 0.9 }, config: { lr: 0.1 } }),
      line(7, { kind: 'note', text: 'resumed' }),
      line(8, { kind: 'end', status: 'failed', reason: 'out of memory', time: began + 100 }),
      {
        kind: 'edit',
        at: 6_000,
        run: 'a',
        edit: { name: 'the good one', tags: ['kept'], stop: 'best-epoch' },
      },
    ]);
    const of = (run: Run) => {
      const { group, job, host, summary, config, created, ended, status, reason, remarks, stopsItself } = run;
      const [{ title, step, epoch, severity, advice, time }] = [...run.findings.values()];
      const { name = run.name, tags = run.tags } = run.edit;
      return [
        ...[name, tags, group, job, host, summary, config, created, ended, status, reason, stopsItself],
        ...[remarks.map(({ text }) => text), title, step, epoch, severity, advice, time],
      ];
    };
    const before = of(store.runs.get('a')!);
    expect(before.slice(0, 5)).toEqual(['the good one', ['kept'], 'sweep', 'train', 'node-3']);
    expect(before.slice(7, 11)).toEqual([began, began + 100, 'failed', 'out of memory']);
    const file = beside('a.jsonl');
    expect(await command('export', '--out', file)).toBe(0);
    await closed();
    const copy = beside('copy');
    expect(await commandOn(copy, 'import', file)).toBe(0);
    store = await openStore(copy);
    expect(of(store.runs.get('a')!)).toEqual(before);
    expect(before).toContainEqual(1); // the alert’s epoch
  });

  it('export rows for spreadsheets and data frames', async () => {
    await fill('a');
    const csv = beside('all.csv');
    const parquet = beside('all.parquet');
    expect(await command('export', '--format', 'csv', '--out', csv, '--run', 'a')).toBe(0);
    expect(await command('export', '--format', 'parquet', '--out', parquet)).toBe(0);
    expect(readFileSync(csv, 'utf8').trim().split('\n')).toHaveLength(2_001);
    const bytes = readFileSync(parquet);
    expect([bytes.subarray(0, 4).toString(), bytes.subarray(-4).toString()]).toEqual(['PAR1', 'PAR1']);
    expect(await command('export', '--run', 'nobody')).toBe(2);
    expect(await command('export', '--format', 'xml')).toBe(2);
    expect(complaints).toEqual([
      expect.stringContaining('--run: must be a run'),
      '--format: must be jsonl, csv, parquet, got xml',
    ]);
  });

  it('back up a folder that is written to: what was acknowledged is in the copy', async () => {
    const open = await fill('a');
    const to = beside('backup');
    await open.append([helloRecord('late')]);
    await backup(data(), to);
    await open.append([helloRecord('later')]);
    await closed();
    rmSync(data(), { recursive: true });
    cpSync(to, data(), { recursive: true });
    store = await openStore(data());
    expect([...store.runs.keys()]).toEqual(['a', 'late']);
    const run = store.runs.get('a')!;
    let read = 0;
    for await (const part of store.points.scan(run, run.series.get('train/loss')!, 0))
      read += part.steps.length;
    expect(read).toBe(2_000);
    await expect(backup(data(), to)).rejects.toThrow('must go to an empty folder');
  });

  it('delete the oldest runs, but not those of others, nor what is pinned', async () => {
    const open = await fill('a', 'b', 'c', 'd');
    await open.sealAll();
    const rule = { project: 'even', before: null, bytes: 0 };
    expect(expired(open, data(), rule)).toEqual(['a', 'c']);
    (open.runs.get('c') as unknown as { edit: object }).edit = { pinned: true };
    expect(expired(open, data(), rule)).toEqual(['a']);
    (open.runs.get('c') as unknown as { edit: object }).edit = {};
    await closed();
    expect(await command('retention', '--older', '1d', '--project', 'even', '--dry-run')).toBe(0);
    expect(said).toEqual(['would delete a', 'would delete c']);
    expect(await command('retention', '--size', '60K', '--project', 'even')).toBe(0);
    expect(said.slice(2)).toEqual(['deleted a']);
    said.length = 0;
    expect(await command('du')).toBe(0);
    expect(said.join()).toMatch(/2000 points {2}[bcd] {2}\(odd\).*sealed, in all/);
    expect(said).toHaveLength(4);
    expect(await command('retention')).toBe(2);
  });
});

describe('a sealed folder', () => {
  it('is diagnosed as it was live', async () => {
    const hooksOf = { now: () => 1_790_000_000, warn: (message: string) => complaints.push(message) };
    const monitor = await openMonitor(
      async (hooks) => (store = await openStore(data(), { segmentBytes: 20_000, ...hooks })),
      hooksOf,
    );
    const accept = (...records: StoreRecord[]) =>
      new Promise<Error | null>((resolve) => monitor.accept(records, resolve));
    await accept(helloRecord());
    for (let from = 0; from < values.length; from += 50)
      await accept(
        tableRecord(
          tableOf(values.slice(from, from + 50), { firstStep: from, series: 'train/loss' }),
          from + 1,
        ),
      );
    await accept(end('r', 9));
    await monitor.close();
    store = null;
    const live = await openStore(data());
    const findings = [...live.runs.get('r')!.findings.values()];
    expect(findings.length).toBeGreaterThan(0);
    await live.sealAll();
    await live.close();
    const [recording] = await readDataFolder(data());
    expect(diagnose(recording).findings).toEqual(findings);
    expect(complaints).toEqual([]);
  });
});
