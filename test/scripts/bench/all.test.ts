import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { BENCHES } from '../../../scripts/bench/all/benches.ts';
import { GOALS, type Goal } from '../../../scripts/bench/all/goals.ts';
import { format, rowsOf, three } from '../../../scripts/bench/all/table.ts';
import { readFigures } from '../../../scripts/bench/figures.ts';
import { parseMetrics } from '../../../scripts/bench/scrape.ts';

const rate: Goal = { what: 'ingest', bench: 'a', figure: 'rate', unit: 'M points/s', rule: 'at least', goal: 1.5, limit: 1.68 }; // prettier-ignore
const lost: Goal = { what: 'lost', bench: 'a', figure: 'lost', unit: 'points', rule: 'at most', goal: 0, limit: null }; // prettier-ignore
const told = (...runs: Record<string, number>[]) =>
  new Map([['a', runs.map((figures) => new Map(Object.entries(figures)))]]);

describe('the table of all benches', () => {
  it('takes the median of the runs, in the unit of the goal', () => {
    const [row] = rowsOf(told({ rate: 1.2e6 }, { rate: 1.6e6 }, { rate: 1.7e6 }), [rate]);
    expect(row).toMatchObject({ value: 1.6, met: true });
    const [slow] = rowsOf(told({ rate: 1.2e6 }, { rate: 1.4e6 }, { rate: 1.7e6 }), [rate]);
    expect(slow).toMatchObject({ value: 1.4, met: false });
  });

  it('takes the worst run of what may not happen once', () => {
    expect(rowsOf(told({ lost: 0 }, { lost: 0 }, { lost: 7 }), [lost])[0]).toMatchObject({
      value: 7,
      met: false,
    });
  });

  it('leaves out what did not run, and says what told nothing', () => {
    expect(rowsOf(new Map(), [rate])).toEqual([]);
    const rows = rowsOf(told({}), [rate, lost]);
    expect(rows.map(({ met }) => met)).toEqual([false, false]);
    expect(format(rows, false)).toContain('not measured');
  });

  it('is written for a terminal and as Markdown', () => {
    const rows = rowsOf(told({ rate: 1.2e6, lost: 0 }), [rate, lost]);
    expect(format(rows, true).split('\n')).toEqual([
      '| What | Measured | Least to most | Goal |  | Limit |',
      '| --- | --- | --- | --- | --- | --- |',
      '| ingest | 1.20 M points/s | 1.20 to 1.20 | ≥ 1.5 | **missed** | 1.68 |',
      '| lost | 0 points | 0 to 0 | ≤ 0 | met |  |',
    ]);
    expect(format(rows, false)).toContain('1.20 M points/s');
  });

  it('writes three digits', () => {
    expect([0.0612, 6.4, 47.31, 446.2, 3].map(three)).toEqual(['0.06', '6.40', '47.3', '446', '3']);
  });

  it('has a bench for every goal, and a program for every bench', () => {
    const names = BENCHES.map(({ name }) => name);
    expect(GOALS.filter(({ bench }) => !names.includes(bench))).toEqual([]);
    const folder = join(import.meta.dirname, '../../../scripts/bench');
    for (const { program } of BENCHES)
      expect(existsSync(join(folder, program.replace('.js', '.ts')))).toBe(true);
  });
});

describe('what a bench prints', () => {
  it('is figures, and the rest', () => {
    const { figures, rest } = readFigures('a line\nfigure binary.rate 1690000.5\nanother\n');
    expect([...figures]).toEqual([['binary.rate', 1690000.5]]);
    expect(rest).toBe('a line\nanother\n');
  });
});

describe('metrics', () => {
  it('are read with their labels, and are NaN where they are not', () => {
    const metrics = parseMetrics('# HELP a b\n# TYPE a gauge\na 3\nb{quantile="0.5"} 1e-3\n');
    expect([metrics('a'), metrics('b{quantile="0.5"}'), metrics('c')]).toEqual([3, 0.001, NaN]);
  });
});
