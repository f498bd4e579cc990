import { expect, test } from 'vitest';
import { Outbox } from '../../sdk/outbox.ts';

const line = (seq: number) => ({ seq, text: `l${seq}` });
const filled = (last: number, options?: ConstructorParameters<typeof Outbox>[2]) => {
  const outbox = new Outbox('hello', 'w', options);
  for (let seq = 1; seq <= last; seq++) outbox.add(line(seq));
  return outbox;
};
const texts = (outbox: Outbox, lines: number, characters: number) =>
  outbox.take(lines, characters).map(({ text }) => text);
const all = (outbox: Outbox) => texts(outbox, 1000, 1e9).join(' ');

test('gives each line once a connection', () => {
  const outbox = filled(3);
  expect(texts(outbox, 2, 1e9)).toEqual(['l1', 'l2']);
  expect(all(outbox)).toBe('l3');
  expect(all(outbox)).toBe('');
});

test('fills a frame up to its characters, and gives a longer line alone', () => {
  const outbox = filled(4);
  expect(texts(outbox, 10, 6)).toEqual(['l1', 'l2']);
  expect(texts(outbox, 10, 1)).toEqual(['l3']);
});

test('keeps lines until they are acknowledged', () => {
  const outbox = filled(3);
  all(outbox);
  outbox.ack(2);
  expect(outbox.empty).toBe(false);
  outbox.ack(3);
  expect(outbox.empty).toBe(true);
});

test('sends again what the server does not have after a reconnect', () => {
  const outbox = filled(9);
  all(outbox);
  outbox.welcome(7, [
    [2, 2],
    [4, 5],
  ]);
  expect(all(outbox)).toBe('l2 l4 l5 l8 l9');
});

test('does not take an acknowledgement for lines not sent on this connection', () => {
  const outbox = filled(3);
  all(outbox);
  outbox.welcome(0, []);
  outbox.ack(3);
  expect(all(outbox)).toBe('l1 l2 l3');
});

test('sends lines once more that the server names in a gap', () => {
  const outbox = filled(4);
  all(outbox);
  outbox.gap(2, 3);
  expect(all(outbox)).toBe('l2 l3');
});

test('forgets a refused line and goes on after it', () => {
  const outbox = filled(4);
  outbox.take(2, 1e9);
  expect(outbox.refuse(1)).toBe(true);
  expect(outbox.refuse(1)).toBe(false);
  expect(all(outbox)).toBe('l3 l4');
  outbox.ack(4);
  expect(outbox.empty).toBe(true);
});

test('leaves to the spool file what memory has no room for, and takes it back in order', () => {
  const outbox = filled(6, { limits: { lines: 4, bytes: 1e9 } });
  expect(outbox.spilled).toBe(true);
  expect(outbox.hungry).toBe(false);
  expect(all(outbox)).toBe('l1 l2 l3 l4');
  outbox.ack(3);
  expect(outbox.add(line(7))).toBe(false); // there is room, but lines before it are in the file only
  expect(outbox.hungry).toBe(true);
  outbox.refill([line(5), line(6)], false);
  outbox.refill([line(7)], true);
  expect(all(outbox)).toBe('l5 l6 l7');
  outbox.ack(7);
  expect(outbox.add(line(8))).toBe(true);
});

test('bounds memory by bytes too', () => {
  const outbox = filled(3, { limits: { lines: 100, bytes: 4 } });
  expect(outbox.held).toHaveLength(2);
});

test('counts a block by its text and its frame', () => {
  const block = { names: ['a'], frame: new Uint8Array(10) };
  const outbox = new Outbox('hello', 'w', { limits: { lines: 100, bytes: 24 } });
  expect(outbox.add({ ...line(1), block })).toBe(true);
  expect(outbox.add({ ...line(2), block })).toBe(true);
  expect(outbox.add(line(3))).toBe(false);
  all(outbox);
  outbox.ack(2);
  expect(outbox.hungry).toBe(true);
});
