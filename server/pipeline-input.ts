import { factsOf } from './facts.ts';
import type { PipelineInput } from './pipeline/input.ts';
import type { StoreRecord } from './store/record.ts';

/** What the pipeline is to see of a record, always the same of the same record; null: nothing. */
export function pipelineInput(record: StoreRecord): PipelineInput | null {
  if (record.kind === 'table') return { kind: 'table', run: record.table.run, table: record.table };
  if (record.kind === 'hello') {
    const facts = factsOf(record.line.config);
    return facts && { kind: 'facts', run: record.line.run, facts };
  }
  if (record.kind === 'setting') return { kind: 'setting', run: record.run, setting: record.setting };
  if (record.kind === 'define') return { kind: 'define', run: record.run, define: record.define };
  if (record.kind === 'silence') {
    return { kind: 'silence', run: record.run, silence: { seconds: record.seconds, gone: false } };
  }
  // A run is judged by its first rank: that another is lost is its status, not its silence.
  if (record.kind === 'lost')
    return record.rank === 0
      ? { kind: 'silence', run: record.run, silence: { seconds: 0, gone: true } }
      : null;
  if (record.kind !== 'line') return null;
  if (record.line.kind === 'define') return { kind: 'define', run: record.run, define: record.line };
  if (record.line.kind === 'update') {
    const facts = factsOf(record.line.config);
    return facts && { kind: 'facts', run: record.run, facts };
  }
  if (record.line.kind === 'end') return { kind: 'end', run: record.run, status: record.line.status };
  return null;
}
