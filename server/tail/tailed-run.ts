import { PROTOCOL } from '../../shared/version.ts';
import type { EndLine } from '../../shared/lines.ts';
import type { Delivery } from './delivery.ts';
import { NoLog } from './entry.ts';
import { type Frame, ownFrame } from './frame.ts';
import { type Identity, writerOf } from './locate.ts';
import { merge } from './merge.ts';
import { Silence } from './silence.ts';
import type { Source, SourceMark } from './source.ts';
import { Troubles } from './troubles.ts';
import { Watcher } from './watcher.ts';
import { keyOf } from './writer-key.ts';

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

/** Frames on their way at once, and bytes of one turn. */
const FRAMES = 8;
const TURN_BYTES = 8 * 1024 * 1024;
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
  readonly #watcher: Watcher;
  readonly #silence: Silence;
  readonly #troubles: Troubles;
  readonly #said = new Set<string>();
  readonly #greeted = new Map<Source, string>();

  constructor(identity: Identity, tags: readonly string[], mark: RunMark | null, options: TailOptions) {
    this.identity = identity;
    this.#tags = tags;
    this.#options = options;
    this.#ended = mark?.ended ?? false;
    this.#runs = new Set(mark?.runs);
    this.#watcher = new Watcher(identity.run);
    this.#silence = new Silence(options.quietMs);
    this.#troubles = new Troubles(options);
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
    this.#watcher.forget();
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
        this.#silence.heard(this.#news);
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

    const { pieces, bytes } = merge(speaking);
    if (pieces.length === 0) return null;
    const acks = new Map(
      pieces.map(({ voice, piece }) => [voice, { seq: piece.last, generation: voice.generation }]),
    );
    const said = pieces.map(({ voice, piece }) => ({
      writer: this.#keyOf(voice),
      hello: this.#hello(voice, false),
      piece,
    }));
    return {
      bytes,
      runs: [this.identity.run],
      send: () => delivery.deliver(said),
      acknowledged: () => {
        for (const [source, { seq, generation }] of acks) source.acknowledge(seq, generation);
      },
    };
  }

  /** Reads on where a file may have more, until it has or is at its end. */
  async #fill(source: Source, last: boolean): Promise<void> {
    while (source.hungry && source.empty) {
      try {
        await source.learn();
        await source.fill(last);
        for (const complaint of source.complaints.splice(0)) this.#sayOnce(`${source.path}: ${complaint}`);
        this.#troubles.over(source);
      } catch (error) {
        source.hungry = false;
        const { code } = error as NodeJS.ErrnoException;
        if (error instanceof NoLog || code === 'ENOENT') this.sources.delete(source.place.source);
        else this.#troubles.add(source, error as NodeJS.ErrnoException, last);
        return;
      }
    }
  }

  #sayOnce(message: string): void {
    if (this.#said.has(message)) return;
    this.#said.add(message);
    this.#options.warn(message);
  }

  #toldMore(source: Source): boolean {
    return source.about !== null && this.#greeted.get(source) !== JSON.stringify(source.about);
  }

  /** Says hello where that is due, and takes what the server has. */
  async #greet(delivery: Delivery, speaking: readonly Source[]): Promise<void> {
    const due = speaking.filter((source) => source.have === null || this.#toldMore(source) || this.#ended);
    if (due.length === 0 && this.#watcher.greeted) return;
    const watcher = this.#watcher.greeted ? [] : [this.#watcher.hello];
    const { welcomes, refusals } = await delivery.greet([
      ...watcher,
      ...due.map((source) => this.#hello(source, true)),
    ]);
    this.#ended = false;
    for (const { message } of refusals) this.#sayOnce(`${this.identity.name}: ${message}`);
    for (const source of due) {
      const welcome = welcomes.get(this.#keyOf(source));
      if (welcome === undefined) continue;
      source.have = Math.max(source.have ?? 0, welcome.seq);
      this.#greeted.set(source, JSON.stringify(source.about));
    }
    this.#watcher.welcome(welcomes);
    if (this.#watcher.isNew) {
      // A file that is silent is no stalled training: most tools write in bursts, and none says that it is done.
      await this.#watcher.say(delivery, { kind: 'setting', detector: 'stall', enabled: false });
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
    const silent = now - this.#news;
    if (!said && !last && silent < this.#silence.limit) return;
    const minutes = Math.round(silent / 60_000);
    const silence = last ? '' : `its files have said nothing for ${minutes} min`;
    const reason = said ? (said.reason ?? '') : silence;
    if (!this.#watcher.greeted) await this.#greet(delivery, []);
    this.#ended = true;
    const end: Omit<EndLine, 'seq'> = { kind: 'end', status: said?.status ?? 'finished' };
    await this.#watcher.say(delivery, reason === '' ? end : { ...end, reason });
  }

  /** When a file last had news; milliseconds since 1970. */
  get #news(): number {
    return Math.max(...[...this.sources.values()].map(({ news }) => news));
  }

  #keyOf({ place, generation }: Source): string {
    return keyOf(this.identity.run, writerOf(place.source, generation));
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
