import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeLogFrame, encodeLogFrame, type LogFrame } from '../../shared/log-frame.ts';

const hex = (text: string) => Uint8Array.from(Buffer.from(text.replace(/\s|·[^\n]*/g, ''), 'hex'));

/** Line 7: steps 1 and 2 with times, series 0 in float32 at both, series 1 in float64 at the second only. */
const LITERAL = hex(`
  01 01 0200 02000000            · points, with times; 2 columns, 2 rows
  0000000000001c40               · number 7
  00000000 02000000 01 000000    · series 0: 2 values, float32
  01000000 01000000 02 000000    · series 1: 1 value, float64
  000000000000f03f               · step 1
  0000000000000040               · step 2
  000000e03d22da41               · time 1753806720
  000000e03d22da41
  0000003f 0000c07f              · 0.5, NaN
  01000000 00000000              · row 1
  9a9999999999b93f               · 0.1
`);

const FRAME: LogFrame = {
  seq: 7,
  numbered: false,
  steps: Float64Array.of(1, 2),
  times: Float64Array.of(1_753_806_720, 1_753_806_720),
  columns: [
    { id: 0, rows: null, values: Float32Array.of(0.5, NaN) },
    { id: 1, rows: Uint32Array.of(1), values: Float64Array.of(0.1) },
  ],
};

/** The literal frame with some bytes other. */
const with_ = (at: number, ...bytes: number[]) => {
  const changed = LITERAL.slice();
  changed.set(bytes, at);
  return changed;
};
const faultOf = (bytes: Uint8Array, agreed = 2) => {
  const decoded = decodeLogFrame(bytes, agreed);
  if (decoded.ok) throw new Error('must be refused');
  const { field, rule, value } = decoded.fault;
  return [field, rule, value, decoded.seqs?.from ?? null];
};

describe('a frame of points', () => {
  it('has the bytes that docs/protocol.md says', () => {
    expect(encodeLogFrame(FRAME)).toEqual(LITERAL);
    expect(decodeLogFrame(LITERAL, 2)).toEqual({ ok: true, frame: FRAME });
  });

  it('is read wherever it begins in its buffer', () => {
    const shifted = new Uint8Array(LITERAL.length + 3);
    shifted.set(LITERAL, 3);
    expect(decodeLogFrame(shifted.subarray(3), 2)).toEqual({ ok: true, frame: FRAME });
  });

  it.each([
    ['too short', LITERAL.slice(0, 15), ['bytes', 'at least 16', '15', null]],
    ['unknown flags', with_(1, 4), ['flags', 'at most 3', '4', null]],
    [
      'a broken number',
      with_(8, 0, 0, 0, 0, 0, 0, 0xf8, 0x7f),
      ['seq', 'a whole number from 0', '"NaN"', null],
    ],
    ['no rows', with_(4, 0), ['rows', 'from 1 to 12 in 96 bytes', '0', null]],
    ['rows beyond belief', with_(4, 0, 0, 0, 0xff), ['rows', 'from 1 to 12 in 96 bytes', '4278190080', null]],
    ['no columns', with_(2, 0), ['columns', 'from 1 to 2000', '0', 7]],
    ['an unknown id', with_(28, 2), ['columns/1/series', 'an id below 2, as agreed', '2', 7]],
    ['an id twice', with_(28, 0), ['columns/1/series', 'in one column only', '0', 7]],
    ['an unknown type', with_(24, 3), ['columns/0/type', '1 (float32) or 2 (float64)', '3', 7]],
    ['an empty column', with_(20, 0), ['columns/0/count', 'from 1 to 2', '0', 7]],
    ['a byte too many', Uint8Array.of(...LITERAL, 0), ['bytes', '96 for these columns', '97', 7]],
    ['a byte too few', LITERAL.slice(0, -1), ['bytes', '96 for these columns', '95', 7]],
    ['half a step', with_(46, 0xf8), ['steps/0', 'a whole number from 0', '1.5', 7]],
    ['a negative step', with_(47, 0xbf), ['steps/0', 'a whole number from 0', '-1', 7]],
    ['an infinite time', with_(62, 0xf0, 0x7f), ['times/0', 'seconds from 0 to 100000000000', '"NaN"', 7]],
    ['a row beyond the last', with_(80, 2), ['columns/1/rows/0', 'from 0 to 1', '2', 7]],
  ])('is refused with %s', (_name, bytes, told) => {
    expect(faultOf(bytes)).toEqual(told);
  });

  it('takes every number of its rows with it when each is a line', () => {
    const decoded = decodeLogFrame(with_(1, 3), 1);
    expect(decoded.ok ? null : decoded.seqs).toEqual({ from: 7, to: 8 });
  });

  it('comes back as it was, every float exactly', () => {
    fc.assert(
      fc.property(
        fc.record({
          seq: fc.nat(),
          numbered: fc.boolean(),
          steps: fc.array(fc.maxSafeNat(), { minLength: 1, maxLength: 20 }),
          timed: fc.boolean(),
          columns: fc.array(fc.tuple(fc.boolean(), fc.array(fc.double(), { minLength: 20, maxLength: 20 })), {
            minLength: 1,
            maxLength: 5,
          }),
          sparse: fc.nat(),
        }),
        ({ seq, numbered, steps, timed, columns, sparse }) => {
          const rows = steps.length;
          const frame: LogFrame = {
            seq,
            numbered,
            steps: Float64Array.from(steps),
            times: timed ? Float64Array.from(steps, (_, i) => i / 8) : null,
            columns: columns.map(([single, values], id) => {
              const count = 1 + ((sparse + id) % rows);
              const indexes = count < rows ? Uint32Array.from({ length: count }, (_, i) => i + 1) : null;
              const Values = single ? Float32Array : Float64Array;
              return { id, rows: indexes, values: Values.from(values.slice(0, count)) };
            }),
          };
          expect(decodeLogFrame(encodeLogFrame(frame), columns.length)).toEqual({ ok: true, frame });
        },
      ),
      { seed: 1, numRuns: 300 },
    );
  });

  it('is read or refused, and never throws, whatever the bytes', () => {
    const mutated = fc
      .array(fc.tuple(fc.nat(LITERAL.length - 1), fc.nat(255)), { maxLength: 6 })
      .map((changes) =>
        changes.reduce((bytes, [at, byte]) => (bytes.set([byte], at), bytes), LITERAL.slice()),
      );
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 200 }), mutated), fc.nat(3), (bytes, agreed) => {
        const decoded = decodeLogFrame(bytes, agreed);
        if (!decoded.ok) {
          expect(decoded.fault.message).toMatch(/^\S+: must be .+, got /);
          return;
        }
        for (const { id, rows, values } of decoded.frame.columns) {
          expect(id).toBeLessThan(agreed);
          expect(rows?.length ?? decoded.frame.steps.length).toBe(values.length);
        }
      }),
      { seed: 1, numRuns: 5_000 },
    );
  });
});
