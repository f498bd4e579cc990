import { describe, expect, it } from 'vitest';
import { PACE } from '../../server/viewer.ts';
import { Pace } from '../../shared/pace.ts';
import { randomFrom } from '../support/random.ts';

/** Sends a frame for each change as soon as it may, one for those that wait; the times of the frames, in ms. */
function frames(changes: readonly number[]): number[] {
  const pace = new Pace(PACE);
  const sent: number[] = [];
  for (const change of changes) {
    if (sent.length > 0 && sent[sent.length - 1] >= change) continue; // it goes with the one that is due
    const at = Math.max(change, pace.due);
    pace.sent(at);
    sent.push(at);
  }
  return sent;
}

const even = (gap: number, count: number) => Array.from({ length: count }, (_, i) => 1_000 + i * gap);

/** The most frames within any second. */
function most(sent: readonly number[]): number {
  let [first, found] = [0, 0];
  sent.forEach((at, i) => {
    while (sent[first] <= at - 1_000) first++;
    found = Math.max(found, i - first + 1);
  });
  return found;
}

describe('the pace of a viewer', () => {
  it('sends what comes after a quiet while at once', () => {
    expect(frames([5, 500, 505, 510, 515, 520])).toEqual([5, 500, 505, 510, 515, 520]);
  });

  it('sends a stream below 25 changes a second as it comes', () => {
    const changes = even(44, 200);
    expect(frames(changes)).toEqual(changes);
  });

  it('sends an uneven stream of 20 changes a second as it comes', () => {
    const random = randomFrom(3);
    const changes = even(50, 2_000).map((at) => at + 50 * (random() - 0.5));
    expect(frames(changes)).toEqual(changes);
  });

  it('sends a constant stream evenly', () => {
    const sent = frames(even(5, 2_000)).slice(10);
    const gaps = sent.slice(1).map((at, i) => at - sent[i]);
    expect(Math.max(...gaps)).toBeLessThanOrEqual(40);
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(40);
  });

  it('never sends more than 30 frames in any second', () => {
    const random = randomFrom(7);
    for (let round = 0; round < 50; round++) {
      const changes: number[] = [];
      for (let at = 0, gap = 1; changes.length < 2_000; at += gap * random()) {
        if (random() < 0.02) gap = 10 ** (3 * random());
        changes.push(at);
      }
      expect(most(frames(changes))).toBeLessThanOrEqual(30);
    }
  });

  it('serves viewers of one stream at the same moments, however they began', () => {
    const changes = even(3, 2_000);
    const moments = new Set(
      Array.from({ length: 40 }, (_, begin) => frames(changes.filter((at) => at >= 1_000 + begin)))
        .flat()
        .filter((at) => at > 2_000)
        .map((at) => at % 40),
    );
    expect(moments.size).toBeLessThanOrEqual(4);
  });
});
