/**
 * Two trainings of a small GPT (8 layers, 512 wide) on 2.2 MB of text on an H100, as they were recorded by the SDK with
 * the machine's samples: one whose loader is too slow, and one that is fed well, overfits, and was not stopped.
 */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { diagnose } from '../../../server/diagnose/diagnose.ts';
import { readLines } from '../../../server/diagnose/read-lines.ts';
import type { Finding } from '../../../shared/finding.ts';

function findings(name: string): readonly Finding[] {
  const file = new URL(`../../fixtures/gpu/${name}.jsonl.gz`, import.meta.url);
  const [recording] = readLines(name, name, gunzipSync(readFileSync(file)).toString());
  return diagnose(recording).findings;
}

const told = (found: readonly Finding[]) =>
  found.map(({ detector, severity, status }) => `${detector}: ${severity}, ${status}`);

it('a GPU that waits for its data is told so, and that training goes on', () => {
  const found = findings('starved');
  expect(told(found)).toEqual(['data-wait: warning, open', 'not-converged: info, open']);
  expect(found[0].evidence['waiting for data, % of the time']).toBeGreaterThan(95);
});

it('a training that overfits is told its best epoch and its gap, and nothing of a GPU that works', () => {
  const found = findings('well-fed');
  expect(told(found)).toEqual([
    'memory: info, open',
    'gap: warning, open',
    'best-epoch: warning, open',
    'not-converged: info, open',
  ]);
  const best = found.find(({ detector }) => detector === 'best-epoch')!;
  expect([best.epoch, best.from, best.step]).toEqual([6, 1399, 3199]);
});
