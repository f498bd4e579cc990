import {
  closeSync,
  fdatasyncSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { from as fromArray } from 'rxjs';
import { type Analysis, analyse } from '../pipeline/pipeline.ts';
import { pipelineInput } from '../pipeline-input.ts';
import { Restored } from '../restored.ts';
import { runState } from '../run-state.ts';
import { blocksOf, type ChunkPlace } from './block.ts';
import { ByteWriter } from './bytes.ts';
import { Catalogue } from './catalogue.ts';
import { AxisPacker, decodeChunk } from './chunk.ts';
import { cutChunks, keptChunks } from './recut.ts';
import { runOf } from './record.ts';
import { pointsFile } from './run-folder.ts';
import { Run } from './run.ts';
import { restoreRun, saveRun } from './saved-run.ts';
import { readSegment, segmentFile } from './segment.ts';

/**
 * Moves a segment of the journal to where it stays: points into chunks, everything else into the catalogue.
 *
 *     segment ─▶ fold, run by run ─┬─ points ─▶ chunks appended to runs/RUN/points, fdatasync ─┐
 *                                  └─ pipeline, from its last checkpoint to the segment's end ─┴─▶ one transaction
 *
 * Killed at any byte, either the transaction is there or nothing is: bytes of a points file behind its end in the
 * catalogue belong to nobody, and are written over. The caller deletes the segment afterwards.
 */
export class Sealer {
  readonly #folder: string;
  readonly #catalogue: Catalogue;
  readonly #rest: () => void;

  /** @param rest called between pieces of the work; may take its time */
  constructor(folder: string, rest: () => void = () => undefined) {
    this.#folder = folder;
    this.#rest = rest;
    this.#catalogue = new Catalogue(folder);
  }

  /** Seals a segment that nothing is appended to any more. @returns the runs it holds records of, and bytes written */
  seal(segment: number): Sealed {
    const runs = new Map<string, Run>();
    const restored = new Restored((run) => this.#catalogue.checkpoint(run));
    readSegment(segmentFile(join(this.#folder, 'journal'), segment), (record) => {
      const id = runOf(record);
      let run = runs.get(id);
      if (run === undefined) {
        const saved = this.#catalogue.run(id);
        if (saved) run = restoreRun(saved);
        else if (record.kind === 'hello') run = new Run(record);
        else throw new Error(`journal: run ${id} must have said hello before ${record.kind}`);
        runs.set(id, run);
      }
      run.apply(record, segment, { lasting: true });
      restored.add(record);
      this.#rest();
    });

    const written = [...runs.values()].map((run) => this.#writePoints(run));
    const checkpoints = catchUp(restored, this.#rest);
    this.#catalogue.transaction(() => {
      for (const { run, end, recut } of written) {
        for (const { series, attempt, fromBlock, blocks } of recut)
          this.#catalogue.putBlocks(run.id, series, attempt, fromBlock, blocks);
        this.#catalogue.putEnd(run.id, end);
        const checkpoint = checkpoints.get(run.id);
        if (checkpoint) this.#catalogue.putCheckpoint(run.id, checkpoint);
        const analysis = checkpoint?.analysis ?? this.#catalogue.checkpoint(run.id)?.analysis;
        this.#catalogue.putRun(saveRun(run), {
          running: run.status === 'running',
          deleted: run.edit.deleted ?? false,
          state: JSON.stringify(runState(run, analysis)),
          findings: JSON.stringify([...run.findings.values()]),
        });
      }
      this.#catalogue.putSealed(segment);
    });
    return { segment, runs: [...runs.keys()], bytes: written.reduce((sum, { bytes }) => sum + bytes, 0) };
  }

  close(): Promise<void> {
    return this.#catalogue.close();
  }

  /** Appends the run's points to its file, durable when this returns; the catalogue does not know of them yet. */
  #writePoints(run: Run): Written {
    const start = this.#catalogue.end(run.id);
    const out = new ByteWriter(1 << 16);
    const axes = new AxisPacker();
    const recut: Recut[] = [];
    for (const { number: series, attempts } of run.series.values()) {
      for (const [attempt, { parts }] of attempts) {
        if (parts.length === 0) continue;
        const [{ columns }] = parts;
        const owner = { series, attempt };
        const points = columns.parts();
        let fromBlock = this.#catalogue.blockCount(run.id, series, attempt);
        let chunks: ChunkPlace[] = [];
        let kept = 0;
        // Most often the last block is all that is touched; late points may fall further back.
        for (let back = 1; kept === 0 && fromBlock > 0; back *= 4) {
          fromBlock = Math.max(0, fromBlock - back);
          chunks = this.#catalogue.chunks(run.id, series, attempt, fromBlock);
          kept = keptChunks(chunks, points);
        }
        const old = chunks.slice(kept).map((place) => decodeChunk(this.#bytesOf(run.id, place), owner));
        const cut = cutChunks(owner, [...old, ...points], out, start, axes);
        recut.push({ ...owner, fromBlock, blocks: blocksOf([...chunks.slice(0, kept), ...cut]) });
        this.#rest();
      }
    }
    if (out.length > 0) appendAt(pointsFile(this.#folder, run.id), start, out.bytes);
    return { run, end: start + out.length, recut, bytes: out.length };
  }

  #bytesOf(run: string, { offset, length, bytes }: ChunkPlace): Uint8Array {
    if (bytes) return bytes;
    const file = openSync(pointsFile(this.#folder, run), 'r');
    try {
      const read = new Uint8Array(length);
      readSync(file, read, 0, length, offset);
      return read;
    } finally {
      closeSync(file);
    }
  }
}

export interface Sealed {
  readonly segment: number;
  readonly runs: readonly string[];
  /** Bytes written to points files. */
  readonly bytes: number;
}

interface Recut {
  readonly series: number;
  readonly attempt: number;
  readonly fromBlock: number;
  readonly blocks: readonly Uint8Array[];
}

interface Written {
  readonly run: Run;
  readonly end: number;
  readonly recut: readonly Recut[];
  readonly bytes: number;
}

/** Runs each pipeline on from its last checkpoint over what the segment holds beyond it. */
function catchUp(restored: Restored, rest: () => void): Map<string, { inputs: number; analysis: Analysis }> {
  const last = new Map(restored.analyses);
  const inputs = new Map([...last.keys()].map((run) => [run, restored.stand(run)!.inputs]));
  const pending = restored.pending.flatMap((record) => pipelineInput(record) ?? []);
  fromArray(pending)
    .pipe(analyse(restored.states()))
    .subscribe((analysis) => {
      last.set(analysis.run, { ...analysis, findings: [] });
      inputs.set(analysis.run, (inputs.get(analysis.run) ?? 0) + 1);
      rest();
    });
  return new Map([...last].map(([run, analysis]) => [run, { inputs: inputs.get(run) ?? 0, analysis }]));
}

/** Writes bytes behind byte `start`; what was there, a seal that was broken off had left. */
function appendAt(file: string, start: number, bytes: Uint8Array): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const handle = openSync(file, start === 0 ? 'w' : 'r+', 0o600);
  try {
    ftruncateSync(handle, start);
    for (let at = 0; at < bytes.length;) at += writeSync(handle, bytes, at, bytes.length - at, start + at);
    fdatasyncSync(handle);
  } finally {
    closeSync(handle);
  }
  if (start === 0) for (const folder of [dirname(file), dirname(dirname(file))]) syncFolder(folder);
}

function syncFolder(folder: string): void {
  const handle = openSync(folder, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
