import { isSorted } from './columns.ts';
import { FIRST, HIGH, LAST, LOW, ODD, WIDTH } from './nodes.ts';

/** Where times begin and end; Infinity and -Infinity: there are none. */
export interface TimeSpan {
  readonly least: number;
  readonly greatest: number;
}

/**
 * What is known of a chunk's times without reading it. `rising`: they do not fall with its steps, so first and last
 * times tell of it and of each of its nodes. A span: they fall somewhere, for the clock was set back, or points came
 * late. `unknown`: the release that cut the chunk did not look, and whoever asks by time must read it.
 */
export type ChunkTimes = 'rising' | 'unknown' | TimeSpan;

/** @param times of points that are ascending by step */
export function chunkTimes(times: Float64Array): ChunkTimes {
  return isSorted(times) ? 'rising' : spanOf(times);
}

export function spanOf(times: Float64Array): TimeSpan {
  let [least, greatest] = [Infinity, -Infinity];
  for (const time of times) {
    if (time < least) least = time;
    if (time > greatest) greatest = time;
  }
  return { least, greatest };
}

/** The span of the points that nodes keep: that of all their points, or less. */
export function keptSpan(nodes: Float64Array): TimeSpan {
  const times: number[] = [];
  for (let node = 0; node < nodes.length; node += WIDTH)
    for (const kept of [FIRST, LOW, HIGH, LAST, ODD]) times.push(nodes[node + kept + 1]);
  return spanOf(Float64Array.from(times)); // one that is not there is NaN, and neither least nor greatest
}
