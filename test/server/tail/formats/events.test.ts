import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Entry } from '../../../../server/tail/entry.ts';
import { crc32c, maskedCrc32c } from '../../../../server/tail/formats/crc32c.ts';
import { eventsReader } from '../../../../server/tail/formats/events.ts';
import { eachLog } from '../../../../server/tail/points.ts';
import { fixture, FIXTURES, logs, points, read } from './read.ts';

const eventsIn = (folder: string) =>
  readdirSync(join(FIXTURES, folder))
    .filter((name) => name.includes('tfevents'))
    .map((name) => fixture(join(folder, name)));

const OLD = 'tensorboard-torch/old/events.out.tfevents.1700000000.host.1.0';

describe('event files', () => {
  it('knows the checksums of RFC 3720', () => {
    const of = (bytes: Uint8Array) => new DataView(new Uint8Array(bytes).buffer);
    expect(crc32c(of(Buffer.from('123456789')), 0, 9)).toBe(0xe3069283);
    expect(crc32c(of(Buffer.from('..123456789.')), 2, 11)).toBe(0xe3069283);
    expect(crc32c(of(Buffer.alloc(32)), 0, 32)).toBe(0x8a9136aa);
    expect(crc32c(of(Buffer.from(Array.from({ length: 32 }, (_, i) => i))), 0, 32)).toBe(0x46dd794e);
    expect(maskedCrc32c(of(Buffer.alloc(32, 0xff)), 0, 32)).toBe(
      ((((0x62a8ab43 >>> 15) | (0x62a8ab43 << 17)) >>> 0) + 0xa282ead8) % 2 ** 32,
    );
  });

  it('reads the scalars of a SummaryWriter with their wall times, and passes over the rest', () => {
    const entries = read(eventsReader(), fixture(OLD));
    const expected = Array.from({ length: 20 }, (_, step) => [step, Math.fround(2 / (step + 1))]);
    expect(points(entries, 'train/loss')).toEqual([...expected, [20, NaN]]);
    expect(points(entries, 'val/loss').map(([step]) => step)).toEqual([4, 9, 14, 19]);
    expect(logs(entries)[3].time).toBe(1_700_000_003);
    expect(new Set(logs(entries).flatMap(({ values }) => Object.keys(values)))).toEqual(
      new Set(['train/loss', 'val/loss']),
    );
  });

  it('reads scalars of the new style, floats and doubles', () => {
    const [bytes] = eventsIn('tensorboard-torch/new');
    const entries = read(eventsReader(), bytes);
    expect(points(entries, 'train/loss').at(-1)).toEqual([4, Math.fround(0.4)]);
    expect(points(entries, 'double')).toEqual([0, 1, 2, 3, 4].map((step) => [step, 1 / 3]));
  });

  it('reads what Keras writes, by its sub-folders', () => {
    const history = JSON.parse(fixture('tensorboard-keras/history.json').toString()) as Record<
      string,
      number[]
    >;
    for (const [folder, of] of [
      ['train', ''],
      ['validation', 'val_'],
    ]) {
      const [bytes] = eventsIn(`tensorboard-keras/fit/${folder}`);
      const entries = read(eventsReader(folder), bytes);
      const found = points(entries, `${folder}/epoch_loss`);
      expect(found.map(([step]) => step)).toEqual([0, 1, 2, 3]);
      found.forEach(([epoch, value]) => expect(value).toBeCloseTo(history[`${of}loss`][epoch], 5));
    }
  });

  it('reads hyper-parameters as config', () => {
    const [bytes] = eventsIn('tensorboard-torch/new/1700000001.5');
    expect(read(eventsReader(), bytes)).toContainEqual({
      kind: 'about',
      config: { lr: 0.1, optimizer: 'sgd', amp: 1 },
    });
  });

  it('reads the same however the file is cut, as while it is being written', () => {
    const whole = read(eventsReader(), fixture(OLD));
    for (const size of [1, 7, 100, 4096]) expect(read(eventsReader(), fixture(OLD), size)).toEqual(whole);
  });

  it('waits for the rest of a torn record', () => {
    const bytes = fixture(OLD);
    const entries: Entry[] = [];
    const reader = eventsReader();
    const consumed = reader.read(bytes.subarray(0, 200), (entry) => entries.push(entry), false);
    expect(consumed).toBeLessThan(200);
    expect(entries.length).toBeGreaterThan(0);
  });

  it('says that a checksum is wrong, where, and keeps what is before', () => {
    const bytes = fixture(OLD);
    bytes[600] ^= 1;
    const entries: Entry[] = [];
    const take = eachLog((entry) => entries.push(entry));
    const reading = () => eventsReader().read(bytes, take, false);
    expect(reading).toThrow('checksum');
    expect(logs(entries).length).toBeGreaterThan(5);
  });
});
