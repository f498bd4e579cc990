import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parquetMetadata } from 'hyparquet';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { backup } from '../../../server/folder/backup.ts';
import { openReadOnly } from '../../../server/store/read-only.ts';
import { Catalogue } from '../../../server/store/catalogue.ts';
import { openStore } from '../../../server/store/store.ts';
import { fillDisk, type FullDisk } from '../../support/full-disk.ts';
import { useFolderCommands } from '../../support/folder-commands.ts';
import { helloRecord, tableOf, tableRecord } from '../../support/tables.ts';

const { said, complaints, beside, data, command } = useFolderCommands();
let disk: FullDisk | null = null;
afterEach(() => {
  disk?.free();
  disk = null;
});

/** A folder with one run of so many points, the last of them NaN, which no detector has seen. */
async function fill(count = 100): Promise<void> {
  const store = await openStore(data());
  const values = Array.from({ length: count }, (_, i) => (i === count - 1 ? NaN : 1 / (1 + i)));
  await store.append([helloRecord('a'), tableRecord(tableOf(values, { run: 'a', series: 'train/loss' }), 1)]);
  await store.close();
}

describe('import', () => {
  const take = async (lines: readonly string[]) => {
    const file = beside('lines.jsonl');
    writeFileSync(file, lines.join('\n'));
    return command('import', file);
  };

  it('knows `run` lines however they are spaced, in files of any length', async () => {
    const run = (id: string) => `{"kind": "run", "protocol": 1, "run": "${id}", "writer": "w"}`;
    const log = (step: number) =>
      `{"kind": "log", "seq": ${step}, "step": ${step}, "values": {"loss": 1}, "pad": "${'x'.repeat(1_000)}"}`;
    const update = '{"kind":"update","seq":1,"config":{"kind":"run"}}';
    const logs = Array.from({ length: 5_000 }, (_, i) => log(i + 1));
    expect(await take([run('a'), ...logs, run('b'), update, ...logs.slice(1)])).toBe(0);
    expect([said, complaints]).toEqual([['10000 lines taken, 0 refused'], []]);
  }, 40_000);

  it('ends lines where lines end, and not at the line breaks of a text', async () => {
    const text = 'one\u2028two\u2029three';
    expect(
      await take([
        '{"kind":"run","protocol":1,"run":"a","writer":"w"}\r',
        `{"kind":"note","seq":1,"text":"${text}"}`,
      ]),
    ).toBe(0);
    expect(said).toEqual(['1 lines taken, 0 refused']);
    const stored = await openReadOnly(data());
    expect(stored.runs.get('a')!.remarks).toMatchObject([{ text }]);
    await stored.close();
  });

  it('counts as taken what was taken', async () => {
    const lines = ['{"kind":"run","protocol":1,"run":"a","writer":"w"}', '{"kind":"log","seq":1}', '{', '{"kind":"note","seq":2,"text":"n"}']; // prettier-ignore
    expect(await take(lines)).toBe(0);
    expect(said).toEqual(['1 lines taken, 2 refused']);
  });

  it('fails where the folder cannot be written to', async () => {
    const file = beside('lines.jsonl');
    await fill();
    writeFileSync(file, '{"kind":"run","protocol":1,"run":"b","writer":"w"}');
    disk = await fillDisk();
    expect(await command('import', file)).toBe(1);
    expect([said, complaints.at(-1)]).toEqual([[], expect.stringContaining('ENOSPC')]);
  });

  it('names a file that is not there', async () => {
    expect(await command('import', beside('nothing.jsonl'))).toBe(1);
    expect(complaints).toEqual([expect.stringContaining('nothing.jsonl')]);
  });
});

describe('export', () => {
  it('says so where its file cannot be written', async () => {
    await fill();
    for (const format of ['jsonl', 'csv', 'parquet'])
      expect(await command('export', '--format', format, '--out', beside('no/such/file'))).toBe(1);
    expect(complaints).toEqual(Array(3).fill(expect.stringContaining('ENOENT')));
  });

  it('writes a row group of parquet for a series, however many chunks it has', async () => {
    await fill(20_000);
    expect(await command('compact')).toBe(0);
    const file = beside('all.parquet');
    expect(await command('export', '--format', 'parquet', '--out', file)).toBe(0);
    const { row_groups: groups } = parquetMetadata(new Uint8Array(readFileSync(file)).buffer);
    expect(groups.map(({ num_rows: rows }) => Number(rows))).toEqual([20_000]);
  });
});

describe('a command that deletes or changes', () => {
  it.each([
    [['retention', 'a', '--older', '0s'], 'retention: must be given options only, got a'],
    [['retention', '--run', 'a', '--older', '0s'], '--run: must not be given to retention'],
    [['compact', '--dry-run'], '--dry-run: must not be given to compact'],
    [['du', 'a'], 'du: must be given options only, got a'],
  ])('is refused with what it does not know: %j', async (args, message) => {
    await fill();
    expect(await command(...args)).toBe(2);
    expect(complaints).toEqual([expect.stringContaining(message)]);
    expect(said).toEqual([]);
  });

  it('keeps what the detectors have still to say', async () => {
    await fill();
    expect(await command('compact')).toBe(0);
    const stored = await openReadOnly(data());
    const findings = [...stored.runs.get('a')!.findings.values()];
    await stored.close();
    expect(findings.map(({ detector }) => detector)).toContain('non-finite');
  });
});

describe('a backup', () => {
  it('holds what people keep beside the runs', async () => {
    await fill();
    for (const name of ['tokens', 'settings', 'alerts', 'webhooks', 'watch'])
      writeFileSync(join(data(), `${name}.json`), `{"${name}":1}`);
    const to = beside('backup');
    await backup(data(), to);
    for (const name of ['tokens', 'settings', 'alerts', 'webhooks', 'watch'])
      expect(readFileSync(join(to, `${name}.json`), 'utf8')).toBe(`{"${name}":1}`);
    expect(existsSync(join(to, 'lock'))).toBe(false);
  });

  it('is tried again where the server has sealed meanwhile', async () => {
    await fill(20_000);
    expect(await command('compact')).toBe(0);
    // Of the first try a points file is gone, as one is whose run is being sealed anew; of the second it is there.
    const points = join(data(), 'runs', 'a');
    const aside = beside('aside');
    renameSync(points, aside);
    let tries = 0;
    const real = Reflect.get(Catalogue.prototype, 'list');
    const list = vi.spyOn(Catalogue.prototype, 'list').mockImplementation(function (this: Catalogue) {
      if (++tries === 2) renameSync(aside, points);
      return real.call(this);
    });
    await backup(data(), beside('backup')).finally(() => list.mockRestore());
    expect(tries).toBe(2);
  });
});
