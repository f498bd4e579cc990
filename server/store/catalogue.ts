import { deserialize, serialize } from 'node:v8';
import { join } from 'node:path';
import { type Database, open, type RootDatabase, type Transaction } from 'lmdb';
import type { Analysis } from '../pipeline/pipeline.ts';
import { type ChunkPlace, unpackBlock } from './block.ts';
import type { SavedRun } from './saved-run.ts';

/** The layout of the data folder. 1: a journal and nothing else. Raised when an older release would misread it. */
export const FORMAT = 2;

/** Where a run's pipeline stood when its last sealed record had gone through it. */
export interface Checkpoint {
  /** Inputs it had seen. */
  readonly inputs: number;
  readonly analysis: Analysis;
}

/** A run as lists need it. */
export interface Listed {
  readonly id: string;
  /** Runs count up in the order in which they came. */
  readonly ordinal: number;
  /** Its trainer was there when this was written. */
  readonly running: boolean;
  /** A person has deleted it: it is hidden. */
  readonly deleted: boolean;
}

/**
 * What is known of sealed points and of runs, in LMDB: one file, one writer, any number of readers in any process,
 * each with a view that does not change while it reads. Everything that sealing changes is changed in one transaction.
 *
 *     meta         format, sealed (the last segment of the journal that is), ordinal (the last one given)
 *     ids          run → ordinal, running, deleted
 *     runs         run → the run as it is saved
 *     states       run → its row of the list, JSON
 *     findings     run → its findings, JSON
 *     checkpoints  run → its pipeline
 *     ends         run → bytes of its points file that hold chunks
 *     blocks       run, series, attempt, block → chunks' places and nodes
 */
export class Catalogue {
  readonly #root: RootDatabase<Buffer, string>;
  readonly #meta: Database<Buffer, string>;
  readonly #ids: Database<Buffer, string>;
  readonly #runs: Database<Buffer, string>;
  readonly #states: Database<Buffer, string>;
  readonly #findings: Database<Buffer, string>;
  readonly #checkpoints: Database<Buffer, string>;
  readonly #ends: Database<Buffer, string>;
  readonly #blocks: Database<Buffer, Buffer>;
  /** The view that all reads are from; undefined: always the newest. */
  readonly #view: Transaction | undefined;

  /**
   * @param folder the data folder
   * @param readOnly another process may be writing: nothing is changed, and what is read is as it is now
   * @throws when the folder is of another format
   */
  constructor(folder: string, { readOnly = false } = {}) {
    const root = open<Buffer, string>({
      path: catalogueFile(folder),
      encoding: 'binary',
      readOnly,
      maxDbs: 16,
    });
    const sub = (name: string) => root.openDB<Buffer, string>({ name, encoding: 'binary' });
    this.#root = root;
    this.#meta = sub('meta');
    this.#ids = sub('ids');
    this.#runs = sub('runs');
    this.#states = sub('states');
    this.#findings = sub('findings');
    this.#checkpoints = sub('checkpoints');
    this.#ends = sub('ends');
    this.#blocks = root.openDB<Buffer, Buffer>({ name: 'blocks', encoding: 'binary', keyEncoding: 'binary' });
    this.#view = readOnly ? root.useReadTransaction() : undefined;
    const format = this.#number('format');
    if (format === null && !readOnly) root.transactionSync(() => this.#put('format', FORMAT));
    else if (format !== FORMAT) {
      void root.close();
      throw new Error(
        `data folder: must be of format ${FORMAT}, but ${folder} is of format ${format}: ` +
          (Number(format) > FORMAT
            ? 'this Tidemark is the older side; use the release that wrote it, or a newer one'
            : 'the folder is the older side; open it once with a server of this release'),
      );
    }
  }

  /** The last segment of the journal whose records are all in here; 0: none. */
  get sealed(): number {
    return this.#number('sealed') ?? 0;
  }

  /** Every run, in the order in which they came. */
  list(): Listed[] {
    const listed: Listed[] = [];
    for (const { key, value } of this.#ids.getRange(this.#options))
      listed.push({
        id: key,
        ordinal: value.readUInt32LE(0),
        running: (value[4] & RUNNING) > 0,
        deleted: (value[4] & DELETED) > 0,
      });
    return listed.sort((a, b) => a.ordinal - b.ordinal);
  }

  run(id: string): SavedRun | null {
    return this.#value<SavedRun>(this.#runs, id);
  }

  /** The run's row of the list, as JSON. */
  state(id: string): string | null {
    return this.#states.get(id, this.#options)?.toString() ?? null;
  }

  /** The run's findings, as a JSON array. */
  findings(id: string): string {
    return this.#findings.get(id, this.#options)?.toString() ?? '[]';
  }

  checkpoint(id: string): Checkpoint | undefined {
    return this.#value<Checkpoint>(this.#checkpoints, id) ?? undefined;
  }

  /** Bytes of the run's points file that hold chunks. */
  end(id: string): number {
    return this.#ends.get(id, this.#options)?.readDoubleLE(0) ?? 0;
  }

  /** The chunks of a series in one attempt, ascending by step. @param fromBlock the first block that is wanted */
  chunks(run: string, series: number, attempt: number, fromBlock = 0): ChunkPlace[] {
    const found: ChunkPlace[] = [];
    for (const { value } of this.#blockRange(run, series, attempt, fromBlock))
      found.push(...unpackBlock(value));
    return found;
  }

  /** The chunks of every series of a run, in each attempt. */
  allChunks(run: string): { series: number; attempt: number; chunks: ChunkPlace[] }[] {
    const [start, end] = runRange(run);
    const found: { series: number; attempt: number; chunks: ChunkPlace[] }[] = [];
    for (const { key, value } of this.#blocks.getRange({ ...this.#options, start, end })) {
      const series = key.readUInt32BE(run.length + 1);
      const attempt = key.readUInt32BE(run.length + 5);
      const last = found.at(-1);
      if (last?.series === series && last.attempt === attempt) last.chunks.push(...unpackBlock(value));
      else found.push({ series, attempt, chunks: unpackBlock(value) });
    }
    return found;
  }

  /** Blocks of a series in one attempt. */
  blockCount(run: string, series: number, attempt: number): number {
    return this.#blocks.getCount({
      ...this.#options,
      start: blockKey(run, series, attempt, 0),
      end: blockKey(run, series, attempt, 0xffffffff),
    });
  }

  /** Makes all that `change` does durable at once, or nothing of it when it throws. */
  transaction(change: () => void): void {
    this.#root.transactionSync(change);
  }

  /** Within `transaction`. */
  putSealed(segment: number): void {
    this.#put('sealed', segment);
  }

  /** Within `transaction`. @param state the run's row of the list; `findings`: its findings; both as JSON */
  putRun(
    saved: SavedRun,
    {
      running,
      deleted,
      state,
      findings,
    }: Pick<Listed, 'running' | 'deleted'> & { state: string; findings: string },
  ): void {
    let ordinal = this.#ids.get(saved.id)?.readUInt32LE(0);
    if (ordinal === undefined) this.#put('ordinal', (ordinal = (this.#number('ordinal') ?? 0) + 1));
    const listed = Buffer.alloc(5);
    listed.writeUInt32LE(ordinal);
    listed[4] = (running ? RUNNING : 0) | (deleted ? DELETED : 0);
    this.#ids.putSync(saved.id, listed);
    this.#runs.putSync(saved.id, serialize(saved));
    this.#states.putSync(saved.id, Buffer.from(state));
    this.#findings.putSync(saved.id, Buffer.from(findings));
  }

  /** Within `transaction`. */
  putCheckpoint(run: string, checkpoint: Checkpoint): void {
    this.#checkpoints.putSync(run, serialize(checkpoint));
  }

  /** Within `transaction`. */
  putEnd(run: string, end: number): void {
    const bytes = Buffer.alloc(8);
    bytes.writeDoubleLE(end);
    this.#ends.putSync(run, bytes);
  }

  /** Within `transaction`: replaces the blocks of a series' chunks from `fromBlock` on by these; see block.ts. */
  putBlocks(
    run: string,
    series: number,
    attempt: number,
    fromBlock: number,
    blocks: readonly Uint8Array[],
  ): void {
    let block = fromBlock;
    for (const packed of blocks)
      this.#blocks.putSync(blockKey(run, series, attempt, block++), Buffer.from(packed));
    for (const { key } of [...this.#blockRange(run, series, attempt, block)]) this.#blocks.removeSync(key);
  }

  /** Within `transaction`: forgets a run. */
  remove(run: string): void {
    for (const db of [this.#ids, this.#runs, this.#states, this.#findings, this.#checkpoints, this.#ends])
      db.removeSync(run);
    const [start, end] = runRange(run);
    for (const key of [...this.#blocks.getKeys({ start, end })]) this.#blocks.removeSync(key);
  }

  /** Bytes of the run's records in here. */
  sizeOf(run: string): number {
    let size = 0;
    for (const db of [this.#runs, this.#states, this.#findings, this.#checkpoints])
      size += db.get(run, this.#options)?.length ?? 0;
    const [start, end] = runRange(run);
    for (const { value } of this.#blocks.getRange({ ...this.#options, start, end })) size += value.length;
    return size;
  }

  /** Writes a copy, without the room that changes have left free, as of now; others may go on writing. */
  async backup(folder: string): Promise<void> {
    await this.#root.backup(catalogueFile(folder), true);
  }

  async close(): Promise<void> {
    this.#view?.done();
    await this.#root.close();
  }

  get #options(): { transaction?: Transaction } {
    return this.#view ? { transaction: this.#view } : {};
  }

  #number(key: string): number | null {
    return this.#meta.get(key, this.#options)?.readDoubleLE(0) ?? null;
  }

  #put(key: string, value: number): void {
    const bytes = Buffer.alloc(8);
    bytes.writeDoubleLE(value);
    this.#meta.putSync(key, bytes);
  }

  // eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- what is kept is what was put
  #value<Value>(db: Database<Buffer, string>, key: string): Value | null {
    const bytes = db.get(key, this.#options);
    return bytes === undefined ? null : (deserialize(bytes) as Value);
  }

  #blockRange(run: string, series: number, attempt: number, from: number) {
    return this.#blocks.getRange({
      ...this.#options,
      start: blockKey(run, series, attempt, from),
      end: blockKey(run, series, attempt, 0xffffffff),
    });
  }
}

/** Flags of a listed run. */
const RUNNING = 1;
const DELETED = 2;

/** What readers need of a catalogue. */
export type Kept = Pick<
  Catalogue,
  'sealed' | 'list' | 'run' | 'state' | 'findings' | 'checkpoint' | 'chunks' | 'end' | 'sizeOf'
>;

/** What there is in a folder of the first format, that has none. */
export const NO_CATALOGUE: Kept = {
  sealed: 0,
  list: () => [],
  run: () => null,
  state: () => null,
  findings: () => '[]',
  checkpoint: () => undefined,
  chunks: () => [],
  end: () => 0,
  sizeOf: () => 0,
};

/** The catalogue's file in a data folder. */
export function catalogueFile(folder: string): string {
  return join(folder, 'catalogue.mdb');
}

/** Run, 0, series, attempt, block: the blocks of a series are neighbours, and in order. */
function blockKey(run: string, series: number, attempt: number, block: number): Buffer {
  const key = Buffer.alloc(run.length + 13);
  key.write(run, 'latin1'); // ids are ASCII
  key.writeUInt32BE(series, run.length + 1);
  key.writeUInt32BE(attempt, run.length + 5);
  key.writeUInt32BE(block, run.length + 9);
  return key;
}

/** The first key of a run's blocks, and the first behind them. */
function runRange(run: string): [Buffer, Buffer] {
  return [Buffer.from(`${run}\0`, 'latin1'), Buffer.from(`${run}\x01`, 'latin1')];
}
