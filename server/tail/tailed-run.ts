import { PROTOCOL } from '../../shared/version.ts';
import type { EndLine } from '../../shared/lines.ts';
import { type Delivery, keyOf, runOf, type Said } from './delivery.ts';
import { Damaged, NoLog } from './entry.ts';
import { type Identity, writerOf } from './locate.ts';
import type { Source, SourceMark } from './source.ts';

/** What is kept of a run over a restart. */
export interface RunMark {
  /** Whether the server was told that the run is over. */
  readonly ended: boolean;
  /** Runs on the server that have its lines: itself, or those that its lines name. */
  readonly runs: readonly string[];
  /** By the file's name within the run. */
  readonly sources: Readonly<Record<string, SourceMark>>;
}

export interface TailOptions {
  /** Milliseconds without news of any file after which a run counts as finished. */
  readonly quietMs: number;
  readonly warn: (message: string) => void;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** Lines of one frame, and about how many bytes it may have; points are lines of so many bytes. */
const FRAME_LINES = 8192;
const FRAME_BYTES = 512 * 1024;
const POINT_BYTES = 24;
/** Lines of one frame that name their run themselves. */
const OWN_LINES = 2048;
/** Frames on their way at once, and bytes of one turn. */
const FRAMES = 8;
const TURN_BYTES = 8 * 1024 * 1024;
/** Times its longest pause so far that a run may be silent, and the longest pause that counts, in ms. */
const PAUSES = 4;
const LONGEST_PAUSE = 6 * 3_600_000;
/** Milliseconds for which damage may be a write under way. */
const WRITING_MS = 30_000;

/** The writer of what no file says: settings, and that the run is over. */
const WATCHER = 'watch';

/**
 * A run whose points are in files. Every file is a writer of its own; the points of several files go out in the order
 * of their times, so that detectors see a training as it went, also when it is read long after.
 *
 *     running ──no file has news for `quietMs`, or a file says so──▶ ended ──news──▶ running
 */
export class TailedRun {
  readonly identity: Identity;
  readonly sources = new Map<string, Source>();
  readonly #options: TailOptions;
  readonly #tags: readonly string[];
  #ended: boolean;
  readonly #runs: Set<string>;
  /** Number of the watcher's last line; null: the server has not been asked. */
  #said: number | null = null;
  /** When a file last had news, and the longest time between two of them, in ms. */
  #news: number | null = null;
  #pause = 0;
  readonly #troubles = new Map<Source, { readonly since: number; said: boolean }>();
  readonly #refused = new Set<string>();
  readonly #greeted = new Map<Source, string>();

  constructor(identity: Identity, tags: readonly string[], mark: RunMark | null, options: TailOptions) {
    this.identity = identity;
    this.#tags = tags;
    this.#options = options;
    this.#ended = mark?.ended ?? false;
    this.#runs = new Set(mark?.runs);
  }

  /** Whether there is nothing to do until a file changes. */
  get asleep(): boolean {
    return this.#ended && [...this.sources.values()].every((source) => source.settled);
  }

  /** Whether the run counts as over. */
  get ended(): boolean {
    return this.#ended;
  }

  mark(): RunMark {
    const sources = [...this.sources].map(([name, source]) => [name, source.mark()] as const);
    return { ended: this.#ended, runs: [...this.#runs], sources: Object.fromEntries(sources) };
  }

  /** The connection is gone, or the server has lost the run: goes by what it has when it is asked again. */
  rewind(): void {
    this.#said = null;
    this.#ended = false;
    this.#greeted.clear();
    for (const source of this.sources.values()) source.rewind();
  }

  /**
   * Reads and sends what there is, up to a bound.
   * @param last whether the files will not grow
   * @returns whether there is more
   * @throws Gone
   */
  async turn(delivery: Delivery, last = false): Promise<boolean> {
    const flying: Promise<void>[] = [];
    let bytes = 0;
    let frame: Frame | null = null;
    try {
      while (bytes < TURN_BYTES) {
        frame = await this.#frame(delivery, last);
        if (frame === null) break;
        bytes += frame.bytes;
        this.#heard();
        for (const run of frame.runs) this.#runs.add(run);
        const { durable } = await frame.send(delivery);
        const sent = durable.then(frame.acknowledged);
        sent.catch(() => undefined); // awaited below
        flying.push(sent);
        if (flying.length >= FRAMES) await flying.shift();
      }
    } finally {
      await Promise.all(flying);
    }
    if (frame === null) await this.#conclude(delivery, last);
    return frame !== null;
  }

  /** The next frame: lines of the files in the order of their times. null: there is nothing. */
  async #frame(delivery: Delivery, last: boolean): Promise<Frame | null> {
    for (;;) {
      for (const source of this.sources.values()) await this.#fill(source, last);
      const frame = await this.#merge(delivery);
      // Where the server had all that was read, there may be more behind it.
      const hungry = [...this.sources.values()].some((source) => source.hungry && source.empty);
      if (frame !== null || !hungry) return frame;
    }
  }

  async #merge(delivery: Delivery): Promise<Frame | null> {
    const sources = [...this.sources.values()];
    const own = sources.find((source) => source.own.length > 0);
    if (own !== undefined) return ownFrame(own);
    const speaking = sources.filter((source) => source.speaks() || this.#toldMore(source));
    if (speaking.length === 0) return null;
    await this.#greet(delivery, speaking);

    const said: Said[] = [];
    const acks = new Map<Source, { generation: number; seq: number }>();
    let bytes = 0;
    let lines = 0;
    while (lines < FRAME_LINES && bytes < FRAME_BYTES) {
      const source = this.#earliest(speaking);
      if (source === null) break;
      const { generation } = source;
      const writer = keyOf(this.identity.run, writerOf(source.place.source, generation));
      const piece = source.take(FRAME_LINES - lines, ...this.#limits(speaking, source));
      said.push({ writer, hello: this.#hello(source, false), piece });
      lines += piece.last - piece.first + 1;
      bytes += piece.kind === 'lines' ? piece.characters : POINT_BYTES * (piece.to - piece.from);
      acks.set(source, { generation, seq: piece.last });
      // Its next line may be earlier than those of the others.
      if (source.empty && source.hungry) break;
    }
    if (lines === 0) return null;
    return {
      bytes,
      runs: [this.identity.run],
      send: () => delivery.deliver(said),
      acknowledged: () => {
        for (const [source, { seq, generation }] of acks) source.acknowledge(seq, generation);
      },
    };
  }

  /** The file whose next line is the earliest; the first of those as early. null: none has any. */
  #earliest(speaking: readonly Source[]): Source | null {
    let earliest: Source | null = null;
    for (const source of speaking) {
      if (source.have === null || !source.speaks()) continue;
      if (earliest === null || source.time < earliest.time) earliest = source;
    }
    return earliest;
  }

  /** How late lines of a file may be that go before those of the others: up to, and below. */
  #limits(speaking: readonly Source[], source: Source): [number, number] {
    let upto = Infinity;
    let below = Infinity;
    let before = true;
    for (const other of speaking) {
      if (other === source) before = false;
      else if (other.have === null || !other.speaks()) continue;
      else if (before) below = Math.min(below, other.time);
      else upto = Math.min(upto, other.time);
    }
    return [upto, below];
  }

  /** Reads on where a file may have more, until it has or is at its end. */
  async #fill(source: Source, last: boolean): Promise<void> {
    while (source.hungry && source.empty) {
      try {
        await source.learn();
        await source.fill(last);
        this.#troubles.delete(source);
      } catch (error) {
        source.hungry = false;
        if (error instanceof NoLog) return void this.sources.delete(source.place.source);
        this.#trouble(source, error as NodeJS.ErrnoException, last);
        return;
      }
    }
  }

  #trouble(source: Source, error: NodeJS.ErrnoException, last: boolean): void {
    if (!(error instanceof Damaged) && error.code === undefined) throw error;
    if (error.code === 'ENOENT') return void this.sources.delete(source.place.source);
    const { now, warn } = this.#options;
    const trouble = this.#troubles.get(source) ?? { since: now(), said: false };
    this.#troubles.set(source, trouble);
    source.waiting = true;
    const writing = error instanceof Damaged && !last && now() - trouble.since < WRITING_MS;
    if (trouble.said || writing) return;
    trouble.said = true;
    warn(`${source.path}: ${error.message}; what is before that is kept`);
  }

  #toldMore(source: Source): boolean {
    return source.about !== null && this.#greeted.get(source) !== JSON.stringify(source.about);
  }

  /** Says hello where that is due, and takes what the server has. */
  async #greet(delivery: Delivery, speaking: readonly Source[]): Promise<void> {
    const { run } = this.identity;
    const due = speaking.filter((source) => source.have === null || this.#toldMore(source) || this.#ended);
    if (due.length === 0 && this.#said !== null) return;
    const watcher = this.#said === null ? [this.#watcher()] : [];
    const { welcomes, refusals } = await delivery.greet([
      ...watcher,
      ...due.map((source) => this.#hello(source, true)),
    ]);
    this.#ended = false;
    for (const { message } of refusals) {
      if (this.#refused.has(message)) continue;
      this.#refused.add(message);
      this.#options.warn(`${this.identity.name}: ${message}`);
    }
    for (const source of due) {
      const welcome = welcomes.get(keyOf(run, writerOf(source.place.source, source.generation)));
      if (welcome === undefined) continue;
      source.have = Math.max(source.have ?? 0, welcome.seq);
      this.#greeted.set(source, JSON.stringify(source.about));
    }
    const own = welcomes.get(keyOf(run, WATCHER));
    if (own) this.#said = own.seq;
    if (this.#said === 0) {
      // A file that is silent is no stalled training: most tools write in bursts, and none says that it is done.
      await this.#say(delivery, { kind: 'setting', detector: 'stall', enabled: false });
    }
  }

  async #conclude(delivery: Delivery, last: boolean): Promise<void> {
    if (this.#ended || this.sources.size === 0) return;
    const sources = [...this.sources.values()];
    if (sources.every((source) => source.have === null)) {
      // Lines that name their run say themselves when it is over.
      this.#ended = sources.every((source) => source.speaker !== null);
      return;
    }
    const said = sources.map(({ end }) => end).find((end) => end !== null);
    const now = this.#options.now();
    const latest = Math.max(...sources.map(({ news }) => news));
    const limit = Math.max(this.#options.quietMs, PAUSES * this.#pause);
    if (!said && !last && now - latest < limit) return;
    const minutes = Math.round((now - latest) / 60_000);
    const silence = last ? '' : `its files have said nothing for ${minutes} min`;
    const reason = said ? (said.reason ?? '') : silence;
    if (this.#said === null) await this.#greet(delivery, []);
    this.#ended = true;
    const end: Omit<EndLine, 'seq'> = { kind: 'end', status: said?.status ?? 'finished' };
    await this.#say(delivery, reason === '' ? end : { ...end, reason });
  }

  /** Says a line of the watcher's own. */
  async #say(delivery: Delivery, line: object): Promise<void> {
    this.#said = (this.#said ?? 0) + 1;
    const text = `${this.#watcher()}\n${JSON.stringify({ ...line, seq: this.#said })}`;
    await delivery.send(text, new Map([[keyOf(this.identity.run, WATCHER), this.#said]]));
  }

  /** Files had news: learns how long this run's pauses are. */
  #heard(): void {
    const news = Math.max(...[...this.sources.values()].map((source) => source.news));
    if (this.#news !== null) this.#pause = Math.min(LONGEST_PAUSE, Math.max(this.#pause, news - this.#news));
    this.#news = news;
  }

  #watcher(): string {
    return JSON.stringify({ kind: 'run', protocol: PROTOCOL, run: this.identity.run, writer: WATCHER });
  }

  #hello({ place, generation, about }: Source, full: boolean): string {
    const { run, project, name } = this.identity;
    const writer = writerOf(place.source, generation);
    const short = { kind: 'run', protocol: PROTOCOL, run, writer };
    if (!full) return JSON.stringify(short);
    const given = { project: about?.project ?? project, name: about?.name ?? name, tags: this.#tags };
    return JSON.stringify({ ...short, ...given, ...(about?.config && { config: about.config }) });
  }
}

interface Frame {
  readonly bytes: number;
  /** Whose lines it has. */
  readonly runs: readonly string[];
  /** Resolves when it is sent. */
  readonly send: (delivery: Delivery) => Promise<{ durable: Promise<void> }>;
  readonly acknowledged: () => void;
}

/** Lines that name their run themselves, as they are. */
function ownFrame(source: Source): Frame {
  const lines = source.own.splice(0, OWN_LINES);
  const lasts = new Map<string, number>();
  let { hello } = lines[0];
  const parts: string[] = [];
  if (hello === undefined && source.speaker !== null) parts.push(source.speaker.text);
  hello ??= source.speaker?.hello;
  for (const line of lines) {
    parts.push(line.text);
    if (line.hello) {
      source.speaker = line;
      ({ hello } = line);
    } else if (hello && line.seq !== undefined) {
      const key = keyOf(hello.run, hello.writer);
      lasts.set(key, Math.max(line.seq, lasts.get(key) ?? 0));
    }
  }
  const text = parts.join('\n');
  return {
    bytes: text.length,
    runs: [...lasts.keys()].map(runOf),
    send: (delivery) => Promise.resolve({ durable: delivery.send(text, lasts) }),
    acknowledged: () => undefined,
  };
}
