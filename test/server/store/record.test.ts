import { serialize } from 'node:v8';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeRecord, encodeRecord } from '../../../server/store/record-bytes.ts';
import type { StoreRecord } from '../../../server/store/record.ts';
import { fromJournal, helloRecord, tableOf, tableRecord } from '../../support/tables.ts';

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
        expect(again(record)).toStrictEqual(fromJournal(record));
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
    expect(again(record)).toStrictEqual(fromJournal(record));
  });

  it('tells what its table comes to without decoding it', () => {
    const table = tableOf([1, 2, 3]);
    const epoch = { series: 'epoch', rows: Uint32Array.of(1), values: Float64Array.of(7) };
    const memory = { series: 'system/memory', rows: null, values: Float64Array.of(4, 5, 6) };
    for (const columns of [[memory], [epoch, memory], [memory, ...table.columns, epoch]]) {
      const record = tableRecord({ ...table, columns });
      expect(again(record)).toStrictEqual(fromJournal(record));
    }
  });

  it('is the same checkpoint, also of an older release', () => {
    const record = { kind: 'checkpoint', run: 'r', inputs: 3, analysis: { state: [NaN, new Map([[1, 2]])] } };
    const checkpoint = record as unknown as StoreRecord;
    expect(again(checkpoint)).toStrictEqual(checkpoint);
    const old = serialize(checkpoint);
    expect(decodeRecord(Uint8Array.of(3, ...old))).toStrictEqual(checkpoint);
  });

  it('is refused when its kind is unknown', () => {
    expect(() => decodeRecord(Uint8Array.of(9, 0))).toThrow('kind must be 1 to 4, got 9');
  });
});
