import type { RunState, RunStatus } from '../../../shared/frames.ts';
import type { Curve, Scene } from './mock-feed.ts';
import { aCurve, aRun, points, random } from './scenes.ts';

const STATUSES: readonly RunStatus[] = [
  'running',
  'finished',
  'finished',
  'finished',
  'failed',
  'stopped',
  'lost',
];
const OPTIMIZERS = ['adam', 'sgd', 'lion'] as const;
const NAMES = ['ember', 'slate', 'heron', 'cobalt', 'fern', 'quartz', 'tansy', 'orrin'];

/** A sweep of `count` runs: three optimizers, rates over four magnitudes, several seeds of each. */
export function manyRuns(count: number): Scene {
  const chance = random(11);
  const now = Date.now() / 1000;
  const curves = new Map<string, readonly Curve[]>();
  const runs = Array.from({ length: count }, (_, i): RunState => {
    const name = OPTIMIZERS[i % 3];
    const lr = Number((10 ** -(1 + ((i * 7) % 9) / 2)).toPrecision(2));
    const floor = 0.12 + 0.05 * Math.abs(Math.log10(lr) + 2.6) + 0.02 * (i % 3) + 0.01 * chance();
    const status = STATUSES[(i * 5) % STATUSES.length];
    const pace = 4 + 8 * chance();
    const loss = (s: number): number => (2 * Math.exp(-s / (pace * 6)) + floor) * (0.96 + 0.08 * chance());
    const course = Array.from({ length: 48 }, (_, place) => Number(loss(place * 2).toPrecision(4)));
    const best = Math.min(...course);
    const step = 400 * (20 + (i % 70));
    if (i < 12)
      curves.set(
        `r${i}`,
        ['val/loss', 'train/loss'].map((series, which) =>
          aCurve(
            series,
            'loss',
            which === 0 ? 'validation' : 'train',
            points(4000, which === 0 ? 40 : 10, (s) => loss(s / 40) * (which === 0 ? 1 : 0.8)),
          ),
        ),
      );
    return aRun(`r${i}`, {
      name: `${NAMES[i % 8]}-${NAMES[(i * 3 + 1) % 8]}-${i}`,
      project: i % 11 === 0 ? 'baselines' : 'digits',
      status,
      created: now - 900 * (i + 1),
      ended: status === 'running' ? null : now - 900 * (i + 1) + 3000,
      heard: now - (status === 'running' ? 1 : 60 * i),
      step,
      epoch: 20 + (i % 70),
      config: {
        epochs: 90,
        optimizer: { name, lr },
        batch: 32 * 2 ** (i % 3),
        seed: i % 4,
        host: `gpu-${i % 4}`,
      },
      tags: i % 9 === 0 ? ['night', 'v2'] : i % 4 === 0 ? ['v2'] : [],
      pinned: i === 2,
      trend: { series: 'val/loss', values: course },
      rate: status === 'running' ? 12 + i / 7 : null,
      best: { series: 'val/loss', step: step - 1200, epoch: 17 + (i % 70), value: best, age: 3 },
      loss: { series: 'val/loss', step, value: course.at(-1)! },
      verdict:
        status === 'failed'
          ? 'Diverged at step 1,200: lower the learning rate'
          : i % 6 === 0
            ? `Best epoch was ${17 + (i % 70)}: stop`
            : 'Healthy, still improving',
    });
  });
  return { runs, findings: [], curves };
}
