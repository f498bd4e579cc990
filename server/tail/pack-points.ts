import { LIMITS } from '../../shared/limits.ts';
import { encodeLogFrame } from '../../shared/log-frame.ts';
import type { PointsEntry } from './entry.ts';
import type { PointsPiece } from './queue.ts';

/** Points that follow each other from which on a binary frame is worth its making. */
const MANY = 32;
/** Seconds since 1970: the latest time a frame may have. */
const LATEST = 1e11;

/** Points [from, to) of a piece, which go as one binary frame or as lines of text. */
export interface Part {
  readonly from: number;
  readonly to: number;
  readonly packed: boolean;
}

/**
 * Cuts points into what a binary frame can carry and what has to go as text: points that are few, or have no time, or
 * a step or time that no line may have, which the server refuses one by one. Steps that go back begin a new frame.
 */
export function partsOf({ points, from, to }: PointsPiece): Part[] {
  const { steps, times, series } = points;
  const parts: Part[] = [];
  let begun = from;
  const close = (end: number, packed: boolean): void => {
    if (end === begun) return;
    const before = parts.at(-1);
    const fits = packed && end - begun >= MANY;
    if (!fits && before?.packed === false) parts[parts.length - 1] = { ...before, to: end };
    else parts.push({ from: begun, to: end, packed: fits });
    begun = end;
  };
  let last = -Infinity;
  let named = new Set<number>();
  for (let at = from; at < to; at++) {
    const step = steps[at];
    const time = times[at];
    if (!(time >= 0 && time <= LATEST) || step > Number.MAX_SAFE_INTEGER) {
      close(at, true);
      close(at + 1, false);
      [last, named] = [-Infinity, new Set()];
      continue;
    }
    if (step < last || (named.size === LIMITS.lineValues && !named.has(series[at]))) {
      close(at, true);
      named = new Set();
    }
    if (points.names.length > LIMITS.lineValues) named.add(series[at]);
    last = step;
  }
  close(to, true);
  return parts;
}

/** The series of some points, each once. */
export function seriesIn({ series, names }: PointsEntry, { from, to }: Part): number[] {
  const seen = new Uint8Array(names.length);
  const found: number[] = [];
  for (let at = from; at < to; at++) {
    const one = series[at];
    if (seen[one]) continue;
    seen[one] = 1;
    found.push(one);
  }
  return found;
}

/**
 * Makes one binary frame of some points, each a line of its own. Values are float32 where that loses nothing.
 * @param seq number of the first of them
 * @param own the series in it
 * @param idOf id of a series, as agreed with the server
 */
export function packPoints(
  { series, steps, times, values, names }: PointsEntry,
  { from, to }: Part,
  seq: number,
  own: readonly number[],
  idOf: (name: string) => number,
): Uint8Array {
  const counts = new Uint32Array(names.length);
  for (let at = from; at < to; at++) counts[series[at]]++;
  const rows: Uint32Array[] = [];
  const found: Float64Array[] = [];
  for (const one of own) {
    rows[one] = new Uint32Array(counts[one]);
    found[one] = new Float64Array(counts[one]);
  }
  counts.fill(0);
  for (let at = from; at < to; at++) {
    const one = series[at];
    const next = counts[one]++;
    rows[one][next] = at - from;
    found[one][next] = values[at];
  }
  return encodeLogFrame({
    seq,
    numbered: true,
    steps: steps.subarray(from, to),
    times: times.subarray(from, to),
    columns: own.map((one) => ({
      id: idOf(names[one]),
      rows: counts[one] < to - from ? rows[one] : null,
      values: isSingle(found[one]) ? new Float32Array(found[one]) : found[one],
    })),
  });
}

function isSingle(values: Float64Array): boolean {
  for (const value of values) if (Math.fround(value) !== value && !Number.isNaN(value)) return false;
  return true;
}
