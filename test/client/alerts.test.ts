import { signal } from '@preact/signals';
import { expect, it } from 'vitest';
import { NO_MARKS } from '../../shared/alert.ts';
import { createAlerts } from '../../client/alerts.ts';
import type { Store } from '../../client/storage.ts';
import type { Finding } from '../../shared/finding.ts';
import { aFinding } from '../browser/support/scenes.ts';

function memory(): Store {
  const kept = new Map<string, string>();
  return { getItem: (key) => kept.get(key) ?? null, setItem: (key, value) => void kept.set(key, value) };
}

function open(store = memory()) {
  const announced: string[] = [];
  const clock = signal(1000);
  const alerts = createAlerts({
    store,
    clock,
    announce: ({ id }: Finding) => announced.push(id),
    act: () => null,
  });
  return { announced, clock, alerts };
}

const ids = (findings: readonly Finding[]): string[] => findings.map(({ id }) => id);

it('shows the alerts of the first snapshot and announces none of them', () => {
  const { alerts, announced } = open();
  alerts.take([aFinding('old', 'r')], 'snapshot');
  expect(ids(alerts.pending.value)).toEqual(['old']);
  expect(announced).toEqual([]);
});

it('announces a new critical finding and a past best epoch once, however often they are updated', () => {
  const { alerts, announced } = open();
  alerts.take([], 'snapshot');
  const best = aFinding('best', 'r', { detector: 'best-epoch', severity: 'warning', time: 1 });
  for (let i = 0; i < 3; i++) alerts.take([aFinding('critical', 'r'), best], 'update');
  expect(announced).toEqual(['critical', 'best']);
  expect(ids(alerts.pending.value)).toEqual(['critical', 'best']);
});

it('announces nothing of the rest of a snapshot', () => {
  const { alerts, announced } = open();
  alerts.take([aFinding('a', 'r')], 'snapshot');
  alerts.take([aFinding('b', 's')], 'rest');
  expect(ids(alerts.pending.value)).toEqual(['a', 'b']);
  alerts.take([aFinding('c', 's')], 'update');
  expect(announced).toEqual(['c']);
});

it('leaves warnings and resolved findings in peace', () => {
  const { alerts, announced } = open();
  alerts.take([], 'snapshot');
  alerts.take(
    [aFinding('a', 'r', { severity: 'warning' }), aFinding('b', 'r', { status: 'resolved' })],
    'update',
  );
  expect([announced, alerts.pending.value]).toEqual([[], []]);
});

it('announces what came up while the connection was down', () => {
  const { alerts, announced } = open();
  alerts.take([aFinding('known', 'r')], 'snapshot');
  alerts.take([aFinding('known', 'r'), aFinding('missed', 'r')], 'snapshot');
  expect(announced).toEqual(['missed']);
});

it('takes an alert back when its finding is resolved', () => {
  const { alerts } = open();
  alerts.take([aFinding('a', 'r')], 'snapshot');
  alerts.take([aFinding('a', 'r', { status: 'resolved' })], 'update');
  expect(alerts.pending.value).toEqual([]);
});

it('keeps what was dismissed and read across reloads', () => {
  const store = memory();
  const before = open(store);
  before.alerts.take([aFinding('a', 'r'), aFinding('b', 'r')], 'snapshot');
  before.alerts.acknowledge(['a']);
  before.alerts.markRead('b');
  const after = open(store);
  after.alerts.take([aFinding('a', 'r'), aFinding('b', 'r')], 'snapshot');
  expect(ids(after.alerts.pending.value)).toEqual(['b']);
  expect([...after.alerts.read.value]).toEqual(['b']);
});

it('begins anew when what was kept cannot be read', () => {
  const store = memory();
  store.setItem('tidemark.dismissed', '{not json');
  const { alerts } = open(store);
  alerts.take([aFinding('a', 'r')], 'snapshot');
  expect(ids(alerts.pending.value)).toEqual(['a']);
});

it('follows what people say of alerts: acknowledged, snoozed until a time, muted', () => {
  const { alerts, clock, announced } = open();
  alerts.take([aFinding('a', 'r'), aFinding('b', 'r'), aFinding('c', 'quiet')], 'snapshot');
  alerts.mark({
    acknowledged: { a: 900 },
    snoozed: { b: 1020 },
    muted: { detectors: [], runs: ['quiet'] },
  });
  const states = (): string[] => alerts.all.value.map(({ finding, state }) => `${finding.id} ${state}`);
  expect(states()).toEqual(['a acknowledged', 'b snoozed', 'c muted']);
  clock.value = 1035;
  expect(ids(alerts.pending.value)).toEqual(['b']);
  alerts.take([aFinding('d', 'quiet')], 'update');
  expect(announced).toEqual([]);
  alerts.mark(NO_MARKS);
  expect(ids(alerts.pending.value)).toEqual(['a', 'b', 'c', 'd']);
});

it('keeps resolved alerts as history, and forgets what no longer calls', () => {
  const { alerts } = open();
  alerts.take([aFinding('a', 'r'), aFinding('w', 'r')], 'snapshot');
  alerts.take(
    [aFinding('a', 'r', { status: 'resolved' }), aFinding('w', 'r', { severity: 'info' })],
    'update',
  );
  expect(alerts.all.value.map(({ finding, state }) => `${finding.id} ${state}`)).toEqual(['a resolved']);
});
