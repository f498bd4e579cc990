import { parseArgs } from 'node:util';
import { diagnose } from '../../server/diagnose/diagnose.ts';
import { interval, table } from './accuracy/score.ts';
import { isRight, RIGHT_CAUSES } from './faults/causes.ts';
import { readBench } from './faults/read-bench.ts';
import { groupBy, judge, score, type Judged, type Score } from './faults/score.ts';

/**
 * Measures the diagnosis on trainings with one known fault each (docs/fault-bench.md).
 * Usage: node dist/scripts/bench/faults.js [--curves FILE], by default python/faults/curves.jsonl.gz.
 */
const { curves } = parseArgs({
  options: { curves: { type: 'string', default: 'python/faults/curves.jsonl.gz' } },
}).values;

const bench = await readBench(curves);
const counted = bench.filter(({ label }) => label.counted);
const judged = counted.map(({ recording, label }) => judge(diagnose(recording), label));
const healthy = judged.filter(({ label }) => label.fault === 'healthy');
const faulty = judged.filter(({ label }) => label.fault !== 'healthy');
const byFault = groupBy(judged, ({ label }) => label.fault);
const order = ['healthy', ...Object.keys(RIGHT_CAUSES)].filter((fault) => byFault.has(fault));

console.log(
  `${bench.length} runs, ${bench.length - counted.length} of which do not show what was done to them and are left out\n`,
);
console.log('First cause, by what was done\n');
console.log(confusion());
console.log('\nBy what was done\n');
console.log(
  table(
    ['', 'runs', 'detected', 'right first cause', 'median delay, epochs', 'warned', 'warnings a run'],
    [...order.map((fault) => row(score(fault, byFault.get(fault)!))), row(score('all faults', faulty))],
  ),
);
console.log(`\n${summary()}\n`);
console.log('Misjudged runs\n');
for (const one of judged.filter(({ right }) => !right)) console.log(misjudged(one));

function confusion(): string {
  const causes = [...new Set(judged.map(({ cause }) => cause ?? 'none'))].sort();
  return table(
    ['', ...causes],
    order.map((fault) => {
      const runs = byFault.get(fault)!;
      return [
        fault,
        ...causes.map((cause) => {
          const count = runs.filter((one) => (one.cause ?? 'none') === cause).length;
          return count === 0 ? '·' : String(count);
        }),
      ];
    }),
  );
}

function row({ fault, runs, detected, right, delay, alarmed, alarms }: Score): string[] {
  const harmless = fault === 'healthy';
  return [
    fault,
    String(runs),
    harmless ? '–' : percent(detected),
    percent(right),
    delay === null ? '–' : delay.toFixed(1),
    percent(alarmed),
    alarms.toFixed(2),
  ];
}

function summary(): string {
  const { alarms } = score('healthy', healthy);
  const { right, runs } = score('all', faulty);
  const [low, high] = interval(right, runs);
  const byClass = groupBy(faulty, ({ label }) => label.fault);
  const mean = [...byClass.values()].reduce((sum, all) => sum + score('', all).right, 0) / byClass.size;
  const warned = faulty.filter((one) => one.right && one.grave).length / runs;
  // The rule that knows nothing: names the one detector that is right most often.
  const names = [...new Set(Object.values(RIGHT_CAUSES).flat())];
  const always = Math.max(
    ...names.map((name) => faulty.filter(({ label }) => isRight(label.fault, name)).length / runs),
  );
  return [
    `Warnings or worse per healthy run: ${alarms.toFixed(3)} (goal: at most 0.05)`,
    `Faults with the right first cause: ${percent(right)}, 95 % interval ${percent(low)} to ${percent(high)} (goal: at least 85 %); mean over faults ${percent(mean)}`,
    `Of these by a warning or worse, and not by a remark that many healthy runs get too: ${percent(warned)} of the faults`,
    `Beside it: always naming one detector is right for at most ${percent(always)}, and warns of every healthy run`,
  ].join('\n');
}

function misjudged({ run, label, cause, verdict, alarms }: Judged): string {
  const said = alarms.map(
    ({ detector, severity, status, step, title }) =>
      `\n    ${detector}, ${severity}, ${status}, said at step ${step}: ${title}`,
  );
  return `${label.fault}: ${run}: ${cause ?? 'none'}: ${verdict} (${label.why})${said.join('')}`;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
