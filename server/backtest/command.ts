import { readFile } from 'node:fs/promises';
import type { Score } from '../../shared/backtest.ts';
import { readRecordings } from '../diagnose/command.ts';
import { findFiles } from '../diagnose/find-files.ts';
import { type Recording, UnusableFile } from '../diagnose/recording.ts';
import { backtest, type Labels } from './backtest.ts';
import { BadSetting, makeDetector } from '../settings/setting.ts';
import { combine, readChoice } from './combine.ts';

export interface BacktestOptions {
  readonly detector: string;
  /** `NAME=NUMBER,NUMBER,…`, each a parameter; every combination is tried. */
  readonly set: readonly string[];
  /** CSV of `run,stop`, stop being true or false; null: none. */
  readonly labels: string | null;
  /** Only these runs; empty: all. */
  readonly runs: readonly string[];
  readonly json: boolean;
  readonly print: (text: string) => void;
  readonly warn: (text: string) => void;
}

/**
 * Replays the runs recorded at the paths under several settings of a detector, and prints what came of each.
 * @returns the exit code: 0, or 2 for a path, file or setting that cannot be used
 */
export async function backtestCommand(paths: readonly string[], options: BacktestOptions): Promise<0 | 2> {
  const { detector, set, json, print, warn } = options;
  try {
    const settings = combine(detector, new Map(set.map(readChoice)));
    const labels = options.labels === null ? new Map<string, boolean>() : await readLabels(options.labels);
    const recordings: Recording[] = [];
    for (const path of paths) {
      for (const file of await findFiles(path)) recordings.push(...(await readRecordings(file)));
    }
    const chosen = recordings.filter(({ run }) => options.runs.length === 0 || options.runs.includes(run));
    const scores = settings.map((setting) =>
      backtest(chosen, makeDetector(detector, setting), setting, labels),
    );
    if (json) scores.forEach((score) => print(JSON.stringify(score)));
    else print(table(scores));
    return 0;
  } catch (error) {
    if (!(error instanceof UnusableFile || error instanceof BadSetting)) throw error;
    warn(error.message);
    return 2;
  }
}

async function readLabels(path: string): Promise<Labels> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw new UnusableFile(`${path}: could not be read (${(error as Error).message})`);
  });
  const [header, ...rows] = text.trim().split(/\r?\n/);
  if (header.trim() !== 'run,stop')
    throw new UnusableFile(`${path}: header: must be run,stop, got ${header}`);
  return new Map(
    rows.map((row, i) => {
      const at = row.lastIndexOf(',');
      const stop = row.slice(at + 1).trim();
      if (stop !== 'true' && stop !== 'false')
        throw new UnusableFile(
          `${path}: row ${i + 2}, column stop: must be true or false, got ${JSON.stringify(stop)}`,
        );
      return [row.slice(0, at), stop === 'true'];
    }),
  );
}

/** Scores as an aligned table, a row a setting. */
function table(scores: readonly Score[]): string {
  const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
  const header = [
    'setting',
    'runs',
    'fired',
    'epochs saved',
    'best kept',
    'mean regret',
    'worst regret',
    'false alarms',
  ];
  const rows = scores.map((score) => [
    Object.entries(score.setting)
      .map(([name, value]) => `${name}=${value}`)
      .join(' ') || 'default',
    String(score.runs),
    String(score.fired),
    percent(score.saved),
    percent(score.kept),
    percent(score.meanRegret),
    percent(score.worstRegret),
    score.falseAlarms === null ? '–' : String(score.falseAlarms),
  ]);
  const widths = header.map((name, i) => Math.max(name.length, ...rows.map((row) => row[i].length)));
  const align = (row: readonly string[]) =>
    row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join('  ');
  return [header, ...rows].map(align).join('\n');
}
