import papaparse from 'papaparse';
import { type LogEntry, NoLog, type Reader } from '../entry.ts';
import { isStep, isTime, numberIn, STEP_NAMES, TIME_NAMES } from './cell.ts';
import { wholeLines } from './lines.ts';

/**
 * Reads CSV with a header and a `step` or `epoch` column: Lightning's metrics.csv, Keras' CSVLogger, YOLO's
 * results.csv with its padded header, and any other. The separator is that of the header: comma, semicolon or tab.
 * One entry a row; cells may be blank, columns that hold no numbers are passed over, as are rows without a step. A
 * `time` column counts as the time where it holds one, and is a series else.
 */
export function csvReader(): Reader {
  let header: Header | null = null;
  return {
    read(bytes, take, last) {
      return wholeLines(bytes, last, (line) => {
        if (line.trim() === '') return;
        if (header === null) header = readHeader(line);
        else {
          const entry = readRow(line, header);
          if (entry !== null) take(entry);
        }
      });
    },
  };
}

interface Header {
  readonly names: readonly string[];
  readonly separator: string;
  /** Columns; -1: there is none. */
  readonly step: number;
  readonly epoch: number;
  readonly time: number;
}

function readHeader(line: string): Header {
  const text = line.replace(/^\uFEFF/, '');
  const separator = [',', ';', '\t'].find((one) => text.includes(one)) ?? ',';
  const names = cells(text, separator).map((name) => name.trim());
  const lower = names.map((name) => name.toLowerCase());
  const find = (wanted: readonly string[]) =>
    wanted.map((name) => lower.indexOf(name)).find((column) => column >= 0) ?? -1;
  const step = find(STEP_NAMES);
  if (step < 0) throw new NoLog('columns: must include step or epoch');
  return { names, separator, step, epoch: find(['epoch']), time: find(TIME_NAMES) };
}

function readRow(line: string, { names, separator, step: at, epoch: epochAt, time: timeAt }: Header) {
  const row = cells(line, separator);
  const step = numberIn(row[at] ?? '');
  if (!isStep(step)) return null;
  const values: Record<string, number> = {};
  let time: number | undefined;
  let epoch: number | undefined;
  let some = false;
  for (let column = 0; column < names.length; column++) {
    const value = numberIn(row[column] ?? '');
    if (value === null || names[column] === '') continue;
    if (column === epochAt) epoch = value >= 0 ? value : undefined;
    else if (column === timeAt && isTime(value)) time = value;
    else if (column !== at) {
      values[names[column]] = value;
      some = true;
    }
  }
  if (!some) return null;
  const entry: LogEntry = {
    kind: 'log',
    step,
    values,
    ...(time !== undefined && { time }),
    ...(epoch !== undefined && { epoch }),
  };
  return entry;
}

function cells(line: string, separator: string): string[] {
  if (!line.includes('"')) return line.split(separator);
  return papaparse.parse<string[]>(line, { delimiter: separator }).data[0] ?? [];
}
