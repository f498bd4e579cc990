import { createHash } from 'node:crypto';
import { basename, dirname, extname, relative, sep } from 'node:path';
import type { Reader } from './entry.ts';
import { csvReader } from './formats/csv.ts';
import { eventsReader } from './formats/events.ts';
import { jsonLinesReader } from './formats/json-lines.ts';
import { trainerStateReader } from './formats/trainer-state.ts';
import { wandbReader } from './formats/wandb.ts';

/** What kind of file this is, and how it grows. */
export interface Format {
  readonly name: 'tensorboard' | 'csv' | 'trainer-state' | 'jsonl' | 'wandb';
  /** "added": bytes once written stay. "rewritten": the file may be written anew with more columns. "whole": at every save. */
  readonly grows: 'added' | 'rewritten' | 'whole';
}

/** Where a file's points belong. */
export interface Place {
  readonly format: Format;
  /** The folder, or file, that is the run. */
  readonly home: string;
  /** Names the file within its run; several files of one name are one after the other, the newest counts. */
  readonly source: string;
  readonly open: () => Reader;
}

const EVENTS: Format = { name: 'tensorboard', grows: 'added' };
const CSV: Format = { name: 'csv', grows: 'rewritten' };
const STATE: Format = { name: 'trainer-state', grows: 'whole' };
const LINES: Format = { name: 'jsonl', grows: 'added' };
const WANDB: Format = { name: 'wandb', grows: 'added' };

/** Folders that Keras and Estimators make for the splits of one training. */
const SPLIT_FOLDER = /^(train|validation|val|eval)$/;
/** Folders that add_hparams() makes for one session: a time. */
const SESSION_FOLDER = /^\d{10}\.\d+$/;
const CHECKPOINT_FOLDER = /^checkpoint-\d+$/;
/** Files whose name says nothing that their folder's does not. */
const PLAIN_NAME = /^(metrics|results|progress|log|logs|training|history|scalars)$/i;

/** Says of a file by its path what it holds and whose it is; null for files of no tool that is known. */
export function locate(path: string): Place | null {
  const name = basename(path);
  const folder = dirname(path);
  if (name.includes('.tfevents.')) return locateEvents(folder, name);
  if (name === 'trainer_state.json') {
    const home = CHECKPOINT_FOLDER.test(basename(folder)) ? dirname(folder) : folder;
    return { format: STATE, home, source: name, open: trainerStateReader };
  }
  const extension = extname(name).toLowerCase();
  const home = PLAIN_NAME.test(basename(name, extname(name))) ? folder : path;
  if (extension === '.csv' || extension === '.tsv')
    return { format: CSV, home, source: name, open: csvReader };
  if (extension === '.jsonl' || extension === '.ndjson')
    return { format: LINES, home, source: name, open: jsonLinesReader };
  if (extension === '.wandb') return { format: WANDB, home: folder, source: name, open: wandbReader };
  return null;
}

function locateEvents(folder: string, name: string): Place {
  const last = basename(folder);
  if (SESSION_FOLDER.test(last)) {
    const above = locateEvents(dirname(folder), name);
    return { ...above, source: `${last}/${above.source}` };
  }
  if (!SPLIT_FOLDER.test(last))
    return { format: EVENTS, home: folder, source: name, open: () => eventsReader() };
  const split = last === 'val' ? 'validation' : last;
  return {
    format: EVENTS,
    home: dirname(folder),
    source: `${last}/${name}`,
    open: () => eventsReader(split),
  };
}

/** How a run found in a watched folder is named. */
export interface Identity {
  /** The run's id: the same for the same folder on the same machine, from wherever it is watched. */
  readonly run: string;
  readonly project: string;
  readonly name: string;
}

/**
 * Names a run by where it lies: its project by the watched folder, itself by the way from there.
 * @param root the watched folder, absolute
 * @param home of the run, absolute
 */
export function identify(root: string, { home, format }: Place): Identity {
  const inside = relative(root, home);
  const file = extname(home);
  const stem = file === '' || format.name === 'tensorboard' ? inside : inside.slice(0, -file.length);
  const below = stem === '' || stem.startsWith('..') ? basename(home) : stem.split(sep).join('/');
  const project = basename(root) || 'root';
  // Two kinds of file in one folder are two runs: each has the whole curve.
  const digest = createHash('sha256').update(`${home}\n${format.name}`).digest('hex').slice(0, 10);
  const words = `${project}-${below}`.replace(/[^A-Za-z0-9._~-]+/g, '-').slice(-80);
  return { run: `${words}-${digest}`, project: printable(project), name: printable(below) };
}

/** A writer's name for a file of a run, at the n-th time it was begun anew. */
export function writerOf(source: string, generation: number): string {
  const digest = createHash('sha256').update(source).digest('hex').slice(0, 16);
  return generation === 0 ? `file-${digest}` : `file-${digest}.${generation}`;
}

/** A name that may be shown: no control characters, 256 characters at most. */
function printable(name: string): string {
  // eslint-disable-next-line no-control-regex
  return name.replace(/[\u0000-\u001f\u007f]/g, '?').slice(-256) || '?';
}
