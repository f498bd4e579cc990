import { MessageChannel } from 'node:worker_threads';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { newWords, WORD } from '../../sdk/mailbox.ts';
import { Sender } from '../../sdk/sender.ts';
import { settle } from '../../sdk/settings.ts';
import { temporaryFolder } from '../support/server.ts';

beforeEach(() => void vi.useFakeTimers({ now: 1_000_000 }));
afterEach(() => void vi.useRealTimers());

test('lines that come now and then go out at once, and those that keep coming gather for 20 ms', () => {
  const folder = temporaryFolder();
  const environment = { variables: {}, home: folder.path, host: 'h', pid: 1, now: 1, random: Math.random };
  const settings = settle({ id: 'r', dir: folder.path, mode: 'offline' }, environment, String);
  const words = newWords();
  const { port1, port2 } = new MessageChannel();
  const sender = new Sender({ settings, living: [], words }, port2, String);
  const taken = () => Atomics.load(new Int32Array(words), WORD.taken);
  let seq = 0;
  const line = () => sender.take({ kind: 'line', seq: ++seq, text: `{"seq":${seq}}` });
  /** When each line went out, of one every `gap` ms. */
  const lines = (count: number, gap: number) =>
    Array.from({ length: count }, () => {
      line();
      vi.advanceTimersByTime(0);
      const out = taken() === seq;
      vi.advanceTimersByTime(gap);
      return out;
    });

  // What comes in one turn goes together.
  line();
  line();
  expect(taken()).toBe(0);
  vi.advanceTimersByTime(0);
  expect(taken()).toBe(2);
  vi.advanceTimersByTime(1_000);
  // Uneven, but seldom.
  expect([...lines(3, 1), ...lines(1, 58)]).toEqual([true, true, true, false]);
  expect(taken()).toBe(seq);
  // One each 10 ms: every second one waits for the next.
  const many = lines(100, 10);
  expect(many.slice(0, 3)).toEqual([true, true, true]);
  expect(many.slice(20).filter((out) => out).length).toBeLessThanOrEqual(45);
  vi.advanceTimersByTime(20);
  expect(taken()).toBe(seq);
  port1.close();
  folder.remove();
});
