import { expect, it } from 'vitest';
import { marked } from '../../../server/desk/alert-marks.ts';
import { alertState, NO_MARKS } from '../../../shared/alert.ts';
import { aFinding } from '../../browser/support/scenes.ts';

const finding = aFinding('f', 'r', { detector: 'divergence' });

it('acknowledges, snoozes and reopens; what was said last counts', () => {
  const acknowledged = marked(NO_MARKS, { action: 'acknowledge', findings: ['f'] }, 100);
  expect(alertState(finding, acknowledged, 100)).toBe('acknowledged');
  const snoozed = marked(acknowledged, { action: 'snooze', findings: ['f'], minutes: 10 }, 100);
  expect(alertState(finding, snoozed, 699)).toBe('snoozed');
  expect(alertState(finding, snoozed, 700)).toBe('open');
  const reopened = marked(snoozed, { action: 'reopen', findings: ['f'] }, 100);
  expect(reopened).toEqual(NO_MARKS);
});

it('mutes a rule or a run, and lets either be heard again', () => {
  const rule = marked(NO_MARKS, { action: 'mute', detector: 'divergence' }, 0);
  expect(alertState(finding, rule, 0)).toBe('muted');
  expect(alertState(aFinding('g', 'r', { detector: 'spike' }), rule, 0)).toBe('open');
  const run = marked(NO_MARKS, { action: 'mute', run: 'r' }, 0);
  expect(alertState(finding, run, 0)).toBe('muted');
  expect(marked(run, { action: 'unmute', run: 'r' }, 0)).toEqual(NO_MARKS);
});

it('is resolved whatever was said of it', () => {
  const muted = marked(NO_MARKS, { action: 'mute', run: 'r' }, 0);
  expect(alertState({ ...finding, status: 'resolved' }, muted, 0)).toBe('resolved');
});

it('remembers the last 5,000 marks, and names that are keys of every object', () => {
  const ids = Array.from({ length: 5_001 }, (_, i) => `f${i}`);
  const marks = marked(NO_MARKS, { action: 'acknowledge', findings: ids }, 1);
  expect(Object.keys(marks.acknowledged)).toHaveLength(5_000);
  expect(marks.acknowledged).not.toHaveProperty(ids[0]);
  expect(alertState(aFinding('constructor', 'r'), NO_MARKS, 0)).toBe('open');
});
