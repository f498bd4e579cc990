import { expect, it } from 'vitest';
import { createState } from '../../client/state.ts';
import { NO_MARKS } from '../../shared/alert.ts';
import type { SnapshotFrame, UpdateFrame } from '../../shared/frames.ts';
import { aFinding, aRun } from '../browser/support/scenes.ts';

function snapshot(more: Partial<SnapshotFrame> = {}): SnapshotFrame {
  return {
    kind: 'snapshot',
    protocol: 1,
    server: '0',
    time: 1000,
    access: 'read',
    runs: [],
    findings: [],
    alerts: NO_MARKS,
    ...more,
  };
}

function update(more: Partial<UpdateFrame>): UpdateFrame {
  return { kind: 'update', time: 1000, runs: [], findings: [], ...more };
}

it('orders active runs first, then the newest, and keeps the order while runs log', () => {
  const state = createState();
  const runs = [
    aRun('old', { created: 1 }),
    aRun('new', { created: 2 }),
    aRun('done', { created: 3, status: 'finished' }),
  ];
  state.apply(snapshot({ runs }), 0);
  const before = state.order.value;
  expect(before).toEqual(['new', 'old', 'done']);
  state.apply(update({ runs: [aRun('old', { created: 1, step: 9 })] }), 0);
  expect(state.order.value).toBe(before);
  state.apply(update({ runs: [aRun('new', { created: 2, status: 'failed' })] }), 0);
  expect(state.order.value).toEqual(['old', 'done', 'new']);
});

it('tells the time by the server, whatever the page’s clock says', () => {
  const state = createState();
  state.apply(snapshot({ time: 1000 }), 5_000_000);
  state.tick(5_003_000);
  expect(state.clock.value).toBe(1003);
});

it('puts open findings first, the most severe first, and a changed one in place of itself', () => {
  const state = createState();
  state.apply(
    snapshot({
      findings: [
        aFinding('info', 'r', { severity: 'info' }),
        aFinding('over', 'r', { status: 'resolved' }),
        aFinding('bad', 'r'),
      ],
    }),
    0,
  );
  expect(state.findings('r').value.map(({ id }) => id)).toEqual(['bad', 'info', 'over']);
  state.apply(update({ findings: [aFinding('bad', 'r', { status: 'resolved', step: 9999 })] }), 0);
  expect(state.findings('r').value.map(({ id }) => id)).toEqual(['info', 'bad', 'over']);
});

it('forgets runs and findings that a later snapshot no longer has', () => {
  const state = createState();
  state.apply(snapshot({ runs: [aRun('a'), aRun('b')], findings: [aFinding('f', 'a')] }), 0);
  state.apply(snapshot({ runs: [aRun('b')] }), 0);
  expect(state.order.value).toEqual(['b']);
  expect(state.findings('a').value).toEqual([]);
});
