import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { warmUp } from '../../server/warm-up.ts';

test('the detectors are warmed up in turns, with room for others in between', async () => {
  let over = false;
  const warm = warmUp().then(() => (over = true));
  await turn();
  expect(over).toBe(false);
  await warm;
});
