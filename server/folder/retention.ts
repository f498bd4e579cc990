import type { Store } from '../store/store.ts';
import { usageOf } from './usage.ts';

export interface RetentionRule {
  /** Only runs of this project; null: of every one. */
  readonly project: string | null;
  /** Runs last heard of before this time go, in seconds since 1970; null: age does not count. */
  readonly before: number | null;
  /** The oldest go until the rest takes no more bytes than this; null: size does not count. */
  readonly bytes: number | null;
}

/** The runs that a rule lets go, the oldest first: never one that is pinned, or that still trains. */
export function expired(store: Pick<Store, 'runs' | 'kept'>, folder: string, rule: RetentionRule): string[] {
  const runs = [...store.runs.keys()].flatMap((id) => {
    const run = store.runs.get(id);
    if (run === undefined || run.status === 'running' || store.runs.isLive(id)) return [];
    if (rule.project !== null && run.project !== rule.project) return [];
    return [{ id, heard: run.heard, pinned: isPinned(run), bytes: usageOf(store.kept, folder, id) }];
  });
  runs.sort((a, b) => a.heard - b.heard);
  let total = runs.reduce((sum, { bytes }) => sum + bytes, 0);
  const gone: string[] = [];
  for (const { id, heard, pinned, bytes } of runs) {
    const old = rule.before !== null && heard < rule.before;
    const large = rule.bytes !== null && total > rule.bytes;
    if (pinned || !(old || large)) continue;
    gone.push(id);
    total -= bytes;
  }
  return gone;
}

/** What a person pins is kept, however that is noted of a run. */
function isPinned(run: object): boolean {
  const { pinned, edit } = run as { pinned?: boolean; edit?: { pinned?: boolean } };
  return pinned === true || edit?.pinned === true;
}
