import { afterEach, describe, expect, it, vi } from 'vitest';
import { hurriedFlag, hurry, Rests } from '../../../server/store/rests.ts';

afterEach(() => vi.restoreAllMocks());

/** Rests of a thread, by a clock of the test's own. */
function resting() {
  let now = 1_000;
  vi.spyOn(performance, 'now').mockImplementation(() => now);
  const waited: number[] = [];
  vi.spyOn(Atomics, 'wait').mockImplementation(((flag: Int32Array, _: number, value: number, ms: number) => {
    if (Atomics.load(flag, 0) !== value) return 'not-equal';
    waited.push(ms);
    now += ms;
    return 'timed-out';
  }) as typeof Atomics.wait);
  const hurried = hurriedFlag();
  const rests = new Rests(hurried);
  const pass = (ms: number) => void (now += ms);
  const work = (ms: number) => {
    pass(ms);
    rests.take();
  };
  return { hurried, rests, pass, work, waited };
}

describe('rests', () => {
  it('are twice as long as the work before them, and none is taken after little of it', () => {
    const { work, waited } = resting();
    work(3);
    work(3);
    work(10);
    expect(waited).toEqual([12, 20]);
  });

  it('are not taken in a hurry', () => {
    const { hurried, work, waited } = resting();
    hurry(hurried);
    work(50);
    expect(waited).toEqual([]);
    hurry(hurried, false);
    work(50);
    expect(waited).toEqual([100]);
  });

  it('do not make up for what was before the work', () => {
    const { rests, pass, work, waited } = resting();
    pass(90_000);
    rests.begin();
    work(0);
    expect(waited).toEqual([]);
  });
});
