import type { RunState } from '../../shared/frames.ts';
import {
  formatCount,
  formatDuration,
  formatEpoch,
  formatItem,
  formatSetting,
  formatValue,
} from '../format.ts';
import { configOf, hostOf, secondsLeft } from './config.ts';

/** One column of the table of runs. */
export interface Column {
  readonly key: string;
  readonly label: string;
  /** In CSS pixels. */
  readonly width: number;
  readonly numeric: boolean;
  /** By which the runs are sorted; null and undefined come last whichever way. */
  value(run: RunState, now: number): number | string | boolean | null | undefined;
  text(run: RunState, now: number): string;
}

const ACTIVE = ['running', 'lost', 'failed', 'stopped', 'finished'];

export const COLUMNS: readonly Column[] = [
  {
    key: 'status',
    label: 'Status',
    width: 88,
    numeric: false,
    value: ({ status }) => ACTIVE.indexOf(status),
    text: ({ status }) => status,
  },
  number('step', 'Step', 76, ({ step }) => step, formatCount),
  number('epoch', 'Epoch', 60, ({ epoch }) => epoch, formatEpoch),
  number('best', 'Best', 76, ({ best }) => best?.value, formatValue),
  number('last', 'Last', 76, ({ loss }) => (loss ? Number(loss.value) : null), formatValue),
  number('rate', 'Steps/s', 68, ({ rate }) => rate, formatValue),
  number('left', 'Left', 68, secondsLeft, formatDuration),
  number('duration', 'Duration', 76, (run, now) => durationOf(run, now), formatDuration),
  {
    key: 'tags',
    label: 'Tags',
    width: 130,
    numeric: false,
    value: ({ tags }) => tags.join(' ') || null,
    text: ({ tags }) => tags.join(', '),
  },
  {
    key: 'project',
    label: 'Project',
    width: 110,
    numeric: false,
    value: ({ project }) => project,
    text: ({ project }) => project,
  },
  {
    key: 'host',
    label: 'Host',
    width: 110,
    numeric: false,
    value: (run) => hostOf(run) || null,
    text: hostOf,
  },
  number('created', 'Started', 84, ({ created }) => created, String),
];

function number(
  key: string,
  label: string,
  width: number,
  value: (run: RunState, now: number) => number | null | undefined,
  format: (value: number) => string,
): Column {
  const text = (run: RunState, now: number): string => {
    const found = value(run, now);
    return found === null || found === undefined ? '' : format(found);
  };
  return { key, label, width, numeric: true, value, text };
}

/** Seconds from a run's start to its end, or to now. */
export function durationOf({ created, ended }: RunState, now: number): number {
  return Math.max(0, (ended ?? now) - created);
}

/** A column of one setting of the config: `config:optimizer.lr`. */
export function configColumn(path: string): Column {
  const label = lastOf(path);
  return {
    key: `config:${path}`,
    label,
    width: Math.min(140, Math.max(72, label.length * 8 + 20)),
    numeric: true,
    value: (run) => configOf(run).get(path),
    text: (run) => {
      const value = configOf(run).get(path);
      return value === undefined ? '' : typeof value === 'number' ? formatSetting(value) : formatItem(value);
    },
  };
}

/** Config columns shown where nobody has chosen any. */
const CONFIG = 4;

/** The run's name: the column that is always there. */
export const NAME: Column = {
  key: 'name',
  label: 'Run',
  width: 280,
  numeric: false,
  value: ({ name }) => name,
  text: ({ name }) => name,
};

/** The columns the address names; else those that have something to show, and the first settings that differ. */
export function chosenColumns(cols: string, runs: readonly RunState[], keys: readonly string[]): Column[] {
  const all = [...COLUMNS, ...keys.map(configColumn)];
  if (cols !== '') {
    const wanted = cols.split(',');
    return all.filter(({ key }) => wanted.includes(key));
  }
  const shown = COLUMNS.filter(
    (column) => column.key !== 'created' && runs.some((run) => column.text(run, 0) !== ''),
  ).filter(({ key }) => key !== 'project' || new Set(runs.map(({ project }) => project)).size > 1);
  // Settings stand beside the figures they bring about; words come last.
  const listed = (key: string): boolean =>
    runs.some((run) => String(configOf(run).get(key)).startsWith('[')) || /(^|\.)host(name)?$/.test(key);
  const rate = (key: string): number => Number(!/(^|\.)(lr|learning_?rate)$/i.test(key));
  const settings = keys
    .filter((key) => !listed(key))
    .sort((a, b) => rate(a) - rate(b))
    .slice(0, CONFIG);
  const words = shown.findIndex(({ key }) => key === 'tags' || key === 'project' || key === 'host');
  const at = words < 0 ? shown.length : words;
  return [...shown.slice(0, at), ...settings.map(configColumn), ...shown.slice(at)];
}

/** The last part of a path: `optimizer.lr` as "lr". */
export function lastOf(path: string): string {
  return path.split('.').at(-1) ?? path;
}
