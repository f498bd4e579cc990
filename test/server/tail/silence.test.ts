import { expect, it } from 'vitest';
import { Silence } from '../../../server/tail/silence.ts';

const MINUTE = 60_000;

it('lets a run be silent for so long, or four times its longest pause, of which no more than six hours count', () => {
  const silence = new Silence(15 * MINUTE);
  let now = 1.7e12;
  const after = (pause: number) => {
    silence.heard((now += pause));
    return silence.limit / MINUTE;
  };
  expect(after(0)).toBe(15);
  expect(after(3 * MINUTE)).toBe(15);
  expect(after(10 * MINUTE)).toBe(40);
  expect(after(MINUTE)).toBe(40);
  expect(after(24 * 60 * MINUTE)).toBe(24 * 60);
});
