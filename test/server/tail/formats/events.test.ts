import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Entry } from '../../../../server/tail/entry.ts';
import { crc32c, maskedCrc32c } from '../../../../server/tail/formats/crc32c.ts';
import { eventsReader } from '../../../../server/tail/formats/events.ts';
import { eachLog } from '../../../../server/tail/points.ts';
import { eventFile, tensor, type Scalar } from '../../../support/event-file.ts';
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

  it('reads steps and tags of any length, and what has more in it than a tag and a value', () => {
    const scalars: Scalar[] = [0, 1, 127, 128, 300, 2 ** 14, 2 ** 21 + 5, 2 ** 31, 2 ** 40 + 1].flatMap(
      (step) =>
        [1, 90, 107, 108, 109, 110, 111, 112, 127, 128, 129, 200].map((length) => ({
          tag: 't'.repeat(length),
          step,
          value: step / 2 + length,
          time: 1.7e9 + length,
        })),
    );
    // The name of the plugin `scalars`, as metadata behind the value.
    const plugin = [0x4a, 0x0b, 0x0a, 0x09, 0x0a, 0x07, ...Buffer.from('scalars')];
    for (const behind of [[], plugin]) {
      expect(logs(read(eventsReader(), eventFile(scalars, behind)))).toEqual(
        scalars.map(({ tag, step, value, time }) => ({
          kind: 'log',
          step,
          time,
          values: { [tag]: Math.fround(value) },
        })),
      );
    }
  });

  it('reads tensors of one number however they are written, with steps and tags of any length', () => {
    const ways = [
      ['float', 0x22, { shape: [] }], // TensorFlow
      ['float', 0x22, { shape: [], more: [0x20, 0x01] }],
      ['float', 0x2a, {}], // PyTorch
      ['float', 0x2a, { shape: [] }], // the package tensorboard
      ['double', 0x22, { shape: [] }],
      ['double', 0x32, {}],
      ['float', 0x22, { shape: [0x12, 0x02, 0x08, 0x01] }],
      ['float', 0x2a, { more: [0x12, 0x01, 0x78] }], // a name to show
    ] as const;
    const scalars = ways.flatMap(([type, key, rest], way) =>
      [0, 1, 127, 128, 2 ** 31, 2 ** 40 + 1].flatMap((step) =>
        [1, 79, 80, 81, 82, 83, 84, 85, 86, 87, 88, 89, 90, 127, 128].map((length) => {
          const value = type === 'float' ? Math.fround(step / 3 + length) : step / 3 + length;
          const written = tensor(value, type, key, rest);
          return { tag: `${way}`.padEnd(length, 't'), step, value, time: 1.7e9 + length, written };
        }),
      ),
    );
    expect(logs(read(eventsReader(), eventFile(scalars)))).toEqual(
      scalars.map(({ tag, step, value, time }) => ({ kind: 'log', step, time, values: { [tag]: value } })),
    );
  });

  it('passes over tensors that are no scalars', () => {
    const written = [
      tensor(1, 'float', 0x22, { plugin: 'texters' }),
      tensor(1, 'float', 0x22, { shape: [0x12, 0x02, 0x08, 0x02] }),
      tensor(1, 'float', 0x32),
      tensor(1, 'double', 0x2a),
    ];
    const bytes = eventFile(
      written.map((each, i) => ({ tag: `t${i}`, step: 1, value: 0, time: 1, written: each })),
    );
    expect(logs(read(eventsReader(), bytes))).toEqual([]);
  });

  it('takes the last of several values that one scalar gives, as protocol buffers say', () => {
    const again = [0x15, ...Buffer.from(Float32Array.of(7).buffer)];
    const bytes = eventFile([{ tag: 'loss', step: 1, value: 3, time: 1.7e9 }], again);
    expect(points(read(eventsReader(), bytes), 'loss')).toEqual([[1, 7]]);
  });

  it('gives what it has read, however much, as columns of its own that no later read changes', () => {
    const scalars = (from: number) =>
      Array.from({ length: 300 }, (_, i) => ({
        tag: `s${i % 3}`,
        step: from + i,
        value: from + i,
        time: 1 + i,
      }));
    const reader = eventsReader();
    const taken: Entry[] = [];
    for (const from of [0, 1000]) reader.read(eventFile(scalars(from)), (entry) => taken.push(entry), false);
    expect(taken).toHaveLength(2);
    const found: Entry[] = [];
    for (const entry of taken) eachLog((one) => found.push(one))(entry);
    expect(found).toEqual(
      [...scalars(0), ...scalars(1000)].map(({ tag, step, value, time }) => ({
        kind: 'log',
        step,
        time,
        values: { [tag]: value },
      })),
    );
  });
});
