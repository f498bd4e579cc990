import papaparse from 'papaparse';
import type { PipelineInput } from '../pipeline/input.ts';
import type { Column, Table } from '../table.ts';
import { type Recording, TABLE_ROWS, UnusableFile } from './recording.ts';

/** Columns that tell where a row is, the telling one first; case does not matter. */
const STEP_COLUMNS = ['step', 'global_step', 'iteration', 'iter', 'epoch'];

/** One column of the file, parsed: the rows that have a number, ascending, and the numbers. */
interface Series {
  readonly name: string;
  readonly rows: readonly number[];
  readonly values: readonly number[];
}

/**
 * Reads a run from CSV: a header, a `step` or `epoch` column, and one column a series, such as
 * `epoch,train_loss,val_loss`. Cells may be blank; NaN and infinities may be spelled in any way. A column that holds
 * no number at all (a time stamp) is passed over. A step below the one before begins a new attempt.
 * @throws UnusableFile when there is no such column, no row, or a cell is no number in a column of numbers
 */
export function readCsv(path: string, run: string, text: string): Recording {
  const { data, errors } = papaparse.parse<string[]>(text.replace(/^\uFEFF/, ''), {
    skipEmptyLines: 'greedy',
  });
  const broken = errors.find(({ type }) => type === 'Quotes');
  if (broken) throw new UnusableFile(`${path}: row ${(broken.row ?? 0) + 1}: ${broken.message}`);
  const [header = [], ...rows] = data;
  const names = header.map((name) => name.trim());
  const stepColumn = findStepColumn(names);
  if (stepColumn < 0)
    throw new UnusableFile(`${path}: columns: must include step or epoch, got ${names.join(', ') || 'none'}`);
  if (rows.length === 0) throw new UnusableFile(`${path}: rows: must be at least one, got none`);

  const refuse = (row: number, column: number): never => {
    const got = JSON.stringify(rows[row][column] ?? '');
    throw new UnusableFile(`${path}: row ${row + 2}, column ${names[column]}: must be a number, got ${got}`);
  };
  const remarks: string[] = [];
  const series = names.flatMap((name, column): Series[] => {
    if (name === '' || (column === stepColumn && name.toLowerCase() !== 'epoch')) return [];
    const { filled, values, strange } = readColumn(rows, column);
    if (strange !== null && filled.length > 0) refuse(strange, column);
    if (strange !== null) remarks.push(`column ${name}: passed over, it holds no numbers`);
    return filled.length > 0 ? [{ name: column === stepColumn ? 'epoch' : name, rows: filled, values }] : [];
  });
  const steps = Float64Array.from(rows, (row, i) => {
    const step = readCell(row[stepColumn] ?? '');
    return typeof step === 'number' && Number.isFinite(step) ? step : refuse(i, stepColumn);
  });
  return {
    run,
    path,
    inputs: [...tables(run, steps, series), { kind: 'end', run, status: 'finished' }],
    remarks,
  };
}

/** Cuts the rows into tables; a step that goes backwards begins a table of the next attempt. */
function* tables(run: string, steps: Float64Array, series: readonly Series[]): Generator<PipelineInput> {
  /** Where each series' next number is. */
  const next = new Map(series.map(({ name }) => [name, 0]));
  let attempt = 0;
  let to = 0;
  while (to < steps.length) {
    const from = to++;
    if (from > 0 && steps[from] < steps[from - 1]) attempt++;
    while (to < steps.length && to - from < TABLE_ROWS && steps[to] >= steps[to - 1]) to++;
    const columns = series.flatMap(({ name, rows, values }): Column[] => {
      const start = next.get(name)!;
      let end = start;
      while (end < rows.length && rows[end] < to) end++;
      next.set(name, end);
      if (end === start) return [];
      const whole = end - start === to - from;
      const own = whole ? null : Uint32Array.from(rows.slice(start, end), (row) => row - from);
      return [{ series: name, rows: own, values: Float64Array.from(values.slice(start, end)) }];
    });
    const times = new Float64Array(to - from);
    const table: Table = {
      run,
      writer: 'file',
      rank: 0,
      attempt,
      steps: steps.slice(from, to),
      times,
      columns,
    };
    yield { kind: 'table', run, table };
  }
}

function findStepColumn(names: readonly string[]): number {
  const lower = names.map((name) => name.toLowerCase());
  return STEP_COLUMNS.map((name) => lower.indexOf(name)).find((column) => column >= 0) ?? -1;
}

/** The numbers of a column, their rows, and the first row that is neither blank nor a number. */
function readColumn(rows: readonly string[][], column: number) {
  const filled: number[] = [];
  const values: number[] = [];
  let strange: number | null = null;
  for (let row = 0; row < rows.length; row++) {
    const value = readCell(rows[row][column] ?? '');
    if (value === 'blank') continue;
    if (value === 'strange') strange ??= row;
    else {
      filled.push(row);
      values.push(value);
    }
  }
  return { filled, values, strange };
}

/** The number in a cell, however it spells NaN and infinity. */
function readCell(cell: string): number | 'blank' | 'strange' {
  const number = Number(cell);
  // Number('') is 0, as is a cell of spaces.
  if (number === 0 && cell.trim() === '') return 'blank';
  if (!Number.isNaN(number)) return number;
  const match = /^\s*([+-]?)(nan|inf|infinity)\s*$/i.exec(cell);
  if (match === null) return 'strange';
  if (match[2].toLowerCase() === 'nan') return NaN;
  return match[1] === '-' ? -Infinity : Infinity;
}
