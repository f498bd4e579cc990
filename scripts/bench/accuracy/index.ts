import { existsSync } from 'node:fs';
import { deepobsTables } from './deepobs.ts';
import { developmentTables } from './development.ts';
import { levelTable } from './level.ts';
import { overfitTable } from './overfit.ts';

/**
 * Measures the detectors on recorded histories, beside trivial rules.
 * Usage: node dist/scripts/bench/accuracy/index.js [FOLDER], by default ../shared/data.
 */
const folder = process.argv[2] ?? '../shared/data';
if (existsSync(folder)) {
  console.log(`${await overfitTable(folder)}\n`);
  console.log(`${await developmentTables(folder)}\n`);
  console.log(`${await deepobsTables(folder)}\n`);
  console.log(await levelTable(folder));
} else {
  console.log(`accuracy: no recorded histories at ${folder}\n`);
  console.log(await levelTable(null));
}
