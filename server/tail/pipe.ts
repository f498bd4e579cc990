import { StringDecoder } from 'node:string_decoder';
import { init } from '../../sdk/index.ts';
import { readPrinted } from './progress-line.ts';
import { StepCounter } from './step-counter.ts';

export interface PipeOptions {
  readonly url: string;
  readonly token: string | null;
  readonly project?: string;
  readonly name?: string;
}

/** Seconds that the server is given at the end to take what is left; what it does not take stays in a spool file. */
const FINISH_SECONDS = 10;
/** Characters of a line that are kept while its end has not come. */
const LONGEST = 65_536;

/**
 * Follows what a training prints: hands its output on unchanged, and logs the values in it. The run has failed when
 * the last thing printed is a Python traceback or the like; else it has finished when the output ends.
 * @param input of the training; error output is not piped unless the shell is told to (2>&1)
 */
export async function pipe(
  { url, token, project, name }: PipeOptions,
  input: NodeJS.ReadableStream = process.stdin,
  output: NodeJS.WritableStream = process.stdout,
): Promise<void> {
  const run = init({ url, project, name, tags: ['pipe'], ...(token !== null && { token }) });
  const steps = new StepCounter();
  const decoder = new StringDecoder('utf8');
  let rest = '';
  let status: 'finished' | 'failed' = 'finished';

  const line = (text: string): void => {
    if (text.startsWith('Traceback (most recent call last)')) status = 'failed';
    const printed = readPrinted(text);
    if (printed === null) return;
    const { epoch } = printed;
    run.log({ ...printed.values }, { step: steps.stepOf(printed), ...(epoch !== undefined && { epoch }) });
  };
  // Ctrl-C goes to the training as well, which then ends its output.
  process.on('SIGINT', () => undefined);
  for await (const chunk of input as AsyncIterable<Buffer>) {
    if (!output.write(chunk)) await new Promise((resolve) => output.once('drain', resolve));
    // A bar is drawn over itself: each carriage return ends a line as well.
    // eslint-disable-next-line no-control-regex
    const lines = (rest + decoder.write(chunk)).split(/[\r\n]+|\x08+/);
    rest = lines.pop()!.slice(-LONGEST);
    lines.forEach(line);
  }
  line(rest);
  await run.finish({ status, timeout: FINISH_SECONDS });
}
