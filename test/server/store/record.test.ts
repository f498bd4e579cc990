import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeRecord, encodeRecord, type StoreRecord } from '../../../server/store/record.ts';
import { helloRecord, tableOf, tableRecord } from '../../support/tables.ts';

const again = (record: StoreRecord) => decodeRecord(encodeRecord(record));

describe('a record, encoded and decoded', () => {
  it('is the same hello', () => {
    expect(again(helloRecord('r', 'w', { config: { näme: [1, null] } }))).toEqual(
      helloRecord('r', 'w', { config: { näme: [1, null] } }),
    );
  });

  it('is the same table, every float64 exactly', () => {
    fc.assert(
      fc.property(fc.array(fc.double(), { minLength: 1, maxLength: 50 }), (values) => {
        const record = tableRecord(tableOf(values));
        expect(again(record)).toStrictEqual(record);
      }),
    );
  });

  it('keeps which rows a sparse column has values for', () => {
    const table = tableOf([1, 2, 3, 4, 5]);
    const sparse = {
      series: 'val/loss ✓',
      rows: Uint32Array.of(1, 2, 4),
      values: Float64Array.of(NaN, Infinity, -0),
    };
    const record = tableRecord({ ...table, columns: [sparse, ...table.columns] });
    expect(again(record)).toStrictEqual(record);
  });

  it('is refused when its kind is unknown', () => {
    expect(() => decodeRecord(Uint8Array.of(9, 0))).toThrow('kind must be 1 to 3, got 9');
  });
});
