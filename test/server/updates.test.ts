import { expect, test } from 'vitest';
import type { UpdateFrame } from '../../shared/frames.ts';
import { Run } from '../../server/store/run.ts';
import type { Runs } from '../../server/store/runs.ts';
import { shareUpdates } from '../../server/updates.ts';
import { helloRecord, tableOf, tableRecord } from '../support/tables.ts';

const run = new Run(helloRecord());
run.apply(helloRecord());
const runs = new Map([['r', run]]) as unknown as Runs;
const told = (frame: unknown) => JSON.parse(String(frame)) as UpdateFrame;

test('an update is made once for all who are told of the same, until it is to be forgotten', () => {
  let time = 5;
  const updates = shareUpdates({ runs, analyses: { get: () => undefined } }, () => time++);
  const first = updates.update(new Set(['r']), new Map());
  expect(updates.update(new Set(['r']), new Map())).toBe(first);
  expect(told(first)).toMatchObject({
    kind: 'update',
    time: 5,
    runs: [{ run: 'r', points: 0 }],
    findings: [],
  });
  expect(told(updates.update(new Set(), new Map())).runs).toEqual([]);
  expect(updates.update(new Set(['r']), new Map([['f', 'r']]))).not.toBe(first);

  run.apply(tableRecord(tableOf([1, 2], { firstStep: 0 }), 1));
  updates.forget();
  expect(told(updates.update(new Set(['r']), new Map())).runs).toMatchObject([{ points: 2 }]);
});
