/** What is read of a V8 CPU profile. */
export interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string };
    readonly children?: readonly number[];
  }[];
  readonly samples: readonly number[];
  /** Microseconds between samples. */
  readonly timeDeltas: readonly number[];
}

/** A part of the server, and where its code is. */
interface Place {
  readonly part: string;
  readonly within: RegExp;
}

/** The first that fits counts. What Node does itself counts for the part that called it. */
const PLACES: readonly Place[] = [
  { part: 'detectors, their statistics and roles', within: /\/server\/(detectors|windows|pipeline|detector|roles|facts)/ },
  { part: 'store: journal, memory, sealing', within: /\/server\/(store|commit|folder)/ },
  { part: 'joining tables', within: /\/server\/(join|table)/ },
  { part: 'gate: frames, checks, numbers, acknowledgements', within: /\/(server\/gate|shared)\/|typebox/ },
  { part: 'conclusions, fan-out, metrics', within: /\/server\// },
  { part: 'WebSocket (ws)', within: /node_modules\/ws\// },
  { part: 'RxJS', within: /node_modules\/rxjs\// },
]; // prettier-ignore

export interface PartTime {
  readonly part: string;
  /** Of the time that the thread was not idle, 0 to 1. */
  readonly share: number;
  /** The functions that took most of it by themselves, and their share of all. */
  readonly functions: readonly { readonly name: string; readonly share: number }[];
}

/** The time of each part by itself: of a function where it is ours, else of the nearest caller that is. */
export function partsOf(profile: CpuProfile): PartTime[] {
  const nodes = new Map(profile.nodes.map((node) => [node.id, node]));
  const parents = new Map(
    profile.nodes.flatMap(({ id, children }) => (children ?? []).map((child) => [child, id])),
  );
  const times = new Map<number, number>();
  profile.samples.forEach((id, i) => times.set(id, (times.get(id) ?? 0) + profile.timeDeltas[i]));
  const placeOf = (id: number): string => {
    const { functionName, url } = nodes.get(id)!.callFrame;
    if (functionName === '(garbage collector)') return 'garbage collection';
    const place = PLACES.find(({ within }) => within.test(url));
    if (place) return place.part;
    const parent = parents.get(id);
    return parent === undefined ? 'Node itself: sockets, files, timers' : placeOf(parent);
  };
  const parts = new Map<string, Map<string, number>>();
  let busy = 0;
  for (const [id, time] of times) {
    const { functionName: name } = nodes.get(id)!.callFrame;
    if (name === '(idle)' || name === '(program)') continue;
    busy += time;
    const part = placeOf(id);
    const functions = parts.get(part) ?? new Map<string, number>();
    parts.set(part, functions.set(name, (functions.get(name) ?? 0) + time));
  }
  return [...parts]
    .map(([part, functions]) => ({
      part,
      share: [...functions.values()].reduce((sum, time) => sum + time, 0) / busy,
      functions: [...functions]
        .map(([name, time]) => ({ name: name || '(anonymous)', share: time / busy }))
        .sort((a, b) => b.share - a.share)
        .slice(0, 4),
    }))
    .sort((a, b) => b.share - a.share);
}
