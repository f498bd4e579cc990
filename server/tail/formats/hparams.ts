import type { Entry } from '../entry.ts';
import { Fields } from './protobuf.ts';

/**
 * What a record of TensorBoard's plugin `hparams` says: the hyper-parameters a session starts with, or how it ended.
 * HParamsPluginData by number: 3 session_start_info (1 hparams: a map of 1 key, 2 google.protobuf.Value),
 * 4 session_end_info (1 status: 1 success, 2 failure, 3 running).
 */
export function hparamsIn(content: Buffer, tag: string): Entry | null {
  const data = new Fields(content);
  while (data.next()) {
    if (data.number === 3) return { kind: 'about', config: configIn(data.inside()) };
    // add_hparams() ends its session in the same breath: of a training it says nothing unless it failed.
    if (data.number === 4 && tag === '_hparams_/session_end_info') {
      const end = data.inside();
      while (end.next()) if (end.number === 1 && end.integer === 2) return { kind: 'end', status: 'failed' };
    }
  }
  return null;
}

function configIn(start: Fields): Record<string, unknown> {
  const config: Record<string, unknown> = {};
  while (start.next()) {
    if (start.number !== 1) continue;
    const pair = start.inside();
    let key = '';
    let value: unknown = null;
    while (pair.next()) {
      if (pair.number === 1) key = pair.text;
      else if (pair.number === 2) value = valueIn(pair.inside());
    }
    if (key !== '') config[key] = value;
  }
  return config;
}

/** google.protobuf.Value: 1 null, 2 number, 3 string, 4 bool; lists and objects are not written here. */
function valueIn(value: Fields): unknown {
  let found: unknown = null;
  while (value.next()) {
    if (value.number === 2) found = spelled(value.double);
    else if (value.number === 3) found = value.text;
    else if (value.number === 4) found = value.integer !== 0;
  }
  return found;
}

/** JSON has no NaN. */
function spelled(number: number): number | string {
  return Number.isFinite(number) ? number : String(number);
}
