import { LIMITS } from '../../shared/limits.ts';
import { PROTOCOL } from '../../shared/version.ts';
import { type GateState, Session } from '../gate/session.ts';
import { pipelineInput } from '../pipeline-input.ts';
import type { PipelineInput } from '../pipeline/input.ts';
import { NO_SETTINGS } from '../settings/config-file.ts';
import { runOf } from '../store/record.ts';
import { type Recording, UnusableFile } from './recording.ts';

/** Lines taken as one frame. */
const FRAME_LINES = 1024;

/**
 * Reads the runs of a file of Tidemark lines (`.jsonl`): what a trainer sent, spooled or exported. They go through
 * the gate's own session, so that a file is judged as the same lines would have been when sent. Lines before the
 * first `run` line are taken as the file's own run. Bare NaN and Infinity are accepted.
 * @throws UnusableFile when a line breaks a rule
 */
export function readLines(path: string, run: string, text: string): Recording[] {
  const state: GateState = {
    limits: LIMITS,
    runs: new Map(),
    intakes: new Map(),
    now: () => 0,
    settings: NO_SETTINGS,
  };
  const session = new Session(state);
  session.take(JSON.stringify({ kind: 'run', protocol: PROTOCOL, run: FILE_RUN, writer: 'file' }));

  const inputs = new Map<string, PipelineInput[]>();
  const lines = text.split('\n');
  for (let from = 0; from < lines.length; from += FRAME_LINES) {
    const frame = lines.slice(from, from + FRAME_LINES);
    const { records, answers } = session.take(frame.map(spellNonFinite).join('\n'));
    if (answers.some(({ kind }) => kind === 'error')) throw refusal(path, lines, from, session);
    for (const record of records) {
      const input = pipelineInput(record);
      if (input === null) continue;
      const id = runOf(record);
      const found = inputs.get(id) ?? [];
      inputs.set(id, found);
      found.push(input);
    }
  }
  for (const [id, found] of inputs) {
    // A run that only said hello has nothing to judge.
    if (found.every(({ kind }) => kind === 'facts')) inputs.delete(id);
  }
  if (inputs.size === 0) throw new UnusableFile(`${path}: must hold log lines, got none`);

  return [...inputs].map(([id, found]) => {
    // One run is named by its file; of several, each by its id as well.
    const name = inputs.size === 1 || id === FILE_RUN ? run : `${run}/${id}`;
    const ended = found.at(-1)?.kind === 'end';
    const all = ended ? found : [...found, { kind: 'end', run: id, status: 'finished' } as const];
    return { run: name, path, inputs: all.map((input) => ({ ...input, run: name })), remarks: [] };
  });
}

/** Id of the lines before the first `run` line. */
const FILE_RUN = 'file';

/** Finds the first line that is refused, by taking the frame's lines one by one. */
function refusal(path: string, lines: readonly string[], from: number, session: Session): UnusableFile {
  for (let i = from; i < lines.length; i++) {
    const error = session.take(spellNonFinite(lines[i])).answers.find((answer) => answer.kind === 'error');
    if (error) return new UnusableFile(`${path}: line ${i + 1}: ${error.message}`);
  }
  return new UnusableFile(`${path}: a line after line ${from} is refused`);
}

/** Python's `json.dumps` writes NaN and Infinity bare, which JSON does not have. What is in quotes is left alone. */
function spellNonFinite(line: string): string {
  if (!line.includes('NaN') && !line.includes('Infinity')) return line;
  return line.replace(/"(?:[^"\\]|\\.)*"|-?Infinity|NaN/g, (found) =>
    found.startsWith('"') ? found : `"${found}"`,
  );
}
