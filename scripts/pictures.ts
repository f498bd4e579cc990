/**
 * Draws the pictures of docs/detectors.md: for every detector a run of which it said something, with its curve and the
 * mark and title of the finding. The run is a recorded training of python/faults where there is one, else generated.
 *
 *     node dist/scripts/pictures.js [FOLDER]
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { detectors } from '../server/detectors/index.ts';
import { diagnose, type Diagnosis } from '../server/diagnose/diagnose.ts';
import type { Recording } from '../server/diagnose/recording.ts';
import type { Finding } from '../shared/finding.ts';
import { isRight } from './bench/faults/causes.ts';
import { readBench } from './bench/faults/read-bench.ts';
import { draw } from './pictures/draw.ts';
import { GENERATED } from './pictures/generated.ts';

const WEIGHT = { info: 0, warning: 1, critical: 2 } as const;

const folder = process.argv[2] ?? 'docs/pictures';
mkdirSync(folder, { recursive: true });
const recorded = await readBench('python/faults/curves.jsonl.gz');
const found = new Map<string, { diagnosis: Diagnosis; finding: Finding; from: string; telling: number }>();

/** Keeps the most telling run for each detector that spoke of it. */
function take(recording: Recording, from: string, fault?: string): void {
  const diagnosis = diagnose(recording);
  for (const finding of diagnosis.findings) {
    const { detector, severity, status } = finding;
    const right = fault !== undefined && isRight(fault, detector);
    // Open at the end, grave, of the fault that was injected, and begun on the way.
    const telling =
      8 * Number(status === 'open') + 4 * WEIGHT[severity] + 2 * Number(right) + Number(finding.from > 100);
    const known = found.get(detector);
    if (!known || known.telling < telling) found.set(detector, { diagnosis, finding, from, telling });
  }
}

for (const { recording, label } of recorded.filter((one) => one.label.counted)) {
  take(recording, `a recorded training: ${label.task}, ${label.fault.replaceAll('-', ' ')}`, label.fault);
}
for (const [detector, make] of Object.entries(GENERATED)) {
  if (!found.has(detector)) take(make(), 'a generated run');
}
for (const { name } of detectors) {
  const picture = found.get(name);
  if (!picture) throw new Error(`${name}: no run of which it says something`);
  const path = join(folder, `${name}.svg`);
  writeFileSync(path, draw(picture.diagnosis, picture.finding, picture.from));
  console.log(`${path}: ${picture.finding.title} (${picture.from})`);
}
