import { fault, type Fault } from '../../shared/errors.ts';
import type { Limits } from '../../shared/limits.ts';
import type { Line } from '../../shared/lines.ts';
import type { Run } from '../store/run.ts';

/**
 * How much a run has said beside its points that every list, viewer and save carries whole: alerts, notes, and what it
 * declared of series and detectors. A run that has said more, under an older release, keeps it and adds nothing.
 */
export class Said {
  readonly #alerts = new Tally();
  readonly #notes = new Tally();
  /** Definitions and settings, also those that repeat another: each is replayed. */
  #declarations = 0;

  constructor(run?: Run) {
    if (run === undefined) return;
    for (const { detector, title, advice } of run.findings.values())
      if (detector === 'trainer') this.#alerts.add(title.length + (advice.at(0)?.length ?? 0));
    for (const { text } of run.remarks) this.#notes.add(text.length);
    for (const { input } of run.events)
      if (input.kind === 'define' || input.kind === 'setting') this.#declarations++;
  }

  /** Counts a line; the fault where the run has said as much as it may. */
  admit(line: Line, limits: Limits): Fault | null {
    switch (line.kind) {
      case 'alert': {
        const { title, text = '' } = line;
        const rule = this.#alerts.admit(title.length + text.length, limits.alertsPerRun, limits, 'alerts');
        return rule === null ? null : fault('too-many-alerts', { field: 'title', rule, value: title });
      }
      case 'note': {
        const { text } = line;
        const rule = this.#notes.admit(text.length, limits.notesPerRun, limits, 'notes');
        return rule === null ? null : fault('too-many-notes', { field: 'text', rule, value: text });
      }
      case 'define':
      case 'setting': {
        const most = limits.declarationsPerRun;
        if (this.#declarations < most) {
          this.#declarations++;
          return null;
        }
        const [field, value] = line.kind === 'define' ? ['series', line.series] : ['detector', line.detector];
        const rule = `one of at most ${most} definitions and settings of a run`;
        return fault('too-many-declarations', { field, rule, value });
      }
      default:
        return null;
    }
  }
}

/** Texts of one kind. */
class Tally {
  #count = 0;
  #characters = 0;

  add(characters: number): void {
    this.#count++;
    this.#characters += characters;
  }

  /** Adds a text; the rule that it would break, where it is not added. */
  admit(characters: number, most: number, { textPerRun }: Limits, kind: string): string | null {
    if (this.#count >= most) return `one of at most ${most} ${kind} of a run`;
    if (this.#characters + characters > textPerRun)
      return `within ${textPerRun} characters of all ${kind} of a run`;
    this.add(characters);
    return null;
  }
}
