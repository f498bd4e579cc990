import { describe, expect, it } from 'vitest';
import { DamagedRecord, readTfRecords } from '../../../../server/tail/formats/tf-records.ts';
import { record } from '../../../support/event-file.ts';

const PAYLOADS = ['one', '', 'x'.repeat(4095), 'y'.repeat(4096), 'z'.repeat(70_000), 'last'];

function read(bytes: Uint8Array): { payloads: string[]; consumed: number | DamagedRecord } {
  const own = Buffer.from(bytes);
  const payloads: string[] = [];
  const view = new DataView(own.buffer, own.byteOffset, own.byteLength);
  try {
    const consumed = readTfRecords(view, (from, to) => payloads.push(own.toString('latin1', from, to)));
    return { payloads, consumed };
  } catch (error) {
    if (!(error instanceof DamagedRecord)) throw error;
    return { payloads, consumed: error };
  }
}

describe('TFRecords', () => {
  const records = PAYLOADS.map((payload) => record(Buffer.from(payload)));
  const bytes = Buffer.concat(records);

  it('are read whatever their length, and left where they are not whole', () => {
    expect(read(bytes)).toEqual({ payloads: PAYLOADS, consumed: bytes.length });
    for (const missing of [1, 4, 5, 8, 9, 19]) {
      expect(read(bytes.subarray(0, -missing))).toEqual({
        payloads: PAYLOADS.slice(0, -1),
        consumed: bytes.length - records.at(-1)!.length,
      });
    }
  });

  it.each([
    ['length', 0],
    ['length', 7],
    ['checksum of the length', 8],
    ['payload', 12],
    ['checksum of the payload', 15],
  ])('are damaged at the record of which a bit of the %s is wrong (byte %i)', (_what, byte) => {
    const before = Buffer.concat(records.slice(0, 5));
    const damaged = Buffer.concat([before, record(Buffer.from('bad')), ...records]);
    damaged[before.length + byte] ^= 4;
    const { payloads, consumed } = read(damaged);
    expect(payloads).toEqual(PAYLOADS.slice(0, 5));
    expect(consumed).toMatchObject({
      at: before.length,
      message: expect.stringContaining('checksum') as string,
    });
  });
});
