import type { Detector } from '../detector.ts';
import { baseline } from './baseline.ts';
import { bestEpoch } from './best-epoch.ts';
import { dataWait } from './data-wait.ts';
import { diskFull } from './disk-full.ts';
import { divergence } from './divergence.ts';
import { eccErrors } from './ecc-errors.ts';
import { gap } from './gap.ts';
import { gpuIdle } from './gpu-idle.ts';
import { gradients } from './gradients.ts';
import { memory } from './memory.ts';
import { nonFinite } from './non-finite.ts';
import { notConverged } from './not-converged.ts';
import { oscillation } from './oscillation.ts';
import { overfitCheck } from './overfit-check.ts';
import { plateau } from './plateau.ts';
import { slowDown } from './slow-down.ts';
import { spike } from './spike.ts';
import { stall } from './stall.ts';
import { throttling } from './throttling.ts';
import { validationEasier } from './validation-easier.ts';
import { validationNoise } from './validation-noise.ts';

/** Makes a detector; parameters left out have their defaults. */
export type DetectorFactory = (parameters?: Readonly<Record<string, number>>) => Detector;

/** Every kind of detector. Where findings are equally grave, the first here names the cause. */
const ALL: readonly DetectorFactory[] = [
  eccErrors,
  nonFinite,
  divergence,
  gradients,
  stall,
  diskFull,
  memory,
  baseline,
  plateau,
  overfitCheck,
  oscillation,
  bestEpoch,
  gap,
  notConverged,
  spike,
  validationEasier,
  validationNoise,
  throttling,
  dataWait,
  gpuIdle,
  slowDown,
];

/** Every detector with its defaults, the cause before its consequences. */
export const detectors: readonly Detector[] = ALL.map((make) => make());

/** Every kind of detector by its name. */
export const factories: ReadonlyMap<string, DetectorFactory> = new Map(
  ALL.map((make) => [make().name, make]),
);
