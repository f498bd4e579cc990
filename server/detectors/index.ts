import type { Detector } from '../detector.ts';
import { bestEpoch } from './best-epoch.ts';
import { nonFinite } from './non-finite.ts';

/** Every detector with its defaults. Where findings are equally grave, the first here names the cause. */
export const detectors: readonly Detector[] = [nonFinite(), bestEpoch()];
