import type { Answer, ErrorAnswer } from '../../shared/answers.ts';
import { fault, type Fault } from '../../shared/errors.ts';
import type { Limits } from '../../shared/limits.ts';
import { SERIES_NAME, type Line, type LogLine, type RunLine, type SettingLine } from '../../shared/lines.ts';
import { fromWire } from '../../shared/numbers.ts';
import { PROTOCOL } from '../../shared/version.ts';
import type { SeqRange, StoreRecord } from '../store/record.ts';
import { DEFAULT_PROJECT, type Run } from '../store/run.ts';
import type { ProjectSettings } from '../settings/config-file.ts';
import { BadSetting, checkParameters } from '../settings/setting.ts';
import { checkLine } from './check.ts';
import { Intake } from './intake.ts';
import { TableBuilder } from './table-builder.ts';

/** What every session of one gate has in common. */
export interface GateState {
  readonly limits: Limits;
  /** The store's runs: what is durable. */
  readonly runs: ReadonlyMap<string, Run>;
  /** What is accepted, by run; emptied when the store fails. */
  readonly intakes: Map<string, Intake>;
  /** Seconds since 1970. */
  readonly now: () => number;
  /** How the detectors are set for the runs of a project. */
  readonly settings: ProjectSettings;
}

/** What became of one frame or body. */
export interface Taken {
  /** To be made durable, in order. */
  readonly records: readonly StoreRecord[];
  /** Answers that need not wait. */
  readonly answers: readonly Answer[];
  /** Runs whose welcome is due once everything before is durable. */
  readonly welcomes: readonly Speaker[];
  /** Writers whose lines are to be acknowledged once the records are durable. */
  readonly acks: readonly Speaker[];
}

/** A writer of a run, as a hello named it. */
export interface Speaker {
  readonly run: string;
  readonly writer: string;
  readonly rank: number;
}

/**
 * One trainer's side of the gate, without its socket: turns text into records and answers. Lines belong to the last
 * `run` line before them. A line that breaks a rule is refused by itself; those around it stand.
 */
export class Session {
  readonly #gate: GateState;
  #speaker: Speaker | null = null;

  constructor(gate: GateState) {
    this.#gate = gate;
  }

  /** The writer whose lines are being taken; null before the first hello. */
  get speaker(): Speaker | null {
    return this.#speaker;
  }

  /** Takes one frame: lines separated by line feeds. */
  take(text: string): Taken {
    const frame = new Frame(this.#gate, this.#speaker);
    for (let start = 0; start < text.length;) {
      let end = text.indexOf('\n', start);
      if (end < 0) end = text.length;
      const line = text.slice(start, end);
      if (line.trim() !== '') frame.take(line);
      start = end + 1;
    }
    this.#speaker = frame.speaker;
    return frame.done();
  }
}

/** The work of taking one frame. */
class Frame {
  speaker: Speaker | null;
  readonly #gate: GateState;
  readonly #now: number;
  readonly #records: StoreRecord[] = [];
  readonly #answers: Answer[] = [];
  readonly #welcomes: Speaker[] = [];
  readonly #acks = new Map<string, Speaker>();
  #table = new TableBuilder();
  #tableSeqs: SeqRange = { from: 0, to: 0 };

  constructor(gate: GateState, speaker: Speaker | null) {
    this.#gate = gate;
    this.speaker = speaker;
    this.#now = gate.now();
  }

  take(text: string): void {
    const checked = checkLine(text);
    if (checked.ok) {
      const line = checked.message;
      if (line.kind === 'run') return this.#hello(line);
      return this.#number(line.seq, (seq, late) => this.#accept(line, seq, late));
    }
    // A line so broken that it has no number cannot be counted as received.
    if (checked.seq === undefined) return this.#refuse(checked.fault, undefined);
    this.#number(checked.seq, () => checked.fault);
  }

  /** Gives a line its number, drops it when it is a repeat, reports the gap before it, and lets `accept` keep it. */
  #number(seq: number | undefined, accept: (seq: number, late: boolean) => Fault | null): void {
    if (this.speaker === null) return this.#refuse(fault('no-run'), seq);
    const { run, writer } = this.speaker;
    this.#acks.set(`${run}\n${writer}`, this.speaker);
    const received = this.#intake().writer(writer);
    const next = received.last + 1;
    const number = seq ?? next;
    if (received.has(number)) return;
    if (number > next) this.#answers.push({ kind: 'gap', run, writer, from: next, to: number - 1 });
    received.add(number, number);
    const reason = accept(number, number < next);
    if (reason === null) return;
    this.#flush();
    this.#records.push({ kind: 'refused', run, writer, seqs: { from: number, to: number } });
    this.#refuse(reason, number);
  }

  done(): Taken {
    this.#flush();
    return {
      records: this.#records,
      answers: this.#answers,
      welcomes: this.#welcomes,
      acks: [...this.#acks.values()],
    };
  }

  #hello(line: RunLine): void {
    this.#flush();
    const { limits, runs, intakes } = this.#gate;
    if (line.protocol !== PROTOCOL) {
      const old =
        line.protocol < PROTOCOL
          ? 'the trainer’s SDK is older than this server'
          : 'this server is older than the trainer’s SDK';
      return this.#refuse(
        fault('protocol-mismatch', { field: 'protocol', rule: `${PROTOCOL} (${old})`, value: line.protocol }),
        undefined,
      );
    }
    const known = runs.get(line.run);
    if (known === undefined && !intakes.has(line.run) && runs.size >= limits.runs) {
      return this.#refuse(
        fault('too-many-runs', { field: 'run', rule: `one of at most ${limits.runs} runs`, value: line.run }),
        undefined,
      );
    }
    const configBytes = line.config === undefined ? 0 : Buffer.byteLength(JSON.stringify(line.config));
    if (configBytes > limits.configBytes) {
      return this.#refuse(
        fault('config-too-large', {
          field: 'config',
          rule: `at most ${limits.configBytes} bytes of JSON`,
          value: configBytes,
        }),
        undefined,
      );
    }
    const isNew = known === undefined && !intakes.has(line.run);
    this.speaker = { run: line.run, writer: line.writer, rank: line.rank ?? 0 };
    this.#intake();
    if (saysNew(line, known)) this.#records.push({ kind: 'hello', at: this.#now, line });
    if (isNew) {
      for (const setting of this.#gate.settings(line.project ?? DEFAULT_PROJECT)) {
        this.#records.push({ kind: 'setting', at: this.#now, run: line.run, setting, line: null });
      }
    }
    this.#welcomes.push(this.speaker);
  }

  /** Keeps a line; the fault when it cannot be kept. */
  #accept(line: Exclude<Line, RunLine>, seq: number, late: boolean): Fault | null {
    if (line.kind === 'log') return this.#log(line, seq, late);
    if (line.kind === 'setting') return this.#setting(line, seq);
    this.#flush();
    const { run, writer } = this.speaker!;
    this.#records.push({ kind: 'line', at: this.#now, run, writer, seqs: { from: seq, to: seq }, line });
    return null;
  }

  #setting({ detector, enabled, parameters = {} }: SettingLine, seq: number): Fault | null {
    this.#flush();
    const { run, writer } = this.speaker!;
    try {
      const setting = {
        detector,
        parameters: checkParameters(detector, parameters),
        ...(enabled !== undefined && { enabled }),
      };
      const line = { writer, seqs: { from: seq, to: seq } };
      this.#records.push({ kind: 'setting', at: this.#now, run, setting, line });
      return null;
    } catch (error) {
      if (!(error instanceof BadSetting)) throw error;
      return fault('bad-setting', error);
    }
  }

  #log(line: LogLine, seq: number, late: boolean): Fault | null {
    const { limits } = this.#gate;
    const names = Object.keys(line.values);
    if (names.length > limits.lineValues) {
      return fault('too-many-values', {
        field: 'values',
        rule: `at most ${limits.lineValues} values`,
        value: names.length,
      });
    }
    const intake = this.#intake();
    const { rank } = this.speaker!;
    for (const name of names) {
      if (name.length === 0 || name.length > limits.nameLength || !SERIES_NAME.test(name)) {
        const rule = `named by 1 to ${limits.nameLength} characters, none of them a control character`;
        return fault('bad-line', { field: 'values', rule, value: name });
      }
      if (!intake.admits(name, rank, limits.seriesPerRun)) {
        return fault('too-many-series', {
          field: `values/${name}`,
          rule: `one of at most ${limits.seriesPerRun} series`,
          value: name,
        });
      }
    }
    const progress = intake.rank(rank);
    // A line that fills a gap is late, not a restart.
    if (!late && names.some((name) => (progress.lastSteps.get(name) ?? 0) > line.step)) {
      this.#flush();
      progress.attempt++;
      progress.lastSteps.clear();
    }
    if (this.#table.rows > 0 && this.#tableSeqs.to !== seq - 1) this.#flush();
    this.#tableSeqs = { from: this.#table.rows === 0 ? seq : this.#tableSeqs.from, to: seq };
    this.#table.row(line.step, line.time ?? this.#now);
    if (line.epoch !== undefined) this.#table.value('epoch', line.epoch);
    for (const name of names) {
      if (name === 'epoch' && line.epoch !== undefined) continue; // said twice
      this.#table.value(name, fromWire(line.values[name]));
      if (!late) progress.lastSteps.set(name, line.step);
    }
    return null;
  }

  /** Closes the table being built. */
  #flush(): void {
    if (this.#table.rows === 0 || this.speaker === null) return;
    const { attempt } = this.#intake().rank(this.speaker.rank);
    const table = this.#table.build({ ...this.speaker, attempt });
    this.#records.push({ kind: 'table', at: this.#now, seqs: this.#tableSeqs, table });
    this.#table = new TableBuilder();
  }

  #refuse(reason: Fault, seq: number | undefined): void {
    const answer: ErrorAnswer = { kind: 'error', ...reason, ...(seq !== undefined && { seq }) };
    this.#answers.push(answer);
  }

  #intake(): Intake {
    const { intakes, runs } = this.#gate;
    const id = this.speaker!.run;
    let intake = intakes.get(id);
    if (intake === undefined) intakes.set(id, (intake = new Intake(runs.get(id))));
    return intake;
  }
}

/** Whether a hello has to be kept: its run or writer is new, or has come back, or it says something else than before. */
function saysNew(line: RunLine, run: Run | undefined): boolean {
  const writer = run?.writers.get(line.writer);
  if (run === undefined || writer?.status !== 'running') return true;
  const changed = (key: 'project' | 'name' | 'notes' | 'stop') =>
    line[key] !== undefined && line[key] !== run[key];
  const differs = (said: unknown, kept: unknown) =>
    said !== undefined && JSON.stringify(said) !== JSON.stringify(kept);
  return (
    changed('project') ||
    changed('name') ||
    changed('notes') ||
    changed('stop') ||
    differs(line.tags, run.tags) ||
    differs(line.config && { ...run.config, ...line.config }, run.config)
  );
}
