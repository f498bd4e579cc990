import { expect, test } from 'vitest';
import { flatten, type Values } from '../../sdk/flatten.ts';

const complaints = (values: unknown): string[] => {
  const said: string[] = [];
  flatten(values as Values, (_code, message) => said.push(message));
  return said;
};
const flat = (values: unknown) => flatten(values as Values, () => undefined);

test('names nested values by their path', () => {
  expect(flat({ lr: 0.1, val: { loss: 0.3, top: { 1: 0.9 } } })).toEqual({
    lr: 0.1,
    'val/loss': 0.3,
    'val/top/1': 0.9,
  });
});

test('spells NaN and the infinities', () => {
  expect(flat({ a: NaN, b: Infinity, c: -Infinity })).toEqual({ a: 'NaN', b: 'Infinity', c: '-Infinity' });
});

test('takes whole numbers of any size and truth values', () => {
  expect(flat({ tokens: 12n, best: true })).toEqual({ tokens: 12, best: 1 });
});

test('leaves out undefined without a word', () => {
  expect(complaints({ a: undefined })).toEqual([]);
  expect(flat({ a: undefined, b: 1 })).toEqual({ b: 1 });
});

test('leaves out what is no number, and says which', () => {
  expect(complaints({ loss: '0.3', grads: [1, 2], best: null })).toEqual([
    'loss: must be a number, got string; it is left out',
    'grads: must be a number, got Array; it is left out',
    'best: must be a number, got null; it is left out',
  ]);
});

test('leaves out names the server would refuse', () => {
  expect(flat({ 'a\nb': 1, '': 2, [`x${'y'.repeat(256)}`]: 3, ok: 4 })).toEqual({ ok: 4 });
  expect(complaints({ 'a\nb': 1 })).toEqual(['series: must be 1 to 256 printable characters, got "a\\nb"']);
});

test('ends on an object that contains itself', () => {
  const loop: Record<string, unknown> = { loss: 1 };
  loop.self = loop;
  expect(complaints(loop)).toHaveLength(1);
});

test('keeps a series called __proto__', () => {
  expect(JSON.stringify(flat(JSON.parse('{"__proto__":1}')))).toBe('{"__proto__":1}');
});
