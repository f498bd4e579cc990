import type { OperatorFunction } from 'rxjs';
import type { Best, Finding } from '../../shared/finding.ts';
import type { DefineLine, EndLine } from '../../shared/lines.ts';
import type { Binding } from '../roles.ts';
import type { Table } from '../table.ts';

/** What goes into the pipeline, in the order it was accepted. */
export type PipelineInput =
  | { readonly kind: 'table'; readonly run: string; readonly table: Table }
  | { readonly kind: 'define'; readonly run: string; readonly define: DefineLine }
  | { readonly kind: 'end'; readonly run: string; readonly status: EndLine['status'] };

/** What the pipeline makes of one input, in step with it: one analysis per input, synchronously. */
export interface Analysis {
  readonly run: string;
  /** Findings opened, updated or resolved by this input. */
  readonly findings: readonly Finding[];
  /** The best validation so far of the monitored series. */
  readonly best: Best | null;
  /** Set once the best epoch is sure to be past. */
  readonly stop: { readonly step: number; readonly epoch: number | null; readonly reason: string } | null;
  /** The loss people look at first. */
  readonly loss: { readonly series: string; readonly step: number; readonly value: number } | null;
  /** One line, always current. */
  readonly verdict: string;
  readonly bindings: ReadonlyMap<string, Binding>;
  /** Everything needed to go on from here; plain data that structured clone copies. */
  readonly state: RunCheckpoint;
}

/** The state of one run's pipeline, opaque to everyone else. */
export type RunCheckpoint = unknown;

/**
 * Runs every detector over every run's inputs.
 * @param restored checkpoints to go on from, by run
 */
export declare function analyse(
  restored?: ReadonlyMap<string, RunCheckpoint>,
): OperatorFunction<PipelineInput, Analysis>;
