import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decodePoints,
  encodePoints,
  type PointsFrame,
  type PointsPart,
  withView,
} from '../../shared/points.ts';

const hex = (text: string) => Uint8Array.from(Buffer.from(text.replace(/\s|·[^\n]*/g, ''), 'hex')).buffer;

/** Series 0 and 2 of run "r1" at step 1, and two points that stand for nine of series 1 in the view's first window. */
const LITERAL = hex(`
  01 00 0200 07000000                           · points; 2 bytes of id; view 7
  7231 000000000000                             · r1
  02000000 01000000 01000000 00000000 00000000 00000000   · 2 parts of 1 point, which stands for 1; attempt 0
  00000000 02000000                             · series 0 and 2
  000000000000f03f                              · step 1
  000000e03d22da41                              · time 1753806720
  000000000000e03f                              · 0.5
  000000000000f87f                              · NaN
  01000000 02000000 09000000 03000000 01000000 01000000   · 1 part of 2 of 9 points; attempt 3; window 0; replaces
  01000000 00000000                             · series 1
  000000000000f03f 0000000000000040             · steps 1, 2
  000000e03d22da41 000000e03d22da41
  000000000000f0ff 000000000000f07f             · -Infinity, Infinity
`);

const T = 1_753_806_720;
const part = (of: Partial<PointsPart>): PointsPart => ({
  ...{ series: 0, attempt: 0, total: 1, replace: false, window: null },
  ...{ steps: Float64Array.of(1), times: Float64Array.of(T), values: Float64Array.of(0.5) },
  ...of,
});
const FRAME: PointsFrame = {
  view: 7,
  run: 'r1',
  parts: [
    part({}),
    part({ series: 2, values: Float64Array.of(NaN) }),
    part({
      ...{ series: 1, attempt: 3, total: 9, replace: true, window: 0 },
      ...{ steps: Float64Array.of(1, 2), times: Float64Array.of(T, T) },
      values: Float64Array.of(-Infinity, Infinity),
    }),
  ],
};

/** The literal frame with some bytes other. */
const other = (at: number, ...bytes: number[]): ArrayBuffer => {
  const changed = new Uint8Array(LITERAL.slice(0));
  changed.set(bytes, at);
  return changed.buffer;
};

describe('a frame of points', () => {
  it('is what it is byte for byte, and back', () => {
    expect(Buffer.from(encodePoints(FRAME))).toEqual(Buffer.from(LITERAL));
    expect(decodePoints(LITERAL)).toEqual(FRAME);
  });

  const number = fc.double({ noNaN: false });
  const whole = fc.integer({ min: 0, max: 2 ** 32 - 2 });
  // Few of each, so that neighbours are often alike and often all but alike.
  const columns = fc.constantFrom(
    ...[[], [1], [2], [1, 2], [1, 3], [-0, 0], [0, 0], [NaN, 1]].map((some) => Float64Array.from(some)),
  );
  const anyPart = fc
    .record({
      steps: columns,
      shift: fc.constantFrom(0, 0.5),
      values: fc.array(number, { minLength: 2, maxLength: 2 }),
      series: whole,
      attempt: fc.constantFrom(0, 1),
      more: fc.constantFrom(0, 0, 5),
      replace: fc.boolean(),
      window: fc.constantFrom(null, null, 0, 399),
    }) // prettier-ignore
    .map(({ steps, shift, values, more, ...of }): PointsPart => {
      const times = steps.map((step) => step + shift);
      return { ...of, total: steps.length + more, steps, times, values: Float64Array.from(values.slice(0, steps.length)) }; // prettier-ignore
    });

  it('is decoded as what was encoded, whatever its parts have in common', () => {
    const frames = fc.record({
      view: whole,
      run: fc.string({ maxLength: 128, unit: 'grapheme' }),
      parts: fc.array(anyPart, { maxLength: 12 }),
    });
    fc.assert(
      fc.property(frames, (frame) => {
        const bytes = encodePoints(frame);
        expect(bytes.length % 8).toBe(0);
        expect(decodePoints(bytes.buffer)).toEqual(frame);
      }),
      { numRuns: 500 },
    );
  });

  it('names steps and times once for what was logged together', () => {
    const parts = Array.from({ length: 200 }, (_, series) => part({ series, steps: Float64Array.of(1) }));
    const bytes = encodePoints({ view: 1, run: 'looked-at', parts });
    expect(bytes.length).toBe(24 + 24 + 200 * 4 + 16 + 200 * 8);
    expect(new Set(decodePoints(bytes.buffer).parts.map(({ steps }) => steps)).size).toBe(1);
  });

  it('is the same for another view but for its number', () => {
    expect(decodePoints(withView(new Uint8Array(LITERAL), 4_000_000_000).buffer)).toEqual({
      ...FRAME,
      view: 4_000_000_000,
    });
    expect(decodePoints(LITERAL).view).toBe(7);
  });
});

describe('a malformed frame is refused with its field', () => {
  it.each([
    ['nothing at all', new ArrayBuffer(0), 'bytes must be at least 8 and a multiple of 8, got 0'],
    ['a byte too many', hex('00'.repeat(17)), 'bytes must be at least 8 and a multiple of 8, got 17'],
    ['of another kind', other(0, 9), 'kind must be 1, got 9'],
    ['a run longer than the frame', other(2, 0xff, 0xff), 'bytes of the run must be at most 152, got 65535'],
    ['no part in a block', other(16, 0), 'parts of a block must be at least 1, got 0'],
    ['more parts than it holds', other(16, 0, 0, 0, 0xff), /bytes of a block must be at most 144, got \d+/],
    ['more points than it holds', other(20, 0, 0, 0, 0xff), /bytes of a block must be at most 144, got \d+/],
    ['fewer points than it has', other(88, 1), 'total must be at least 2, got 1'],
    ['unknown flags', other(100, 2), 'flags must be at most 1, got 2'],
    ['cut off in a head', LITERAL.slice(0, 24), 'bytes left for a block must be at least 24, got 8'],
    ['cut off in its points', LITERAL.slice(0, 152), 'bytes of a block must be at most 72, got 80'],
  ])('%s', (_, bytes, message) => {
    expect(() => decodePoints(bytes)).toThrow(message);
  });

  it('and never is read beyond its end, whatever its bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), fc.boolean(), (bytes, begun) => {
        if (begun) bytes.set(new Uint8Array(LITERAL, 0, Math.min(16, bytes.length)));
        try {
          decodePoints(new Uint8Array(bytes).buffer);
        } catch (error) {
          expect((error as Error).message).toMatch(/^points frame: .* must be /);
        }
      }),
      { numRuns: 500 },
    );
  });
});
