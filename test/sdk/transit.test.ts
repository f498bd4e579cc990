import { MessageChannel, receiveMessageOnPort } from 'node:worker_threads';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { newWords, weightOf, WORD, type Letter, type Reply, type Written } from '../../sdk/mailbox.ts';
import { Transit } from '../../sdk/transit.ts';

let channel: MessageChannel;
let words: Int32Array;
let transit: Transit;
let complaints: string[];
let heard: Reply[];
beforeEach(() => {
  channel = new MessageChannel();
  words = new Int32Array(newWords());
  [complaints, heard] = [[], []];
  transit = new Transit(
    channel.port1,
    words,
    (reply) => heard.push(reply),
    (_code, message) => complaints.push(message),
    { lines: 5, bytes: 1024 },
  );
});
afterEach(() => {
  vi.useRealTimers();
  channel.port1.close();
});

const line = (seq: number): Written => ({ kind: 'line', seq, text: 'x' });
const block = (seq: number, bytes = 512): Written => ({
  kind: 'block',
  seq,
  names: ['a'],
  frame: new Uint8Array(bytes),
});

/** The sender takes what has come; answers the numbers. */
function take(): number[] {
  const taken: number[] = [];
  for (let received; (received = receiveMessageOnPort(channel.port2)) !== undefined;) {
    const letter = received.message as Letter;
    if (letter.kind !== 'line' && letter.kind !== 'block') continue;
    taken.push(letter.seq);
    Atomics.add(words, WORD.taken, 1);
    Atomics.add(words, WORD.weight, weightOf(letter));
  }
  return taken;
}

test('drops whole what finds no room, by bytes, counts its lines and says so', () => {
  transit.send([block(1)]);
  transit.send([block(2, 256), block(3, 512)]);
  transit.send([block(4)]);
  expect(transit.dropped).toBe(2);
  expect(complaints).toEqual([
    'lines come faster than they can be sent; some are dropped, and show as a gap',
  ]);
  expect(take()).toEqual([1, 4]);
  transit.send([block(5), block(6)]);
  expect(take()).toEqual([5, 6]);
  expect(transit.dropped).toBe(2);
});

test('drops what finds no room by lines', () => {
  for (let seq = 1; seq <= 6; seq++) transit.send([line(seq)]);
  expect(transit.dropped).toBe(1);
  expect(take()).toEqual([1, 2, 3, 4, 5]);
});

test('takes a call of any size when nothing is on the way', () => {
  transit.send([block(1, 5000), block(2, 5000)]);
  transit.send([line(3)]);
  expect(take()).toEqual([1, 2]);
  expect(transit.dropped).toBe(1);
});

test('hands frames over without copying them', () => {
  const sent = block(1) as Extract<Written, { kind: 'block' }>;
  transit.send([sent]);
  expect(sent.frame.byteLength).toBe(0);
});

test('those who wait for room are answered in their order, also when the sender dies', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }); // so that patience alone ends no wait
  const order: number[] = [];
  const waiting = [1, 2, 3].map((i) => transit.room().then(() => order.push(i)));
  channel.port2.postMessage({ kind: 'room' } satisfies Reply);
  await waiting[0];
  expect(order).toEqual([1]);
  transit.close();
  await Promise.all(waiting);
  expect(order).toEqual([1, 2, 3]);
  await transit.room();
});

test('waits for room 10 s at most', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const waiting = transit.room();
  vi.advanceTimersByTime(10_000);
  await waiting;
});

test('gives the other replies on, awaited or not', async () => {
  const stop = { kind: 'stop', stop: { kind: 'stop', run: 'r', step: 1, epoch: 0, reason: 'x' } } as const;
  channel.port2.postMessage(stop);
  transit.receive();
  expect(heard).toEqual([stop]);
  channel.port2.postMessage(stop);
  while (heard.length < 2) await new Promise(setImmediate);
});
