import { Subject } from 'rxjs';
import { expect, it } from 'vitest';
import { notices } from '../../../server/desk/notices.ts';
import type { StoreRecord } from '../../../server/store/record.ts';
import { Run } from '../../../server/store/run.ts';
import { type AlertMarks, NO_MARKS } from '../../../shared/alert.ts';
import type { Finding } from '../../../shared/finding.ts';
import { aFinding } from '../../browser/support/scenes.ts';
import { helloRecord } from '../../support/tables.ts';

function told(marks: AlertMarks = NO_MARKS, known: readonly Finding[] = []) {
  const run = new Run(helloRecord('r'));
  run.apply(helloRecord('r'));
  for (const finding of known) run.apply({ kind: 'finding', finding });
  const changes = new Subject<readonly StoreRecord[]>();
  const heard: string[] = [];
  notices(changes, {
    runs: { get: () => run, live: () => [run] },
    marks: () => marks,
    now: () => 0,
  }).subscribe(({ event, finding }) => heard.push(`${event} ${finding.id}`));
  return {
    heard,
    run,
    say: (...findings: Finding[]) =>
      changes.next(findings.map((finding) => ({ kind: 'finding', finding }) as const)),
  };
}

it('tells of an alert once, however often it is updated, and of its resolution', () => {
  const { heard, say } = told();
  const alert = aFinding('a', 'r');
  say(alert, alert);
  say(alert, { ...alert, status: 'resolved' }, { ...alert, status: 'resolved' });
  expect(heard).toEqual(['opened a', 'resolved a']);
});

it('tells of a warning when it has become critical, and of none before', () => {
  const { heard, say } = told();
  say(aFinding('a', 'r', { severity: 'warning' }));
  expect(heard).toEqual([]);
  say(aFinding('a', 'r'));
  expect(heard).toEqual(['opened a']);
});

it('tells nothing again that was open when it began', () => {
  const { heard, say } = told(NO_MARKS, [aFinding('old', 'r')]);
  say(aFinding('old', 'r'), aFinding('new', 'r'));
  expect(heard).toEqual(['opened new']);
});

it('is silent of what is muted and of deleted runs', () => {
  const muted = told({ ...NO_MARKS, muted: { detectors: ['divergence'], runs: [] } });
  muted.say(aFinding('a', 'r'));
  expect(muted.heard).toEqual([]);
  const deleted = told();
  deleted.run.apply({ kind: 'edit', at: 0, run: 'r', edit: { deleted: true } });
  deleted.say(aFinding('a', 'r'));
  expect(deleted.heard).toEqual([]);
});

it('tells of what a script raises itself, and not again of what it raised before', () => {
  const run = new Run(helloRecord('r'));
  run.apply(helloRecord('r'));
  const changes = new Subject<readonly StoreRecord[]>();
  const heard: string[] = [];
  // At rest when the server started: nobody has looked at what it has said.
  notices(changes, {
    runs: { get: () => run, live: () => [] },
    marks: () => NO_MARKS,
    now: () => 0,
  }).subscribe(({ event, finding }) => heard.push(`${event} ${finding.title}`));
  const raise = (seq: number, title: string): StoreRecord => ({
    ...{ kind: 'line', at: 1, run: 'r', writer: 'w', seqs: { from: seq, to: seq } },
    line: { kind: 'alert', title },
  });
  run.apply(raise(1, 'before'));
  for (const record of [raise(2, 'one'), raise(3, 'two')]) {
    run.apply(record);
    changes.next([record]);
  }
  expect(heard).toEqual(['opened one', 'opened two']);
});
