import type { RunEdit } from '../../shared/edit.ts';
import type { Finding } from '../../shared/finding.ts';
import type { RunStatus, StopRequest } from '../../shared/frames.ts';
import { LIMITS } from '../../shared/limits.ts';
import type { DefineLine, NoteLine, RunLine, UpdateLine } from '../../shared/lines.ts';
import { type Facts, NO_FACTS } from '../facts.ts';
import type { PipelineInput, Setting } from '../pipeline/input.ts';
import { pipelineInput } from '../pipeline-input.ts';
import { alertFinding, alertId } from './alert-finding.ts';
import { Ranges } from './ranges.ts';
import {
  type HelloRecord,
  type LineRecord,
  outlineOf,
  type StoreRecord,
  type TableRecord,
} from './record.ts';
import { RunSeries, type Series } from './run-series.ts';

/** The project of runs that name none. */
export const DEFAULT_PROJECT = 'default';

/** One start of one process of a run. */
export interface Writer {
  readonly rank: number;
  /** Sequence numbers that are durable. */
  readonly received: Ranges;
  status: RunStatus;
  /** Server's time of its last line. */
  heard: number;
}

/** What the pipeline saw beside points: behind the points of the first rank up to a step of an attempt. */
export interface RunEvent {
  readonly input: Exclude<PipelineInput, { kind: 'table' }>;
  readonly attempt: number;
  /** null: before the first point. */
  readonly step: number | null;
}

export interface ApplyOptions {
  /** Nobody changes the arrays of the record any more: they may be kept, which spares copying them. */
  readonly lasting?: boolean;
}

/** The order in which the ranks' states decide the run's: one that still runs means it runs, one lost rank means trouble. */
const STATUS_ORDER: readonly RunStatus[] = ['running', 'lost', 'failed', 'stopped', 'finished'];

/**
 * Everything durable of one run: the fold of its records, in the journal's order. Applied when a record has become
 * durable and again, in the same order, at every start; nothing else changes it.
 */
export class Run {
  readonly id: string;
  project = DEFAULT_PROJECT;
  name: string;
  config: Record<string, unknown> = {};
  /** What it has declared in that so far. */
  facts: Facts = NO_FACTS;
  tags: readonly string[] = [];
  notes = '';
  summary: Record<string, unknown> = {};
  group = '';
  job = '';
  host = '';
  stop: 'best-epoch' | 'never' = 'never';
  created: number;
  heard: number;
  /** Server's time of the last line that says the training goes on: samples of the machine alone do not. */
  trained: number;
  /** By the trainer's clock, as `created`, where it tells; by the server's where it was lost. */
  ended: number | null = null;
  reason = '';
  request: StopRequest | null = null;
  /** What a person said over what the trainer says. */
  edit: RunEdit = {};
  /** When a person last said whether it is to stop by itself; null: nobody has. */
  stopSet: number | null = null;
  /** Points of all series. */
  points = 0;
  epoch: number | null = null;
  readonly writers = new Map<string, Writer>();
  /** The attempt of each rank. */
  readonly attempts = new Map<number, number>();
  /** The step each rank has logged last. */
  readonly steps = new Map<number, number>();
  readonly #series = new RunSeries();
  readonly defines = new Map<string, DefineLine>();
  /** Detectors set otherwise than by default. */
  readonly settings = new Map<string, Setting>();
  readonly findings = new Map<string, Finding>();
  readonly remarks: NoteLine[] = [];
  /** What the pipeline has seen of the run beside its points, and where. */
  readonly events: RunEvent[] = [];
  /** The segment of the journal that holds its latest record; 0: none. */
  touched = 0;
  /** The writer that speaks for each rank: its latest. */
  readonly speakers = new Map<number, Writer>();

  constructor({ line, at }: HelloRecord) {
    this.id = line.run;
    this.name = line.run;
    this.created = line.time ?? at;
    this.heard = at;
    this.trained = at;
  }

  get status(): RunStatus {
    let worst = STATUS_ORDER.length - 1;
    for (const { status } of this.speakers.values()) worst = Math.min(worst, STATUS_ORDER.indexOf(status));
    return STATUS_ORDER[worst];
  }

  /** Whether it is to be stopped once its best epoch is past: what a person said, else what the trainer said. */
  get stopsItself(): boolean {
    return (this.edit.stop ?? this.stop) === 'best-epoch';
  }

  /** The step that the first rank has logged last. */
  get step(): number | null {
    return this.steps.get(Math.min(...this.steps.keys())) ?? null;
  }

  get ranks(): number[] {
    return [...this.speakers.keys()].sort((a, b) => a - b);
  }

  /** Lines known to be missing, over all writers. */
  get missing(): number {
    return [...this.writers.values()].reduce((sum, { received }) => sum + received.missingCount(), 0);
  }

  /** @param segment the segment of the journal that holds the record */
  apply(record: StoreRecord, segment = 1, { lasting = false }: ApplyOptions = {}): void {
    this.touched = segment;
    if (record.kind !== 'table') this.#remember(record);
    switch (record.kind) {
      case 'hello':
        return this.#hello(record);
      case 'table': {
        const latest = this.#hear(record.table.writer, record.seqs, record.at);
        return this.#add(record, latest, segment, lasting);
      }
      case 'line':
        this.#hear(record.writer, record.seqs, record.at);
        this.trained = record.at;
        return this.#line(record);
      case 'setting':
        if (record.line) this.#hear(record.line.writer, record.line.seqs, record.at);
        this.settings.set(record.setting.detector, {
          ...this.settings.get(record.setting.detector),
          ...record.setting,
        });
        return;
      case 'edit':
        this.edit = { ...this.edit, ...record.edit };
        if (record.edit.stop !== undefined) this.stopSet = record.at;
        return;
      case 'define':
        this.defines.set(record.define.series, {
          ...this.defines.get(record.define.series),
          ...record.define,
        });
        return;
      case 'refused':
        this.writers.get(record.writer)?.received.add(record.seqs.from, record.seqs.to);
        return;
      case 'lost': {
        const writer = this.writers.get(record.writer);
        if (writer?.status === 'running') writer.status = 'lost';
        if (this.status !== 'running') this.ended = record.at;
        return;
      }
      case 'finding':
        this.findings.set(record.finding.id, record.finding);
        return;
      case 'request':
        this.request = record.request;
        return;
      case 'checkpoint':
      case 'silence':
        return;
    }
  }

  #hello({ line, at }: HelloRecord): void {
    if (line.project !== undefined) this.project = line.project;
    this.#describe(line);
    if (line.group !== undefined) this.group = line.group;
    if (line.job !== undefined) this.job = line.job;
    if (line.host !== undefined) this.host = line.host;
    if (line.stop !== undefined) this.stop = line.stop;
    const rank = line.rank ?? 0;
    let writer = this.writers.get(line.writer);
    if (writer === undefined) {
      writer = { rank, received: new Ranges(LIMITS.missingRanges), status: 'running', heard: at };
      this.writers.set(line.writer, writer);
    }
    // A process that goes on after an end owes nothing to a stop asked of the one before it.
    const before = this.speakers.get(rank);
    const ended = before !== undefined && before.status !== 'running' && before.status !== 'lost';
    if (rank === 0 && before !== writer && (ended || this.request?.acknowledged)) this.request = null;
    this.speakers.set(rank, writer);
    writer.heard = at;
    this.heard = at;
    this.trained = at;
    this.#revive(writer);
  }

  /** What a hello and a later update may say of the run alike. */
  #describe({ name, config, tags, notes }: RunLine | UpdateLine): void {
    if (name !== undefined) this.name = name;
    if (config !== undefined) this.config = { ...this.config, ...config };
    if (tags !== undefined) this.tags = tags;
    if (notes !== undefined) this.notes = notes;
  }

  /** Notes that a writer has spoken; whether these are its latest lines, and not late ones that fill a gap. */
  #hear(name: string, seqs: { from: number; to: number }, at: number): boolean {
    const writer = this.writers.get(name);
    if (writer === undefined)
      throw new Error(`journal: writer ${name} of run ${this.id} must have said hello before`);
    writer.received.add(seqs.from, seqs.to);
    writer.heard = at;
    this.heard = at;
    if (writer.status === 'lost') this.#revive(writer);
    return writer.received.last === seqs.to;
  }

  #revive(writer: Writer): void {
    writer.status = 'running';
    this.ended = null;
  }

  #add(record: TableRecord, latest: boolean, segment: number, lasting: boolean): void {
    const { table, at } = record;
    const { points, training, lastStep, epoch } = outlineOf(record);
    if (training) this.trained = at;
    this.points += points;
    this.attempts.set(table.rank, Math.max(table.attempt, this.attempts.get(table.rank) ?? 0));
    if (latest) this.steps.set(table.rank, lastStep);
    if (latest && table.rank === 0 && epoch !== null) this.epoch = epoch;
    this.#series.add(table, segment, lasting);
  }

  /** The series, with every point, by their keys. */
  get series(): ReadonlyMap<string, Series> {
    return this.#series.all;
  }

  /** Puts the points of at most so many tables to their series; whether there are more. See run-series.ts. */
  place(most?: number): boolean {
    return this.#series.place(most);
  }

  /** A new series, without points. */
  addSeries(name: string, rank: number): Series {
    return this.#series.create(name, rank);
  }

  /** Keeps what the pipeline sees, so that the run can be replayed when its journal is gone. */
  #remember(record: Exclude<StoreRecord, TableRecord>): void {
    const input = pipelineInput(record);
    if (input === null || input.kind === 'table') return;
    if (input.kind === 'facts') {
      // A script may say its config at every step; what the pipeline knows already changes nothing there.
      const facts = { ...this.facts, ...input.facts };
      if (JSON.stringify(facts) === JSON.stringify(this.facts)) return;
      this.facts = facts;
    }
    this.events.push({ input, attempt: this.attempts.get(0) ?? 0, step: this.step });
  }

  /** Lets go of the points up to a segment of the journal: they are in chunks now. */
  settle(segment: number): void {
    this.#series.settle(segment);
  }

  #line({ line, run, writer, seqs, at }: LineRecord): void {
    switch (line.kind) {
      case 'define':
        this.defines.set(line.series, line);
        return;
      case 'update':
        this.#describe(line);
        this.summary = { ...this.summary, ...line.summary };
        return;
      case 'note':
        this.remarks.push(line);
        return;
      case 'alert': {
        const finding = alertFinding(alertId(run, writer, seqs.from), run, line, this, at);
        this.findings.set(finding.id, finding);
        return;
      }
      case 'stopping':
        if (this.request && !this.request.acknowledged)
          this.request = { ...this.request, acknowledged: { time: line.time ?? at, step: line.step } };
        return;
      case 'end': {
        const ending = this.writers.get(writer);
        // An end ends its rank: a writer before this one that is not done will say hello again if it goes on.
        for (const other of this.writers.values())
          if (other.rank === ending?.rank && other.status === 'running') other.status = line.status;
        if (ending) ending.status = line.status;
        if (line.reason !== undefined) this.reason = line.reason;
        if (this.status !== 'running') this.ended = line.time ?? at;
        return;
      }
    }
  }
}
