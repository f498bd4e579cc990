import { type AlertMarks, NO_MARKS } from '../../shared/alert.ts';
import type { AlertAction } from '../../shared/desk.ts';
import { openDocument } from './document.ts';

/** What people have said of alerts, kept for all of them. */
export interface Marks {
  readonly content: AlertMarks;
  /** Resolves when it is kept. @param now server's time, in seconds since 1970 */
  act(action: AlertAction, now: number): Promise<void>;
}

/** Findings marked at most; beyond it the marks made first are forgotten. */
const MOST = 5_000;

export async function openMarks(path: string): Promise<Marks> {
  const kept = await openDocument<AlertMarks>(path, NO_MARKS);
  return {
    get content() {
      return kept.content;
    },
    act: (action, now) => kept.change((marks) => marked(marks, action, now)),
  };
}

/** The marks after an action. A finding is acknowledged or snoozed, not both: what was said last counts. */
export function marked(marks: AlertMarks, action: AlertAction, now: number): AlertMarks {
  const { action: what, findings = [], minutes = 60, detector, run } = action;
  if (what === 'mute' || what === 'unmute') {
    const change = (names: readonly string[], name: string | undefined): readonly string[] => {
      if (name === undefined) return names;
      const others = names.filter((known) => known !== name);
      return what === 'mute' ? [...others, name].slice(-MOST) : others;
    };
    const { detectors, runs } = marks.muted;
    return { ...marks, muted: { detectors: change(detectors, detector), runs: change(runs, run) } };
  }
  return {
    ...marks,
    acknowledged: timed(marks.acknowledged, findings, what === 'acknowledge' ? now : null),
    snoozed: timed(marks.snoozed, findings, what === 'snooze' ? now + minutes * 60 : null),
  };
}

/** The times with those of some ids set, or taken away. */
function timed(
  times: Readonly<Record<string, number>>,
  ids: readonly string[],
  time: number | null,
): Record<string, number> {
  const others = Object.entries(times).filter(([id]) => !ids.includes(id));
  const added = time === null ? [] : ids.map((id) => [id, time] as const);
  return Object.fromEntries([...others, ...added].slice(-MOST));
}
