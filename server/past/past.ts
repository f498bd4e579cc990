import { toWire } from '../../shared/numbers.ts';
import type { Past } from '../../shared/past.ts';
import type { PointsReader } from '../store/points-reader.ts';
import type { Run } from '../store/run.ts';
import { AT_START, goOn, type Stand } from './stand.ts';
import { extentOf, inputsOf } from './inputs.ts';

/** Tells what was known of runs at earlier steps. */
export interface PastReader {
  /**
   * What was known when the first rank stood at a step: that of the latest attempt that has reached it. It is what
   * the pipeline says of the stored points up to there, and so what viewers were told; but points that came late are
   * in their places.
   * @throws what `gone` was aborted with
   */
  at(run: Run, step: number, gone: AbortSignal): Promise<Past>;
}

/** Points of the first rank replayed before the stand is remembered. */
const STRETCH_POINTS = 50_000;
/** Stands remembered of a run; when there are more, every second one goes. */
const STANDS = 64;
/** Runs of which stands are remembered. */
const RUNS = 4;

interface Remembered {
  /** Points that had come late: stands from before are of another past. */
  readonly rewrites: number;
  /** In the order of attempts and steps. */
  stands: Stand[];
}

/**
 * Replays runs from their stored points, one at a time, and remembers where it has been.
 * @param stretchPoints points of the first rank after which a stand is remembered
 */
export function openPast(points: PointsReader, stretchPoints = STRETCH_POINTS): PastReader {
  const known = new Map<string, Remembered>();
  let before: Promise<unknown> = Promise.resolve();

  const remembered = (run: Run): Remembered => {
    const rewrites = rewritesOf(run);
    let found = known.get(run.id);
    known.delete(run.id);
    if (found?.rewrites !== rewrites) found = { rewrites, stands: [] };
    known.set(run.id, found);
    if (known.size > RUNS) known.delete(known.keys().next().value!);
    return found;
  };

  /** Goes from the nearest stand to the step, in stretches. */
  const reach = async (run: Run, step: number, gone: AbortSignal): Promise<Stand> => {
    const target = attemptAt(run, step);
    if (target === null) return AT_START;
    const memory = remembered(run);
    const near = memory.stands.findLast((one) => isBefore(one, target, step));
    let stand = near ?? AT_START;
    for (let attempt = stand.attempt; attempt <= target; attempt++) {
      const extent = extentOf(run, attempt);
      if (extent === null) continue;
      const last = attempt === target ? step : Infinity;
      const width = Math.ceil(((extent.last - extent.first + 1) * stretchPoints) / extent.points);
      let from = stand.attempt === attempt ? stand.to + 1 : -Infinity;
      while (from <= Math.min(last, extent.last)) {
        gone.throwIfAborted();
        const end = Math.max(from, extent.first) + width - 1;
        // The attempt's last stretch has no end: what came behind its last row belongs to it.
        const to = end >= extent.last ? last : Math.min(end, last);
        const upTo = eventsUpTo(run, stand.events, attempt, to);
        const events = run.events.slice(stand.events, upTo);
        const { inputs, damaged } = await inputsOf(points, run, { attempt, from, to }, events);
        const next = await goOn(stand, inputs, gone);
        stand = { ...next, attempt, to, events: upTo, damaged: [...stand.damaged, ...damaged] };
        if (to === end && to < extent.last) remember(memory, stand);
        if (to === Infinity) break;
        from = Math.floor(to) + 1;
      }
    }
    return stand;
  };

  return {
    at(run, step, gone) {
      const reached = before.then(() => {
        gone.throwIfAborted();
        return reach(run, step, gone);
      });
      before = reached.catch(() => undefined);
      return reached.then((stand) => told(run, stand));
    },
  };
}

function told(run: Run, { attempt, analysis, findings, to, ...stand }: Stand): Past {
  const { loss, best = null, verdict = '' } = analysis ?? {};
  // What the script said itself did not come from the pipeline.
  const said = [...run.findings.values()].filter(
    (one) =>
      one.detector === 'trainer' && (one.attempt < attempt || (one.attempt === attempt && one.step <= to)),
  );
  return {
    run: run.id,
    attempt,
    step: stand.step,
    epoch: stand.epoch,
    time: stand.time,
    points: stand.points,
    loss: loss ? { ...loss, value: toWire(loss.value) } : null,
    best,
    verdict,
    findings: [...findings.values(), ...said],
    damaged: stand.damaged,
  };
}

/** The latest attempt that has reached a step; null: none has. */
function attemptAt(run: Run, step: number): number | null {
  for (let attempt = run.attempts.get(0) ?? 0; attempt >= 0; attempt--) {
    const extent = extentOf(run, attempt);
    if (extent && extent.first <= step) return attempt;
  }
  return null;
}

function isBefore({ attempt, to }: Stand, target: number, step: number): boolean {
  return attempt < target || (attempt === target && to <= step);
}

/** How many of the run's events came up to a step of an attempt. @param from how many surely did */
function eventsUpTo({ events }: Run, from: number, attempt: number, step: number): number {
  let count = from;
  for (; count < events.length; count++) {
    const event = events[count];
    if (event.attempt > attempt || (event.attempt === attempt && (event.step ?? -Infinity) > step)) break;
  }
  return count;
}

function remember(memory: Remembered, stand: Stand): void {
  const at = memory.stands.findLastIndex((one) => isBefore(one, stand.attempt, stand.to)) + 1;
  const same = memory.stands.at(at - 1);
  if (at > 0 && same?.attempt === stand.attempt && same.to === stand.to) return;
  memory.stands.splice(at, 0, stand);
  if (memory.stands.length > STANDS) memory.stands = memory.stands.filter((_, i) => i % 2 === 1);
}

function rewritesOf(run: Run): number {
  let count = 0;
  for (const { attempts } of run.series.values())
    for (const { rewrites } of attempts.values()) count += rewrites;
  return count;
}
