import { readCall } from './command/call.ts';
import { HELP } from './command/help.ts';
import { minutes, readConfig, readLevel } from './command/options.ts';
import { fail, print, say, warn } from './command/terminal.ts';
import { isFolderCommand } from './folder/help.ts';
import { VERSION } from './version.ts';

/** What a command needs is loaded when it is called: nobody waits gladly for what the others do. */
async function main(args: string[]): Promise<void> {
  if (isFolderCommand(args[0]) && !args.includes('--help') && !args.includes('-h'))
    return void (process.exitCode = await onFolder(args));
  // Those of a data folder are here for their help alone.
  const { command, paths, values } = readCall(isFolderCommand(args[0]) ? args.slice(1) : args);
  if (values.help) return void process.stdout.write(HELP);
  if (values.version) return void process.stdout.write(`${VERSION}\n`);
  if (command === 'diagnose') return void (process.exitCode = await diagnose(paths, values));
  if (command === 'backtest') return void (process.exitCode = await backtest(paths, values));
  if (command === 'watch') return watch(paths, values);
  if (command === 'pipe') return follow(values);
  if (isFolderCommand(command)) fail(`${command}: must come before its options, got ${args.join(' ')}`, 2);
  if (paths.length > 0)
    fail(`arguments: must be one command, got ${[command, ...paths].join(' ')}; see tidemark --help`, 2);
  const config = readConfig(values);
  const level = readLevel(values.log);
  if (command !== 'serve' && command !== 'demo')
    fail(
      `command: must be serve, demo, watch, pipe, diagnose or backtest, got ${command}; see tidemark --help`,
      2,
    );
  const { runDemo, serveAndWatch } = await import('./command/serve.ts');
  if (command === 'serve') await serveAndWatch(config, level, values);
  else await runDemo(config, level, values.url);
}

async function onFolder(args: string[]): Promise<number> {
  const { folderCommand } = await import('./folder/command.ts');
  return folderCommand(args, { print, warn });
}

/** Follows what a training prints into this process. */
async function follow(values: { server?: string; project?: string; name?: string }): Promise<void> {
  const { serverOf } = await import('./tail/command.ts');
  const { pipe } = await import('./tail/pipe.ts');
  return pipe({ ...values, ...serverOf(values.server) });
}

async function diagnose(paths: string[], values: { json: boolean; 'fail-on': string }): Promise<number> {
  if (paths.length === 0) fail('diagnose: must be given a file or folder, got none; see tidemark --help', 2);
  const { diagnoseCommand, LEVELS } = await import('./diagnose/command.ts');
  const failOn = LEVELS.find((level) => level === values['fail-on']);
  if (failOn === undefined)
    return fail(`--fail-on: must be ${LEVELS.join(', ')}, got ${values['fail-on']}`, 2);
  return diagnoseCommand(paths, { json: values.json, failOn, print, warn });
}

interface BacktestValues {
  detector: string;
  set: string[];
  run: string[];
  labels?: string;
  json: boolean;
}

async function backtest(paths: string[], values: BacktestValues): Promise<number> {
  if (paths.length === 0) fail('backtest: must be given a file or folder, got none; see tidemark --help', 2);
  const { backtestCommand } = await import('./backtest/command.ts');
  const { detector, set, run: runs, labels = null, json } = values;
  return backtestCommand(paths, { detector, set, runs, labels, json, print, warn });
}

async function watch(
  roots: string[],
  values: { server?: string; quiet: string; once: boolean },
): Promise<void> {
  if (roots.length === 0) fail('watch: must be given a folder, got none; see tidemark --help', 2);
  const { marksFile, serverOf, startWatch } = await import('./tail/command.ts');
  const server = serverOf(values.server);
  const quiet = minutes(values.quiet);
  const marks = marksFile(server.url, roots);
  const { done, stop } = startWatch({ ...server, roots, marks, quiet, once: values.once, print: say, warn });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, stop);
  await done.catch((error: unknown) => fail((error as Error).message));
}

// Whoever reads the output may have had enough, as `head` does.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));

await main(process.argv.slice(2));
