import { join } from 'node:path';
import { bestEpoch, type BestEpochParameters } from '../../../server/detectors/best-epoch.ts';
import { diagnose, numbers, readLines, type Curve } from './curve.ts';
import { BASELINES } from './rules.ts';
import { interval, score, table, trial, type Score, type Trial } from './score.ts';

/** Settings from which cross-validation chooses. */
export const SETTINGS: readonly Partial<BestEpochParameters>[] = [
  {},
  { minDelta: 0.012 },
  { minDelta: 0.015 },
  { minDelta: 0.025 },
  { maxDelta: 0.03 },
  { maxDelta: 0.05 },
  { minDelta: 0.04 },
  { errors: 2.7 },
  { errors: 4.7 },
  { trend: 3 },
];

interface Labelled extends Curve {
  readonly group: string;
  readonly overfit: boolean;
}

/** Overfitting on the simulated OverfitGuard histories, leaving one data set out at a time. */
export async function overfitTable(folder: string): Promise<string> {
  const curves: Labelled[] = [];
  for await (const line of readLines(join(folder, 'overfitguard-simulated.jsonl'))) {
    const name = String(line.name);
    curves.push({
      name,
      group: name.split('_')[0],
      overfit: line.overfit === true,
      series: { train_loss: numbers(line.train_loss), val_loss: numbers(line.val_loss) },
    });
  }
  const rows = Object.entries(BASELINES).map(([name, rule]) =>
    row(name, score(curves.map((one) => judged(one, rule(one.series.train_loss, one.series.val_loss))))),
  );
  const bySetting: Trial[][] = [];
  for (const setting of SETTINGS) {
    const trials: Trial[] = [];
    for (const curve of curves) trials.push(judged(curve, await stopOf(curve, setting)));
    bySetting.push(trials);
  }
  rows.push(row('best-epoch, defaults', score(bySetting[0])));
  const { trials, chosen } = crossValidated(bySetting);
  rows.push(row('best-epoch, cross-validated', score(trials)));
  const head = ['rule', 'P', 'R', 'F1', 'macro F1', 'best kept (95 %)', 'median delay', 'saved'];
  return [
    `Overfitting: ${curves.length} simulated histories of 1000 epochs, ${curves.filter((one) => one.overfit).length} overfitted`,
    table(head, rows),
    'Cross-validation leaves one data set out; chosen on the others: ' +
      [...chosen].map(([setting, times]) => `${JSON.stringify(SETTINGS[setting])} ×${times}`).join(', '),
  ].join('\n');
}

function judged({ group, overfit, series }: Labelled, stop: number | null): Trial {
  return trial(group, overfit, series.val_loss, stop);
}

async function stopOf(curve: Curve, setting: Partial<BestEpochParameters>): Promise<number | null> {
  const { findings } = await diagnose(curve, [bestEpoch(setting)]);
  return findings[0]?.step ?? null;
}

/** Chooses for each group the setting that is best on all others: by macro F1, then by delay. */
function crossValidated(bySetting: readonly (readonly Trial[])[]): {
  trials: Trial[];
  chosen: Map<number, number>;
} {
  const groups = [...new Set(bySetting[0].map(({ group }) => group))];
  const chosen = new Map<number, number>();
  const trials = groups.flatMap((group) => {
    const worth = bySetting.map((all) => {
      const { macro, kept, delay } = score(all.filter((one) => one.group !== group));
      return macro + kept - 1e-4 * (delay ?? 1000);
    });
    const best = worth.indexOf(Math.max(...worth));
    chosen.set(best, (chosen.get(best) ?? 0) + 1);
    return bySetting[best].filter((one) => one.group === group);
  });
  return { trials, chosen };
}

function row(name: string, { precision, recall, f1, macro, kept, delay, saved, runs }: Score): string[] {
  const [low, high] = interval(kept, runs).map((share) => (100 * share).toFixed(1));
  return [
    name,
    precision.toFixed(3),
    recall.toFixed(3),
    f1.toFixed(3),
    macro.toFixed(3),
    `${(100 * kept).toFixed(1)} % (${low}–${high})`,
    delay === null ? '–' : String(delay),
    `${(100 * saved).toFixed(1)} %`,
  ];
}
