import type { DefineLine, EndLine } from '../../shared/lines.ts';
import type { Facts } from '../facts.ts';
import type { Table } from '../table.ts';

/** What goes into the pipeline, in the order it was accepted. */
export type PipelineInput =
  | { readonly kind: 'table'; readonly run: string; readonly table: Table }
  | { readonly kind: 'define'; readonly run: string; readonly define: DefineLine }
  | { readonly kind: 'facts'; readonly run: string; readonly facts: Facts }
  | { readonly kind: 'end'; readonly run: string; readonly status: EndLine['status'] };
