import type { PointDetector, Points, Said, Step } from '../detector.ts';
import { resolved } from './resolved.ts';
import { isSample, sampleOf } from './sample.ts';
import { atEpoch } from './words.ts';

/**
 * Says when a GPU's memory has had errors that its code could not correct: critical when the driver's count grows in the
 * run, for what was read is wrong; a remark when it is not zero at the first sample.
 *
 * Warm-up: none. Resolved when the count is lower than it was, which is a GPU that was reset. Values that are not finite
 * are left out. Known false alarm: none known; the driver counts.
 */
export function eccErrors(): PointDetector<EccErrorsState> {
  return {
    name: 'ecc-errors',
    parameters: {},
    input: 'points',
    subject: 'run',
    ranks: 'all',
    watches: ({ series }) => isSample(series, 'ecc_errors', 'max'),
    start: () => START,
    update,
  };
}

interface EccErrorsState {
  /** The count at the first sample, and the highest so far. */
  readonly first: number;
  readonly most: number;
  readonly said: boolean;
}

const START: EccErrorsState = { first: NaN, most: NaN, said: false };

function update(before: EccErrorsState, points: Points): Step<EccErrorsState> {
  const says: Said[] = [];
  let { first, most, said } = before;
  for (let at = 0; at < points.values.length; at++) {
    const count = points.values[at];
    if (!Number.isFinite(count)) continue;
    if (Number.isNaN(first)) {
      first = most = count;
      if (count > 0) {
        says.push(earlier(count, points, at));
        said = true;
      }
    } else if (count > most) {
      most = count;
      says.push(grows(count - first, count, points, at));
      said = true;
    } else if (count < most) {
      if (said) says.push(reset(points, at));
      first = most = count;
      said = false;
    }
  }
  return { state: { first, most, said }, says };
}

function place({ steps, epochs }: Points, at: number): Pick<Said, 'from' | 'epoch' | 'at'> {
  return { from: steps[at], epoch: Number.isNaN(epochs[at]) ? null : epochs[at], at };
}

function grows(inRun: number, count: number, points: Points, at: number): Said {
  const { from, epoch } = place(points, at);
  const gpu = nameOf(points);
  return {
    status: 'open',
    severity: 'critical',
    ...place(points, at),
    title: `${gpu} has had ${errors(inRun)} in this run that could not be corrected`,
    verdict: `Memory errors on ${gpu} at ${atEpoch(from, epoch)}: go on from a checkpoint before, on another GPU`,
    evidence: {
      'uncorrected errors in this run': inRun,
      'uncorrected errors since the driver was loaded': count,
    },
    advice: [
      'Do not trust what was computed since: go on from a checkpoint before this step, on another GPU',
      'Reset the GPU (nvidia-smi -r, or a reboot), which takes the faulty rows out of use, and look whether errors come again',
      'If they do, have the card replaced: nvidia-smi -q -d ECC,ROW_REMAPPER tells how many rows are left to stand in',
    ],
  };
}

function earlier(count: number, points: Points, at: number): Said {
  const gpu = nameOf(points);
  return {
    status: 'open',
    severity: 'info',
    ...place(points, at),
    title: `${gpu} has had ${errors(count)} that could not be corrected, before this run`,
    verdict: '',
    evidence: {
      'uncorrected errors in this run': 0,
      'uncorrected errors since the driver was loaded': count,
    },
    advice: [
      'Reset the GPU when it is free, and look whether errors come again: this run is not touched by them',
    ],
  };
}

function reset(points: Points, at: number): Said {
  return resolved(`${nameOf(points)} has been reset: its count of errors begins anew`, {
    ...place(points, at),
    evidence: { 'uncorrected errors since the driver was loaded': points.values[at] },
  });
}

function errors(count: number): string {
  return count === 1 ? 'an error of its memory' : `${count} errors of its memory`;
}

function nameOf({ binding }: Points): string {
  return `GPU ${sampleOf(binding.series)?.gpu ?? 0}`;
}
