import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Finding } from '../../shared/finding.ts';
import { isRight, RIGHT_CAUSES } from '../../scripts/bench/faults/causes.ts';
import { readBench, type Label, type Labelled } from '../../scripts/bench/faults/read-bench.ts';
import { judge, score } from '../../scripts/bench/faults/score.ts';
import { diagnose } from '../../server/diagnose/diagnose.ts';
import { readLines } from '../../server/diagnose/read-lines.ts';

const ROOT = join(import.meta.dirname, '../..');
const CURVES = join(ROOT, 'python/faults/curves.jsonl.gz');
const LABEL: Label = { fault: 'log-of-zero', task: 'task', seed: 0, onset: 0, counted: true, why: '' };

/** A run of 20 epochs of 10 steps whose loss is NaN from a step on. */
function broken(from: number): string {
  return Array.from({ length: 20 }, (_, epoch) => {
    const step = 10 * (epoch + 1);
    const loss = step >= from ? 'NaN' : 1 / step;
    return JSON.stringify({ kind: 'log', step, epoch, values: { 'train/loss': loss, 'val/loss': loss } });
  }).join('\n');
}

const diagnosed = (text: string) => diagnose(readLines('run.jsonl', 'run', text)[0]);

describe('judging a run by its label', () => {
  it('takes the first cause as right when it names the fault', () => {
    const diagnosis = diagnosed(broken(100));
    expect(judge(diagnosis, LABEL)).toMatchObject({ cause: 'non-finite', grave: true, right: true });
    expect(judge(diagnosis, { ...LABEL, fault: 'too-small-model' })).toMatchObject({
      right: false,
      found: null,
    });
  });

  it('counts the delay from the onset, in epochs', () => {
    expect(judge(diagnosed(broken(100)), { ...LABEL, onset: 70 }).delay).toBe(3);
    expect(judge(diagnosed(broken(100)), { ...LABEL, onset: 170 }).delay).toBe(0);
  });

  it('takes every warning about a healthy run as false, also one that was resolved', () => {
    const healthy = { ...LABEL, fault: 'healthy' };
    const diagnosis = diagnosed(broken(Infinity));
    expect(judge(diagnosis, healthy).right).toBe(true);
    const alarm = { detector: 'gap', severity: 'warning', status: 'resolved', step: 50 } as Finding;
    const judged = judge({ ...diagnosis, findings: [alarm, alarm] }, healthy);
    expect(judged.right).toBe(false);
    expect(score('healthy', [judged, judge(diagnosis, healthy)])).toMatchObject({ alarms: 1, alarmed: 0.5 });
  });
});

describe('the recorded curves', () => {
  let bench: Labelled[] = [];
  beforeAll(async () => {
    bench = await readBench(CURVES);
  });

  it('have a right cause for every fault, and a run that shows it', () => {
    const shown = new Set(bench.filter(({ label }) => label.counted).map(({ label }) => label.fault));
    expect([...shown].sort()).toEqual([...Object.keys(RIGHT_CAUSES), 'healthy'].sort());
    expect(isRight('healthy', 'gap')).toBe(false);
  });

  it('are healthy in at least three of ten', () => {
    const counted = bench.filter(({ label }) => label.counted);
    const healthy = counted.filter(({ label }) => label.fault === 'healthy');
    expect(healthy.length / counted.length).toBeGreaterThanOrEqual(0.3);
  });

  it('do not tell their fault', async () => {
    const text = gunzipSync(await readFile(CURVES)).toString();
    for (const fault of Object.keys(RIGHT_CAUSES)) expect(text.includes(fault), fault).toBe(false);
  });

  it('are described, fault by fault', async () => {
    const page = await readFile(join(ROOT, 'docs/fault-bench.md'), 'utf8');
    for (const [fault, causes] of Object.entries(RIGHT_CAUSES)) {
      expect(page).toContain(`| ${fault} `);
      const row = page.split('\n').find((line) => line.startsWith(`| ${fault} `))!;
      for (const cause of causes) expect(row, fault).toContain(cause);
    }
  });
});
