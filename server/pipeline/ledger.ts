import type { Finding } from '../../shared/finding.ts';
import type { Severity } from '../../shared/lines.ts';
import { toWire } from '../../shared/numbers.ts';
import type { Detector, Said } from '../detector.ts';
import type { Cut } from './cut.ts';
import { BROKEN, type Event, TOGETHER } from './pass.ts';
import type { Member } from './roster.ts';

/**
 * Keeps the lives of a run's findings: what detectors say opens, updates and resolves them.
 *
 *     (nothing) ──open──▶ open ──open, something new──▶ open ──resolved | restart──▶ (nothing)
 *
 * Plain data, never mutated. What adds nothing to an open finding is not said again.
 */
export interface Ledger {
  /** Times a finding was opened, by subject. */
  readonly counts: Readonly<Record<string, number>>;
  /** Open findings, by subject, in the order they were opened. */
  readonly open: Readonly<Record<string, Entry>>;
}

interface Entry {
  readonly finding: Finding;
  /** What each series says of the subject, in the order they first did. */
  readonly voices: readonly Voice[];
}

interface Voice {
  readonly place: number;
  readonly said: Said;
}

export const EMPTY_LEDGER: Ledger = { counts: {}, open: {} };

/** Enters what was said of one input, and tells which findings it opened, updated or resolved, in order. */
export function enter(
  before: Ledger,
  made: Cut,
  events: readonly Event[],
): { ledger: Ledger; findings: Finding[] } {
  if (events.length === 0 && !made.fresh) return { ledger: before, findings: [] };
  const entering = new Entering(before, made);
  if (made.fresh) entering.resolveAll();
  for (const event of inOrder(made, events)) entering.take(event);
  return entering;
}

/** What is open of one detector about one series; undefined when nothing is. */
export function openOf(ledger: Ledger, detector: string, place: number): Finding | undefined {
  const entries = Object.values(ledger.open);
  return entries.find(
    ({ finding, voices }) => finding.detector === detector && voices.some((voice) => voice.place === place),
  )?.finding;
}

export interface OpenVerdict {
  readonly detector: string;
  readonly severity: Severity;
  /** Step where what it is about began. */
  readonly from: number;
  /** Step where it was first said. */
  readonly said: number;
  readonly verdict: string;
}

/** What the open findings come to in a few words each: the gravest first, of these in the order of the detectors. */
export function openVerdicts(ledger: Ledger, detectors: readonly Detector[]): OpenVerdict[] {
  const order = (name: string): number => detectors.findIndex((detector) => detector.name === name);
  return Object.values(ledger.open)
    .toSorted(
      ({ finding: a }, { finding: b }) =>
        WEIGHT[b.severity] - WEIGHT[a.severity] || order(a.detector) - order(b.detector),
    )
    .map(({ finding, voices }) => ({
      detector: finding.detector,
      severity: finding.severity,
      from: finding.from,
      said: finding.step,
      verdict: leading(voices).said.verdict,
    }))
    .filter(({ verdict }) => verdict !== '');
}

const WEIGHT: Readonly<Record<Severity, number>> = { info: 0, warning: 1, critical: 2 };

/** By row; within a row by the detectors' order, then training before the rest, then by name. */
function inOrder({ state: { roster } }: Cut, events: readonly Event[]): readonly Event[] {
  if (events.length < 2) return events;
  const name = ({ place }: Event): string => {
    if (place === TOGETHER) return '';
    const { rank, binding } = roster.members[place];
    return `${rank} ${binding.split === 'train' ? 0 : 1} ${binding.series}`;
  };
  return events.toSorted((a, b) => {
    if (a.row !== b.row) return a.row < b.row ? -1 : 1;
    if (a.order !== b.order) return a.order - b.order;
    return name(a) < name(b) ? -1 : name(a) > name(b) ? 1 : 0;
  });
}

class Entering {
  readonly findings: Finding[] = [];
  ledger: Ledger;
  readonly #made: Cut;

  constructor(before: Ledger, made: Cut) {
    this.ledger = before;
    this.#made = made;
  }

  resolveAll(): void {
    const { last } = this.#made.state;
    const first = this.#made.state.first ?? last;
    for (const subject of Object.keys(this.ledger.open)) this.#resolve(subject, first);
  }

  take({ detector, place, said, ...where }: Event): void {
    const step = where.step ?? this.#made.state.last;
    const time = where.time ?? this.#made.state.time;
    if (said === null) {
      for (const [subject, entry] of Object.entries(this.ledger.open)) {
        if (entry.finding.detector !== detector.name) continue;
        if (entry.voices.some((voice) => voice.place === place)) this.#withdraw(subject, place, step);
      }
      return;
    }
    const of = place === TOGETHER ? 'run' : seriesOf(this.#made.state.roster.members[place]);
    const broken = said.key === BROKEN;
    const name = broken ? 'tidemark' : detector.name;
    const about = broken ? `${detector.name}:${of}` : detector.subject === 'run' ? 'run' : of;
    const subject = [name, about, ...(said.key === undefined || broken ? [] : [said.key])].join('/');
    if (said.status === 'resolved') this.#withdraw(subject, place, step, said);
    else this.#open(subject, name, { place, said }, step, time);
  }

  #open(subject: string, detector: string, voice: Voice, step: number, time: number): void {
    const { open, counts } = this.ledger;
    const entry = Object.hasOwn(open, subject) ? open[subject] : undefined;
    const n = entry ? counts[subject] : (Object.hasOwn(counts, subject) ? counts[subject] : 0) + 1;
    const voices = [...(entry?.voices.filter(({ place }) => place !== voice.place) ?? [])];
    const at = entry?.voices.findIndex(({ place }) => place === voice.place) ?? -1;
    voices.splice(at < 0 ? voices.length : at, 0, voice);
    const { run } = this.#made.input;
    const { attempt } = this.#made.state;
    const finding: Finding = {
      ...(entry?.finding ?? { id: `${run}/${attempt}/${subject}/${n}`, run, attempt, detector, step, time }),
      status: 'open',
      until: step,
      ...this.#content(voices),
    };
    this.ledger = {
      counts: { ...counts, [subject]: n },
      open: { ...open, [subject]: { finding, voices } },
    };
    if (!entry || news(entry.finding, finding)) this.findings.push(finding);
  }

  /** What the voices say together: the gravest leads, and every series is named once. */
  #content(
    voices: readonly Voice[],
  ): Pick<Finding, 'severity' | 'series' | 'from' | 'epoch' | 'title' | 'evidence' | 'advice'> {
    const { members } = this.#made.state.roster;
    const { place, said } = leading(voices);
    const seriesAt = (at: number): string[] => (at === TOGETHER ? [] : [members[at].binding.series]);
    const named = [
      ...seriesAt(place),
      ...(said.series ?? []),
      ...voices.flatMap((voice) => seriesAt(voice.place)),
    ];
    const evidence = Object.entries(said.evidence).map(
      ([key, value]) => [key, value === null ? null : toWire(value)] as const,
    );
    return {
      severity: said.severity,
      series: [...new Set(named)],
      from: said.from,
      epoch: said.epoch,
      title: said.title,
      evidence: Object.fromEntries(evidence),
      advice: said.advice,
    };
  }

  /** One series no longer says it; when it was the last one, the finding is resolved. */
  #withdraw(subject: string, place: number, step: number, said?: Said): void {
    if (!Object.hasOwn(this.ledger.open, subject)) return;
    const entry = this.ledger.open[subject];
    const voices = entry.voices.filter((voice) => voice.place !== place);
    if (voices.length === entry.voices.length) return;
    if (voices.length === 0) {
      this.#resolve(subject, step, said);
      return;
    }
    const finding = { ...entry.finding, until: step, ...this.#content(voices) };
    this.ledger = { ...this.ledger, open: { ...this.ledger.open, [subject]: { finding, voices } } };
  }

  #resolve(subject: string, step: number, said?: Said): void {
    const { [subject]: entry, ...open } = this.ledger.open;
    this.ledger = { ...this.ledger, open };
    const ended: Finding = { ...entry.finding, status: 'resolved', until: step };
    this.findings.push(
      said ? { ...ended, title: said.title, evidence: { ...ended.evidence, ...wired(said) } } : ended,
    );
  }
}

function wired({ evidence }: Said): Record<string, number | string | null> {
  return Object.fromEntries(
    Object.entries(evidence).map(([key, value]) => [key, value === null ? null : toWire(value)]),
  );
}

function seriesOf({ rank, binding }: Member): string {
  return rank === 0 ? binding.series : `${binding.series}@${rank}`;
}

function leading(voices: readonly Voice[]): Voice {
  return voices.reduce((lead, voice) =>
    WEIGHT[voice.said.severity] > WEIGHT[lead.said.severity] ? voice : lead,
  );
}

/** Whether an update tells something that the finding did not. */
function news(before: Finding, after: Finding): boolean {
  return (
    before.severity !== after.severity ||
    before.title !== after.title ||
    before.series.length !== after.series.length
  );
}
