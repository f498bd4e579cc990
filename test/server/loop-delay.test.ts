import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { LoopDelay } from '../../server/loop-delay.ts';

describe('the event loop’s delay', () => {
  let delay: LoopDelay;
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    delay = new LoopDelay();
  });
  afterEach(() => {
    delay.close();
    vi.useRealTimers();
  });

  it('is looked at closely only while it is read every few seconds', () => {
    expect(delay.resolution).toBe(10);
    delay.read([1]);
    expect(delay.resolution).toBe(1);
    vi.advanceTimersByTime(4_000);
    delay.read([1]);
    vi.advanceTimersByTime(4_000);
    expect(delay.resolution).toBe(1);
    vi.advanceTimersByTime(1_000);
    expect(delay.resolution).toBe(10);
  });

  it.each([false, true])('tells of a loop that was held up, read before: %s', async (before) => {
    if (before) delay.read([1]);
    const turn = () => new Promise((resolve) => setImmediate(resolve));
    // It begins to count with its first look.
    const looks = performance.now() + 100;
    while (performance.now() < looks) await turn();
    const held = performance.now() + 200;
    while (performance.now() < held);
    const seen = performance.now() + 100;
    while (performance.now() < seen) await turn();
    expect(delay.read([1])[0]).toBeGreaterThan(100);
  });
});
