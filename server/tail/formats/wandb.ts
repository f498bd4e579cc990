import { Damaged, type Entry, type Reader } from '../entry.ts';
import { isStep } from './cell.ts';
import { parseJson } from './json.ts';
import { readLogRecords } from './leveldb-log.ts';
import { objectEntry } from './object.ts';
import type { Fields } from './protobuf.ts';
import { Fields as Walk } from './protobuf.ts';

/** ":W&B", a magic number and a version before the first block's records. */
const FILE_HEADER = 7;

/**
 * Reads the `.wandb` file of a W&B run, offline or not: its history, config, name and exit.
 *
 * Fields by number, from wandb_internal.proto: Record 2 history, 5 config, 17 run, 18 exit; HistoryRecord 1 item,
 * 2 step (1 num); ConfigRecord 1 update; items 1 key, 2 nested_key, 16 value_json; RunRecord 3 project, 4 config,
 * 8 display_name; RunExitRecord 1 exit_code.
 */
export function wandbReader(): Reader {
  let at = 0;
  let rows = 0;

  const record = (bytes: Buffer, take: (entry: Entry) => void): void => {
    const fields = new Walk(bytes);
    while (fields.next()) {
      if (fields.number === 2) {
        const entry = history(fields.inside(), rows);
        rows++;
        if (entry !== null) take(entry);
      } else if (fields.number === 5) {
        const config = itemsIn(fields.inside());
        if (Object.keys(config).length > 0) take({ kind: 'about', config });
      } else if (fields.number === 17) take(runIn(fields.inside()));
      else if (fields.number === 18) take(exitIn(fields.inside()));
    }
  };

  return {
    read(bytes, take) {
      let from = 0;
      if (at === 0) {
        if (bytes.length < FILE_HEADER) return 0;
        if (bytes.toString('latin1', 0, 4) !== ':W&B')
          throw new Damaged('the file does not begin as W&B’s do');
        from = FILE_HEADER;
      }
      const consumed = readLogRecords(bytes.subarray(from), at + from, (one) => record(one, take));
      // The file's header is part of the first block, and is consumed with the first record.
      if (consumed === 0) return 0;
      at += from + consumed;
      return from + consumed;
    },
  };
}

function history(fields: Fields, row: number): Entry | null {
  const object: Record<string, unknown> = {};
  let step: number | null = null;
  while (fields.next()) {
    if (fields.number === 1) addItem(fields.inside(), object);
    else if (fields.number === 2) {
      step = 0; // proto3 leaves out zeros
      const inside = fields.inside();
      while (inside.next()) if (inside.number === 1) step = inside.integer;
    }
  }
  for (const key of ['_runtime', '_wandb']) Reflect.deleteProperty(object, key);
  if (isStep(step)) object._step = step;
  // W&B counts every log() as a step: it, and no series of the script's own called "step", is the axis.
  const entry = objectEntry(
    Object.fromEntries(Object.entries(object).map(([key, value]) => [key === 'step' ? 'step ' : key, value])),
    row,
  );
  if (entry === null || !('step ' in entry.values)) return entry;
  const { 'step ': own, ...values } = entry.values;
  return { ...entry, values: { ...values, step: own } };
}

function addItem(item: Fields, into: Record<string, unknown>): void {
  let key = '';
  let json = '';
  while (item.next()) {
    if (item.number === 1) key = item.text;
    else if (item.number === 2) key = key === '' ? item.text : `${key}/${item.text}`;
    else if (item.number === 16) json = item.text;
  }
  if (key !== '') into[key] = parseJson(json);
}

function itemsIn(config: Fields): Record<string, unknown> {
  const found: Record<string, unknown> = {};
  while (config.next()) if (config.number === 1) addItem(config.inside(), found);
  const unwrapped = Object.entries(found)
    .filter(([key, value]) => !key.startsWith('_wandb') && value !== undefined)
    .map(([key, value]) => [key, value] as const);
  return Object.fromEntries(unwrapped);
}

function runIn(run: Fields): Entry {
  let about: { name?: string; project?: string; config?: Record<string, unknown> } = {};
  while (run.next()) {
    if (run.number === 3 && run.text !== '') about = { ...about, project: run.text };
    else if (run.number === 8 && run.text !== '') about = { ...about, name: run.text };
    else if (run.number === 4) about = { ...about, config: itemsIn(run.inside()) };
  }
  return { kind: 'about', ...about };
}

function exitIn(exit: Fields): Entry {
  let code = 0;
  while (exit.next()) if (exit.number === 1) code = exit.integer;
  return code === 0
    ? { kind: 'end', status: 'finished' }
    : { kind: 'end', status: 'failed', reason: `exit code ${code}` };
}
