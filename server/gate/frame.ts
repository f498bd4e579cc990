import type { Answer, ErrorAnswer } from '../../shared/answers.ts';
import { fault, type Fault } from '../../shared/errors.ts';
import type { Line, RunLine, SeriesLine, SettingLine, UpdateLine } from '../../shared/lines.ts';
import { decodeLogFrame, LOG_FRAME, type LogFrame } from '../../shared/log-frame.ts';
import { PROTOCOL } from '../../shared/version.ts';
import { BadSetting, checkParameters } from '../settings/setting.ts';
import type { SeqRange, StoreRecord } from '../store/record.ts';
import { DEFAULT_PROJECT, type Run } from '../store/run.ts';
import { checkLine } from './check.ts';
import { Intake } from './intake.ts';
import { Logs, type Place } from './logs.ts';
import type { GateState, Speaker, Taken } from './state.ts';

/** Who speaks on a socket, and what was agreed with them there. */
export interface Floor {
  readonly speaker: Speaker;
  /** Ids of series by name, and names by id: agreed since the speaker's hello. */
  readonly ids: Map<string, number>;
  readonly names: string[];
}

/** The work of taking one frame. */
export class Frame {
  floor: Floor | null;
  readonly #gate: GateState;
  readonly #admit: (run: string) => Fault | null;
  readonly #now: number;
  readonly #records: StoreRecord[] = [];
  readonly #answers: Answer[] = [];
  readonly #welcomes: Speaker[] = [];
  readonly #acks = new Map<string, Speaker>();
  readonly #logs: Logs;

  /** @param admit whether a run may be spoken for; the fault when not */
  constructor(gate: GateState, floor: Floor | null, admit: (run: string) => Fault | null) {
    this.#gate = gate;
    this.#admit = admit;
    this.floor = floor;
    this.#now = gate.now();
    this.#logs = new Logs(gate.limits, this.#now, (table) => this.#records.push(table));
  }

  /** Takes a line. */
  line(text: string): void {
    const checked = checkLine(text);
    if (checked.ok) {
      const line = checked.message;
      if (line.kind === 'run') return this.#hello(line);
      if (line.kind === 'series') return this.#agree(line);
      return this.#number(line.seq, (place, seq, late) => this.#accept(place, line, seq, late));
    }
    if (checked.said?.kind === 'run') return this.#turnAway(checked.said, checked.fault);
    // A line so broken that it has no number cannot be counted as received.
    if (checked.seq === undefined) return this.#refuse(checked.fault, undefined);
    this.#number(checked.seq, () => checked.fault);
  }

  /** Takes a binary frame of points. */
  points(bytes: Uint8Array): void {
    if (bytes[0] !== LOG_FRAME) {
      const detail = { field: 'kind', rule: `${LOG_FRAME}`, value: bytes[0] };
      return this.#refuse(fault('frame-kind', detail), undefined);
    }
    if (this.floor === null) return this.#refuse(fault('no-run'), undefined);
    const decoded = decodeLogFrame(bytes, this.floor.names.length);
    if (decoded.ok) return this.#frame(decoded.frame);
    if (decoded.seqs === null) return this.#refuse(decoded.fault, undefined);
    this.#refuseMany(decoded.seqs, decoded.fault);
  }

  done(): Taken {
    this.#logs.flush();
    return {
      records: this.#records,
      answers: this.#answers,
      welcomes: this.#welcomes,
      acks: [...this.#acks.values()],
    };
  }

  /** Gives a line its number, drops it when it is a repeat, reports the gap before it, and lets `accept` keep it. */
  #number(seq: number | undefined, accept: Accept): void {
    if (this.floor === null) return this.#refuse(fault('no-run'), seq);
    const place = this.#place(this.floor.speaker);
    this.#owe(place);
    const received = place.intake.writer(place.speaker.writer);
    const next = received.last + 1;
    const number = seq ?? next;
    if (received.has(number)) return;
    this.#count(place, number, number);
    const reason = accept(place, number, number < next);
    if (reason) this.#refused(place, { from: number, to: number }, reason);
  }

  /** Owes the writer an acknowledgement. */
  #owe({ speaker }: Place): void {
    this.#acks.set(`${speaker.run}\n${speaker.writer}`, speaker);
  }

  /** Notes that lines have come, and reports the gap before them. */
  #count({ intake, speaker: { run, writer } }: Place, from: number, to: number): void {
    const received = intake.writer(writer);
    const next = received.last + 1;
    if (from > next) this.#answers.push({ kind: 'gap', run, writer, from: next, to: from - 1 });
    received.add(from, to);
  }

  #frame(frame: LogFrame): void {
    const { names } = this.floor!;
    const points = this.#logs.named(frame, names);
    if (!frame.numbered) {
      return this.#number(frame.seq || undefined, (place, seq, late) =>
        this.#logs.whole(place, points, { from: seq, to: seq }, late),
      );
    }
    const place = this.#place(this.floor!.speaker);
    this.#owe(place);
    const rows = points.steps.length;
    const next = place.intake.writer(place.speaker.writer).last + 1;
    const from = frame.seq || next;
    const seqs = { from, to: from + rows - 1 };
    if (from >= next) {
      const taken = this.#logs.many(place, points, seqs);
      if (taken !== 'by row') {
        this.#count(place, seqs.from, seqs.to);
        if (taken !== 'taken') this.#refused(place, seqs, taken);
        return;
      }
    }
    const firsts = points.columns.map(() => 0);
    for (let row = 0; row < rows; row++) {
      this.#number(from + row, (at, seq, late) => this.#logs.oneOf(at, points, row, firsts, seq, late));
      points.columns.forEach((column, i) => {
        if (column.rows?.[firsts[i]] === row) firsts[i]++;
      });
    }
  }

  /** Agrees on ids of series. */
  #agree({ first, names: added }: SeriesLine): void {
    if (this.floor === null) return this.#refuse(fault('no-run'), undefined);
    const { speaker, ids, names } = this.floor;
    const place = this.#place(speaker);
    const refuse = (field: string, rule: string, value: unknown) =>
      this.#refuse(fault('bad-line', { field, rule, value }), undefined);
    if (first !== names.length) return refuse('first', `${names.length}, as many as are agreed`, first);
    for (const [i, name] of added.entries()) {
      if (ids.has(name) || added.indexOf(name) < i)
        return refuse(`names/${i}`, 'a series that has no id yet', name);
      const reason = this.#logs.admit(place, name);
      if (reason) return this.#refuse(reason, undefined);
    }
    for (const name of added) ids.set(name, names.push(name) - 1);
    const { run, writer } = speaker;
    this.#answers.push({ kind: 'series', run, writer, count: names.length });
  }

  #hello(line: RunLine): void {
    this.#logs.flush();
    const { limits, runs, intakes } = this.#gate;
    if (line.protocol !== PROTOCOL) {
      const old =
        line.protocol < PROTOCOL
          ? 'the trainer’s SDK is older than this server'
          : 'this server is older than the trainer’s SDK';
      return this.#turnAway(
        line,
        fault('protocol-mismatch', { field: 'protocol', rule: `${PROTOCOL} (${old})`, value: line.protocol }),
      );
    }
    const known = runs.get(line.run);
    const isNew = known === undefined && !intakes.has(line.run);
    if (isNew && this.#runs() >= limits.runs) {
      const rule = `one of at most ${limits.runs} runs`;
      return this.#turnAway(line, fault('too-many-runs', { field: 'run', rule, value: line.run }));
    }
    const speaker: Speaker = { run: line.run, writer: line.writer, rank: line.rank ?? 0 };
    const intake = intakes.get(line.run) ?? new Intake(known);
    const tooLarge = this.#tooLarge(intake, line);
    if (tooLarge) return this.#turnAway(line, tooLarge);
    if (!intake.hears(line.writer, limits.writersPerRun)) {
      const rule = `one of at most ${limits.writersPerRun} writers of a run`;
      return this.#turnAway(line, fault('too-many-writers', { field: 'writer', rule, value: line.writer }));
    }
    const reason = this.#admit(line.run);
    if (reason) return this.#turnAway(line, reason);
    intakes.set(line.run, intake);
    intake.writer(line.writer);
    intake.tell(line);
    this.floor = { speaker, ids: new Map(), names: [] };
    if (saysNew(line, known)) this.#records.push({ kind: 'hello', at: this.#now, line });
    if (isNew) {
      for (const setting of this.#gate.settings(line.project ?? DEFAULT_PROJECT)) {
        this.#records.push({ kind: 'setting', at: this.#now, run: line.run, setting, line: null });
      }
    }
    this.#welcomes.push(speaker);
  }

  /** Keeps a line; the fault when it cannot be kept. */
  #accept(place: Place, line: Exclude<Line, RunLine | SeriesLine>, seq: number, late: boolean): Fault | null {
    if (line.kind === 'log') {
      if ('packed' in line) return this.#logs.packed(place, line, seq, late);
      return 'steps' in line
        ? this.#logs.columns(place, line, seq, late)
        : this.#logs.line(place, line, seq, late);
    }
    if (line.kind === 'setting') return this.#setting(place, line, seq);
    if (line.kind === 'update') {
      const tooLarge = this.#tooLarge(place.intake, line);
      if (tooLarge) return tooLarge;
      place.intake.tell(line);
    }
    const tooMuch = place.intake.said.admit(line, this.#gate.limits);
    if (tooMuch) return tooMuch;
    this.#logs.flush();
    const { run, writer } = place.speaker;
    this.#records.push({ kind: 'line', at: this.#now, run, writer, seqs: { from: seq, to: seq }, line });
    return null;
  }

  /** The fault where the run's config or summary would be too large with what is said now. */
  #tooLarge(intake: Intake, said: RunLine | UpdateLine): Fault | null {
    const { configBytes } = this.#gate.limits;
    for (const field of ['config', 'summary'] as const) {
      const bytes = intake.bytesWith(field, said);
      if (bytes > configBytes)
        return fault('config-too-large', {
          field,
          rule: `at most ${configBytes} bytes of JSON`,
          value: bytes,
        });
    }
    return null;
  }

  /** Runs that are kept, or on their way to be. */
  #runs(): number {
    const { runs, intakes } = this.#gate;
    let count = runs.size;
    for (const id of intakes.keys()) if (!runs.has(id)) count++;
    return count;
  }

  /** Refuses a hello: the lines behind it are not those of who spoke before, unless that is the same writer. */
  #turnAway(said: { readonly run?: unknown; readonly writer?: unknown }, reason: Fault): void {
    this.#logs.flush();
    const speaker = this.floor?.speaker;
    if (speaker?.run !== said.run || speaker?.writer !== said.writer) this.floor = null;
    this.#refuse(reason, undefined);
  }

  #setting({ intake, speaker }: Place, given: SettingLine, seq: number): Fault | null {
    this.#logs.flush();
    const { detector, enabled, parameters = {} } = given;
    const { run, writer } = speaker;
    try {
      const setting = {
        detector,
        parameters: checkParameters(detector, parameters),
        ...(enabled !== undefined && { enabled }),
      };
      const tooMuch = intake.said.admit(given, this.#gate.limits);
      if (tooMuch) return tooMuch;
      const line = { writer, seqs: { from: seq, to: seq } };
      this.#records.push({ kind: 'setting', at: this.#now, run, setting, line });
      return null;
    } catch (error) {
      if (!(error instanceof BadSetting)) throw error;
      return fault('bad-setting', error);
    }
  }

  #refuseMany(seqs: SeqRange, reason: Fault): void {
    const place = this.#place(this.floor!.speaker);
    this.#owe(place);
    this.#count(place, seqs.from, seqs.to);
    this.#refused(place, seqs, reason);
  }

  /** Keeps that lines were heard and are not kept, and answers why. */
  #refused({ speaker: { run, writer } }: Place, seqs: SeqRange, reason: Fault): void {
    this.#logs.flush();
    this.#records.push({ kind: 'refused', run, writer, seqs });
    this.#refuse(reason, seqs.from, seqs.to);
  }

  #refuse(reason: Fault, seq: number | undefined, to = seq): void {
    const answer: ErrorAnswer = {
      kind: 'error',
      ...reason,
      ...(seq !== undefined && { seq }),
      ...(to !== undefined && to !== seq && { to }),
    };
    this.#answers.push(answer);
  }

  /** Where the speaker's lines go. */
  #place(speaker: Speaker): Place {
    const { intakes, runs } = this.#gate;
    const id = speaker.run;
    let intake = intakes.get(id);
    if (intake === undefined) intakes.set(id, (intake = new Intake(runs.get(id))));
    return { intake, speaker };
  }
}

/** Keeps a line under its number; the fault when it cannot be kept. `late`: it fills a gap. */
type Accept = (place: Place, seq: number, late: boolean) => Fault | null;

/** Whether a hello has to be kept: its run or writer is new, or has come back, or it says something else than before. */
function saysNew(line: RunLine, run: Run | undefined): boolean {
  const writer = run?.writers.get(line.writer);
  if (run === undefined || writer?.status !== 'running') return true;
  const changed = (key: 'project' | 'name' | 'notes' | 'stop' | 'group' | 'job' | 'host') =>
    line[key] !== undefined && line[key] !== run[key];
  const differs = (said: unknown, kept: unknown) =>
    said !== undefined && JSON.stringify(said) !== JSON.stringify(kept);
  return (
    changed('project') ||
    changed('name') ||
    changed('notes') ||
    changed('stop') ||
    changed('group') ||
    changed('job') ||
    changed('host') ||
    differs(line.tags, run.tags) ||
    differs(line.config && { ...run.config, ...line.config }, run.config)
  );
}
