import { appendFileSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openJournal } from '../../../server/store/journal.ts';
import { encodeRecord } from '../../../server/store/record-bytes.ts';
import type { StoreRecord } from '../../../server/store/record.ts';
import { temporaryFolder } from '../../support/server.ts';
import { fromJournal, helloRecord, tableOf, tableRecord } from '../../support/tables.ts';

let folder: ReturnType<typeof temporaryFolder>;
beforeEach(() => (folder = temporaryFolder()));
afterEach(() => folder.remove());

const first = () => join(folder.path, '00000001.log');
const records = (count: number): StoreRecord[] =>
  Array.from({ length: count }, (_, i) => tableRecord(tableOf([i, i + 0.5]), 2 * i + 1));

/** Opens, replays, appends and closes. */
async function session(append: readonly StoreRecord[] = [], options = {}): Promise<StoreRecord[]> {
  const replayed: StoreRecord[] = [];
  const journal = await openJournal(folder.path, (record) => replayed.push(record), options);
  if (append.length > 0) await journal.append(append);
  await journal.close();
  return replayed;
}

describe('the journal', () => {
  it('replays what was appended, in order', async () => {
    const all = [helloRecord(), ...records(5)];
    await session(all.slice(0, 2));
    await session(all.slice(2));
    expect(await session()).toStrictEqual(all.map(fromJournal));
  });

  it('goes on in a new segment when one is full', async () => {
    const all = records(6);
    for (const record of all) await session([record], { segmentBytes: 300 });
    expect(readdirSync(folder.path).length).toBeGreaterThan(1);
    expect(await session()).toStrictEqual(all.map(fromJournal));
  });

  it('survives being cut at any byte: whole records stay, the torn one is set aside', async () => {
    const all = records(3);
    await session(all);
    const whole = readFileSync(first());
    for (let cut = 0; cut < whole.length; cut += 7) {
      writeFileSync(first(), whole.subarray(0, cut));
      const warnings: string[] = [];
      const kept = await session([], { warn: (message: string) => warnings.push(message) });
      expect(kept).toStrictEqual(all.slice(0, kept.length).map(fromJournal));
      const next = records(1);
      await session(next);
      expect(await session()).toStrictEqual([...kept, ...next.map(fromJournal)]);
    }
  });

  it('sets a torn tail aside and says so', async () => {
    await session(records(2));
    const size = statSync(first()).size;
    truncateSync(first(), size - 3);
    const warnings: string[] = [];
    expect(await session([], { warn: (message: string) => warnings.push(message) })).toHaveLength(1);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain('torn record');
    expect(readdirSync(folder.path).some((name) => name.includes('.torn-'))).toBe(true);
  });

  it('takes zeros at the end, as a file system may leave them after a power cut, for a torn tail', async () => {
    const all = records(2);
    await session(all);
    appendFileSync(first(), Buffer.alloc(64));
    expect(await session()).toStrictEqual(all.map(fromJournal));
  });

  it('names the byte when an older segment is damaged', async () => {
    for (const record of records(4)) await session([record], { segmentBytes: 200 });
    const bytes = readFileSync(first());
    bytes[bytes.length - 1] ^= 1;
    writeFileSync(first(), bytes);
    await expect(session()).rejects.toThrow(/00000001\.log: damaged at byte \d+/);
  });

  it('refuses a file that is no journal', async () => {
    writeFileSync(first(), 'something else entirely, long enough');
    await expect(session()).rejects.toThrow('must begin with "TIDEMARK JOURNAL 3"');
  });

  it('goes on in a new segment after one of an older release, which could not read what is appended', async () => {
    const all = records(2);
    await session(all);
    const bytes = readFileSync(first());
    writeFileSync(first(), Buffer.concat([Buffer.from('TIDEMARK JOURNAL 2\n'), bytes.subarray(19)]));
    const next = records(1);
    await session(next);
    expect(readdirSync(folder.path)).toEqual(['00000001.log', '00000002.log']);
    expect(await session()).toStrictEqual([...all, ...next].map(fromJournal));
  });

  it('reads records that are longer than what it reads at once, and what follows them', async () => {
    const long = tableRecord(tableOf(Array.from({ length: 300_000 }, (_, i) => i / 7)));
    const all = [records(1)[0], long, helloRecord(), long, ...records(3)];
    await session(all);
    const bytes = (some: readonly StoreRecord[]) => Buffer.concat(some.map((record) => encodeRecord(record)));
    expect(bytes(await session()).equals(bytes(all))).toBe(true);
  });

  it('ignores files that are not segments', async () => {
    await session(records(1));
    appendFileSync(join(folder.path, 'notes.txt'), 'mine');
    expect(await session()).toHaveLength(1);
  });
});
