import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ByteWriter } from '../../../server/store/bytes.ts';
import { DamagedChunk, decodeChunk, encodeChunk } from '../../../server/store/chunk.ts';

const owner = { series: 3, attempt: 1 };
const points = (values: readonly number[]) => ({
  steps: Float64Array.from(values, (_, i) => 5 * i),
  times: Float64Array.from(values, (_, i) => 1_790_000_000.123 + i / 3),
  values: Float64Array.from(values),
});
function encoded(values: readonly number[]): Uint8Array {
  const out = new ByteWriter(16);
  out.byte(7); // what stands before it does not matter
  expect(encodeChunk(out, owner, points(values))).toBe(out.length - 1);
  return out.bytes.slice(1);
}

describe('a chunk', () => {
  it('is the same when it is read back', () => {
    fc.assert(
      fc.property(fc.array(fc.double(), { minLength: 1, maxLength: 400 }), (values) => {
        expect(decodeChunk(encoded(values), owner)).toEqual(points(values));
      }),
    );
  });

  it('is found damaged when any of its bytes is another', () => {
    const bytes = encoded([1, 2.5, NaN, 4]);
    for (let at = 0; at < bytes.length; at++) {
      const damaged = bytes.slice();
      damaged[at] ^= 0x10;
      expect(() => decodeChunk(damaged, owner), `byte ${at}`).toThrow(DamagedChunk);
      expect(() => decodeChunk(bytes.slice(0, at), owner)).toThrow(DamagedChunk);
    }
  });

  it('is not taken for another series’', () => {
    expect(() => decodeChunk(encoded([1]), { series: 4, attempt: 1 })).toThrow('must be of series 4, got 3');
  });
});
