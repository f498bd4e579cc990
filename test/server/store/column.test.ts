import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { ByteReader, ByteWriter } from '../../../server/store/bytes.ts';
import { type ColumnKind, ColumnPacker, packColumn, unpackColumn } from '../../../server/store/column.ts';

function packed(values: Float64Array, kind: ColumnKind = 'whole'): Uint8Array {
  const out = new ByteWriter(16);
  packColumn(out, values, kind);
  return out.bytes;
}
const again = (values: Float64Array, kind?: ColumnKind) =>
  unpackColumn(new ByteReader(packed(values, kind)), values.length);
/** `toEqual` takes −0 for another number than 0, and NaN for NaN: as they must be. */
function same(values: readonly number[], kind?: ColumnKind): void {
  expect([...again(Float64Array.from(values), kind)]).toEqual([...values]);
}

describe('a packed column', () => {
  it('gives every float64 back', () => {
    const doubles = fc.array(fc.double(), { minLength: 1, maxLength: 300 });
    fc.assert(fc.property(doubles, fc.constantFrom<ColumnKind>('whole', 'time'), same));
  });

  it('gives whole numbers back, however far apart', () => {
    const wholes = fc.array(fc.maxSafeInteger(), { minLength: 1, maxLength: 100 });
    fc.assert(fc.property(wholes, (values) => same(values)));
    same([Number.MAX_SAFE_INTEGER, 0, Number.MAX_SAFE_INTEGER]);
    same([0, 2 ** 49, -(2 ** 49), 2 ** 49, 0]);
  });

  it('gives clock times back, whatever clock they are of', () => {
    for (const perSecond of [1, 10, 1e3, 1e6, 1e9]) {
      const ticks = fc.array(fc.integer({ min: 1, max: 1e6 }), { minLength: 1, maxLength: 200 });
      fc.assert(
        fc.property(ticks, (differences) => {
          let tick = 1_790_000_000 * perSecond;
          same(
            differences.map((difference) => (tick += difference) / perSecond),
            'time',
          );
        }),
      );
    }
  });

  it.each([
    ['NaN, infinities and −0', [NaN, Infinity, -Infinity, -0, 0]],
    ['−0 alone', [-0, -0]],
    ['zeros of both signs', [0, -0]],
    ['nothing but NaN', [NaN, NaN, NaN]],
    ['nothing', []],
  ])('gives %s back', (_, values) => same(values));

  it.each([
    ['steps that count', Array.from({ length: 1024 }, (_, i) => 10 * i), 'whole', 16],
    ['a constant', Array.from({ length: 1024 }, () => 0.1), 'whole', 9],
    ['float32', Array.from({ length: 1024 }, (_, i) => Math.fround(Math.sin(i))), 'whole', 4 * 1024 + 1],
    [
      'milliseconds a tenth of a second apart',
      Array.from({ length: 1024 }, (_, i) => (1_790_000_000_000 + 100 * i + (i % 7)) / 1000),
      'time',
      1024 + 16,
    ],
    [
      'a clock of nanoseconds that trembles by a millisecond',
      Array.from({ length: 1024 }, (_, i) => 1_790_000_000 + 0.1 * i + 0.001 * Math.sin(i * i)),
      'time',
      2 * 1024 + 32,
    ],
  ] as const)('takes few bytes for %s', (_, values, kind, most) =>
    expect(packed(Float64Array.from(values), kind).length).toBeLessThanOrEqual(most),
  );

  it('names what it cannot read', () => {
    expect(() => unpackColumn(new ByteReader(Uint8Array.of(5)), 1)).toThrow('kind must be');
  });
});

describe('a packer of columns', () => {
  it('writes what packing each by itself would, whichever came before', () => {
    const value = fc.constantFrom(0, -0, NaN, 1, 2, 0.5);
    const columns = fc.array(fc.array(value, { maxLength: 3 }).map((values) => Float64Array.from(values)));
    fc.assert(
      fc.property(columns, fc.constantFrom<ColumnKind>('whole', 'time'), (all, kind) => {
        const out = new ByteWriter(16);
        const packer = new ColumnPacker(kind);
        for (const values of all) packer.pack(out, values);
        expect(Buffer.concat(all.map((values) => packed(values, kind)))).toEqual(Buffer.from(out.bytes));
      }),
    );
  });

  it('packs no column twice', () => {
    const times = Float64Array.from({ length: 1024 }, (_, i) => 1_790_000_000 + i / 7);
    const out = new ByteWriter(16);
    const packer = new ColumnPacker('time');
    packer.pack(out, times);
    const once = out.length;
    const packing = vi.spyOn(Math, 'round'); // to whole ticks, value by value
    packer.pack(out, times.slice());
    expect(packing).not.toHaveBeenCalled();
    packing.mockRestore();
    expect(out.bytes.subarray(once)).toEqual(out.bytes.subarray(0, once));
  });
});
