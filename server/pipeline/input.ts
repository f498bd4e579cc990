import type { DefineLine, EndLine } from '../../shared/lines.ts';
import type { Silence } from '../detector.ts';
import type { Facts } from '../facts.ts';
import type { Table } from '../table.ts';

/** What goes into the pipeline, in the order it was accepted. */
export type PipelineInput =
  | { readonly kind: 'table'; readonly run: string; readonly table: Table }
  | { readonly kind: 'define'; readonly run: string; readonly define: DefineLine }
  | { readonly kind: 'setting'; readonly run: string; readonly setting: Setting }
  | { readonly kind: 'facts'; readonly run: string; readonly facts: Facts }
  | { readonly kind: 'silence'; readonly run: string; readonly silence: Silence }
  | { readonly kind: 'end'; readonly run: string; readonly status: EndLine['status'] };

/** How a detector is set for a run, from here on; what is left out stays as it was. */
export interface Setting {
  readonly detector: string;
  readonly enabled?: boolean;
  /** Parameters that the detector has, in their ranges, under their own names. */
  readonly parameters?: Readonly<Record<string, number>>;
}
