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
  let line = 1;
  for (const frame of framesOf(spellNonFinite(text))) {
    const { records, answers } = session.take(frame);
    if (answers.some(({ kind }) => kind === 'error')) throw refusal(path, frame.split('\n'), line, session);
    line += FRAME_LINES;
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

/** The text, so many lines at a time. */
function* framesOf(text: string): Generator<string> {
  let from = 0;
  while (from < text.length) {
    let to = from;
    for (let count = 0; count < FRAME_LINES && to < text.length; count++) {
      const end = text.indexOf('\n', to);
      to = end < 0 ? text.length : end + 1;
    }
    yield text.slice(from, text[to - 1] === '\n' ? to - 1 : to);
    from = to;
  }
}

/** Finds the first line that is refused, by taking the frame's lines one by one. */
function refusal(path: string, lines: readonly string[], first: number, session: Session): UnusableFile {
  for (const [i, line] of lines.entries()) {
    const error = session.take(line).answers.find((answer) => answer.kind === 'error');
    if (error) return new UnusableFile(`${path}: line ${first + i}: ${error.message}`);
  }
  return new UnusableFile(`${path}: a line after line ${first - 1} is refused`);
}

/** Python's `json.dumps` writes NaN and Infinity bare, which JSON does not have. What is in quotes is left alone. */
function spellNonFinite(text: string): string {
  if (!text.includes('NaN') && !text.includes('Infinity')) return text;
  return text.replace(/"(?:[^"\\\n]|\\.)*"|-?Infinity|NaN/g, (found) =>
    found.startsWith('"') ? found : `"${found}"`,
  );
}
