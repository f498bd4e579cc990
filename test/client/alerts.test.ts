import { expect, it } from 'vitest';
import { createAlerts } from '../../client/alerts.ts';
import type { Store } from '../../client/storage.ts';
import type { Finding } from '../../shared/finding.ts';
import { aFinding } from '../browser/support/scenes.ts';

function memory(): Store {
  const kept = new Map<string, string>();
  return { getItem: (key) => kept.get(key) ?? null, setItem: (key, value) => void kept.set(key, value) };
}

function open(store = memory()): { alerts: ReturnType<typeof createAlerts>; announced: string[] } {
  const announced: string[] = [];
  return { announced, alerts: createAlerts(store, ({ id }: Finding) => announced.push(id)) };
}

const ids = (findings: readonly Finding[]): string[] => findings.map(({ id }) => id);

it('shows the alerts of the first snapshot and announces none of them', () => {
  const { alerts, announced } = open();
  alerts.take([aFinding('old', 'r')], true);
  expect(ids(alerts.pending.value)).toEqual(['old']);
  expect(announced).toEqual([]);
});

it('announces a new critical finding and a past best epoch once, however often they are updated', () => {
  const { alerts, announced } = open();
  alerts.take([], true);
  const best = aFinding('best', 'r', { detector: 'best-epoch', severity: 'warning', time: 1 });
  for (let i = 0; i < 3; i++) alerts.take([aFinding('critical', 'r'), best], false);
  expect(announced).toEqual(['critical', 'best']);
  expect(ids(alerts.pending.value)).toEqual(['critical', 'best']);
});

it('leaves warnings and resolved findings in peace', () => {
  const { alerts, announced } = open();
  alerts.take([], true);
  alerts.take(
    [aFinding('a', 'r', { severity: 'warning' }), aFinding('b', 'r', { status: 'resolved' })],
    false,
  );
  expect([announced, alerts.pending.value]).toEqual([[], []]);
});

it('announces what came up while the connection was down', () => {
  const { alerts, announced } = open();
  alerts.take([aFinding('known', 'r')], true);
  alerts.take([aFinding('known', 'r'), aFinding('missed', 'r')], true);
  expect(announced).toEqual(['missed']);
});

it('takes an alert back when its finding is resolved', () => {
  const { alerts } = open();
  alerts.take([aFinding('a', 'r')], true);
  alerts.take([aFinding('a', 'r', { status: 'resolved' })], false);
  expect(alerts.pending.value).toEqual([]);
});

it('keeps what was dismissed and read across reloads', () => {
  const store = memory();
  const before = open(store);
  before.alerts.take([aFinding('a', 'r'), aFinding('b', 'r')], true);
  before.alerts.dismiss('a');
  before.alerts.markRead('b');
  const after = open(store);
  after.alerts.take([aFinding('a', 'r'), aFinding('b', 'r')], true);
  expect(ids(after.alerts.pending.value)).toEqual(['b']);
  expect([...after.alerts.read.value]).toEqual(['b']);
});

it('begins anew when what was kept cannot be read', () => {
  const store = memory();
  store.setItem('tidemark.dismissed', '{not json');
  const { alerts } = open(store);
  alerts.take([aFinding('a', 'r')], true);
  expect(ids(alerts.pending.value)).toEqual(['a']);
});
