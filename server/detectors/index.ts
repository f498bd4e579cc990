import type { Detector } from '../detector.ts';
import { bestEpoch } from './best-epoch.ts';
import { divergence } from './divergence.ts';
import { gap } from './gap.ts';
import { nonFinite } from './non-finite.ts';
import { plateau } from './plateau.ts';

/** Every detector with its defaults. Where findings are equally grave, the first here names the cause. */
export const detectors: readonly Detector[] = [nonFinite(), divergence(), plateau(), bestEpoch(), gap()];
