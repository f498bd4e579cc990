import { describe, expect, it } from 'vitest';
import type { PointsEntry } from '../../../server/tail/entry.ts';
import { packPoints, partsOf, seriesIn } from '../../../server/tail/pack-points.ts';
import { LIMITS } from '../../../shared/limits.ts';
import { decodeLogFrame } from '../../../shared/log-frame.ts';
import { points, range } from './points.ts';

describe('points on the wire', () => {
  const piece = (given: PointsEntry) =>
    ({
      kind: 'points',
      first: 1,
      last: given.steps.length,
      points: given,
      from: 0,
      to: given.steps.length,
    }) as const;
  const times = range(200).map((i) => 1e9 + i);

  it('go as one frame where they are many, with the number of the first', () => {
    const given = points(times);
    const [part] = partsOf(piece(given));
    expect(part).toEqual({ from: 0, to: 200, packed: true });
    const frame = decodeLogFrame(
      packPoints(given, part, 7, seriesIn(given, part), (name) => 'ba'.indexOf(name)),
      2,
    );
    if (!frame.ok) throw new Error(JSON.stringify(frame.fault));
    expect(frame.frame).toMatchObject({ seq: 7, numbered: true });
    expect(
      frame.frame.columns.map(({ id, values }) => [id, values[3], values instanceof Float32Array]),
    ).toEqual([
      [1, 3, true],
      [0, 3.5, true],
    ]);
  });

  it('go as text where they are few, and around what no frame can carry', () => {
    expect(partsOf(piece(points(times.slice(0, 20))))).toEqual([{ from: 0, to: 20, packed: false }]);
    const odd = points([...times.slice(0, 100), NaN, ...times.slice(101)]);
    expect(partsOf(piece(odd))).toEqual([
      { from: 0, to: 100, packed: true },
      { from: 100, to: 101, packed: false },
      { from: 101, to: 200, packed: true },
    ]);
  });

  it('begin a new frame where steps go back', () => {
    const given = points(times, [...range(100), ...range(100)]);
    expect(partsOf(piece(given)).map(({ from, to }) => [from, to])).toEqual([
      [0, 100],
      [100, 200],
    ]);
  });

  it('take another frame where one would have more series than a line may have values', () => {
    const count = LIMITS.lineValues + 500;
    const given: PointsEntry = {
      kind: 'points',
      names: Array.from({ length: count }, (_, i) => `s${i}`),
      series: Uint32Array.from(range(2 * count), (i) => i % count),
      steps: Float64Array.from(range(2 * count), (i) => Math.floor(i / count)),
      times: new Float64Array(2 * count).fill(1e9),
      values: new Float64Array(2 * count),
    };
    const parts = partsOf(piece(given));
    expect(parts.map(({ from, to }) => [from, to])).toEqual([
      [0, 2000],
      [2000, 4000],
      [4000, 5000],
    ]);
    for (const part of parts) expect(seriesIn(given, part).length).toBeLessThanOrEqual(LIMITS.lineValues);
  });

  it.each([
    ['a time before 1970', { time: -1 }],
    ['a time that no line may have', { time: 1e11 + 1 }],
    ['a step that no line may have', { step: 2 ** 53 }],
  ])('go as text where they have %s', (_what, { time, step }: { time?: number; step?: number }) => {
    const given = points(times);
    given.times[100] = time ?? given.times[100];
    given.steps[100] = step ?? given.steps[100];
    expect(partsOf(piece(given))).toEqual([
      { from: 0, to: 100, packed: true },
      { from: 100, to: 101, packed: false },
      { from: 101, to: 200, packed: true },
    ]);
  });

  it('keep every value as it is, in the smaller form where that holds them all', () => {
    const given = points(times);
    // Those of the first series need float64 for one value; the second has a NaN among float32.
    given.values[10] = 0.1;
    given.values[11] = NaN;
    const [part] = partsOf(piece(given));
    const decoded = decodeLogFrame(
      packPoints(given, part, 1, seriesIn(given, part), (name) => 'ab'.indexOf(name)),
      2,
    );
    if (!decoded.ok) throw new Error(JSON.stringify(decoded.fault));
    const [a, b] = decoded.frame.columns;
    expect([a.values instanceof Float64Array, b.values instanceof Float32Array]).toEqual([true, true]);
    expect([...a.values]).toEqual(range(100).map((i) => given.values[2 * i]));
    expect([...b.values]).toEqual(range(100).map((i) => given.values[2 * i + 1]));
    expect([...a.rows!]).toEqual(range(100).map((i) => 2 * i));
    expect([...decoded.frame.steps]).toEqual([...given.steps]);
    expect([...decoded.frame.times!]).toEqual([...given.times]);
  });
});
