import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { loadTokens, type Tokens } from './access.ts';
import { type App, createApp } from './app.ts';
import { backtestCommand } from './backtest/command.ts';
import { type Config, DEFAULTS, isLoopback } from './config.ts';
import { diagnoseCommand, LEVELS } from './diagnose/command.ts';
import { FOLDER_HELP, folderCommand, isFolderCommand } from './folder/command.ts';
import { LOG_LEVELS, type LogLevel } from './log.ts';
import { marksFile, QUIET_MINUTES, serverOf, startWatch } from './tail/command.ts';
import { pipe } from './tail/pipe.ts';
import { makeDataFolder } from './store/data-folder.ts';
import { warmUp } from './warm-up.ts';
import { VERSION } from './version.ts';

const HELP = `Tidemark ${VERSION}: watches deep-learning training and says what is wrong while it happens.

Usage: tidemark [command] [options]

Commands
  serve        take in runs and show them (the default)
  demo         serve, and train four small networks for real to look at
  diagnose PATH…
               say what is wrong with recorded runs: .jsonl files of Tidemark
               lines, .csv files with a step or epoch column, folders of them,
               or the data folder of a server; and what other tools
               write, as watch reads it
  watch DIR…   follow what other tools write below these folders, live:
               TensorBoard event files, Lightning's metrics.csv, Keras'
               CSVLogger, YOLO's results.csv, Hugging Face's
               trainer_state.json, .wandb files, CSV and JSON lines
  pipe         follow what a training prints: python train.py | tidemark pipe
  backtest PATH…
               replay recorded runs under several settings of a detector and
               say what came of each

${FOLDER_HELP}
Options of serve and demo
  --port N     port to serve on, 0 for any free one       (default ${DEFAULTS.port})
  --host ADDR  address to bind to; other than loopback
               it asks for tokens, which it prints         (default ${DEFAULTS.host})
  --data DIR   folder that keeps everything                (default ${DEFAULTS.data})
  --segment MB journal after which it is sealed in chunks   (default 64)
  --config F   JSON that sets detectors, for all runs or those of a project,
               and quotas by token
  --embed URL  origin whose pages may show this one in a frame, as
               https://wiki.example; may be given several times (default: none)
  --log LEVEL  JSON lines on standard error: silent, error, warn, info, debug
               or trace; other warnings are among them    (default: errors only)
  --watch DIR  follow a folder, as watch does; may be given several times
Options of watch and pipe
  --server URL the server (default TIDEMARK_URL, else http://127.0.0.1:${DEFAULTS.port});
               its token, where it asks for one, is TIDEMARK_TOKEN
  --quiet MIN  minutes without news after which a run is over  (default ${QUIET_MINUTES})
  --once       read what there is, and end
  --project P  --name N    the names of a piped run
Options of demo
  --url URL    use a server that is running already
Options of diagnose
  --json       one JSON object a line: each finding, then the verdict of each run
  --fail-on L  exit with 1 for a finding of this severity or worse:
               info, warning, critical or never             (default critical)

Options of backtest
  --detector D the detector whose first finding stops a run (default best-epoch)
  --set P=A,B  a parameter's values; several make every combination
  --run ID     only this run; may be given several times
  --labels F   CSV of run,stop: whether stopping a run is right (true or false)
  --json       one JSON object a line for each setting

  -h, --help   this text        -v, --version   the version
`;

/** Ends the process: 2 for a call that cannot be taken, 1 for a server that cannot run. */
function fail(message: string, code = 1): never {
  process.stderr.write(`tidemark: ${message}\n`);
  process.exit(code);
}

function warn(message: string): void {
  process.stderr.write(`tidemark: ${message}\n`);
}

async function main(args: string[]): Promise<void> {
  if (isFolderCommand(args[0]) && !args.includes('--help') && !args.includes('-h'))
    return void (process.exitCode = await folderCommand(args, { print, warn }));
  const { command, paths, values } = readCall(args.filter((arg) => !isFolderCommand(arg)));
  if (values.help) return void process.stdout.write(HELP);
  if (values.version) return void process.stdout.write(`${VERSION}\n`);
  if (command === 'diagnose') return void (process.exitCode = await diagnose(paths, values));
  if (command === 'backtest') return void (process.exitCode = await backtest(paths, values));
  if (command === 'watch') return watch(paths, values);
  if (command === 'pipe') return pipe({ ...values, ...serverOf(values.server) });
  if (paths.length > 0)
    fail(`arguments: must be one command, got ${[command, ...paths].join(' ')}; see tidemark --help`, 2);
  const config = readConfig(values);
  const level = readLevel(values.log);
  if (command === 'serve') await serveAndWatch(config, level, values);
  else if (command === 'demo') await runDemo(config, level, values.url);
  else
    fail(
      `command: must be serve, demo, watch, pipe, diagnose or backtest, got ${command}; see tidemark --help`,
      2,
    );
}

function readCall(args: string[]) {
  try {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: {
        port: { type: 'string' },
        host: { type: 'string' },
        data: { type: 'string' },
        config: { type: 'string' },
        log: { type: 'string' },
        embed: { type: 'string', multiple: true, default: [] },
        segment: { type: 'string', default: '64' },
        url: { type: 'string' },
        watch: { type: 'string', multiple: true, default: [] },
        server: { type: 'string' },
        quiet: { type: 'string', default: String(QUIET_MINUTES) },
        once: { type: 'boolean', default: false },
        project: { type: 'string' },
        name: { type: 'string' },
        json: { type: 'boolean', default: false },
        'fail-on': { type: 'string', default: 'critical' },
        detector: { type: 'string', default: 'best-epoch' },
        set: { type: 'string', multiple: true, default: [] },
        run: { type: 'string', multiple: true, default: [] },
        labels: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
        version: { type: 'boolean', short: 'v' },
      },
    });
    const [command = 'serve', ...paths] = positionals;
    return { command, paths, values };
  } catch (error) {
    return fail(`${(error as Error).message}; see tidemark --help`, 2);
  }
}

async function diagnose(paths: string[], values: { json: boolean; 'fail-on': string }): Promise<number> {
  if (paths.length === 0) fail('diagnose: must be given a file or folder, got none; see tidemark --help', 2);
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
  const { detector, set, run: runs, labels = null, json } = values;
  return backtestCommand(paths, { detector, set, runs, labels, json, print, warn });
}

async function watch(
  roots: string[],
  values: { server?: string; quiet: string; once: boolean },
): Promise<void> {
  if (roots.length === 0) fail('watch: must be given a folder, got none; see tidemark --help', 2);
  const server = serverOf(values.server);
  const quiet = minutes(values.quiet);
  const marks = marksFile(server.url, roots);
  const { done, stop } = startWatch({ ...server, roots, marks, quiet, once: values.once, print: say, warn });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, stop);
  await done.catch((error: unknown) => fail((error as Error).message));
}

/** Serves, and follows folders as a client of its own. */
async function serveAndWatch(
  config: Config,
  level: LogLevel | null,
  values: { watch: string[]; quiet: string },
): Promise<void> {
  const { watch: roots } = values;
  const quiet = minutes(values.quiet);
  let stopWatch = (): void => undefined;
  const { url, tokens } = await serve(config, level, () => stopWatch());
  if (roots.length === 0) return;
  const marks = join(config.data, 'watch.json');
  const token = tokens?.write ?? null;
  const { done, stop } = startWatch({ roots, url, token, marks, quiet, once: false, print: say, warn });
  stopWatch = stop;
  done.catch((error: unknown) => fail((error as Error).message));
}

function minutes(given: string): number {
  const number = Number(given);
  if (given !== '' && number > 0 && number <= 1e6) return number;
  return fail(`--quiet: must be a number of minutes above 0, got ${given}`, 2);
}

function say(text: string): void {
  print(`tidemark: ${text}`);
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

function readConfig({
  port,
  host,
  data,
  config,
  segment,
  embed,
}: {
  segment: string;
  embed: string[];
  port?: string;
  host?: string;
  data?: string;
  config?: string;
}): Config {
  const number = Number(port ?? DEFAULTS.port);
  if (!Number.isInteger(number) || number < 0 || number > 65_535 || port === '')
    fail(`--port: must be a whole number from 0 to 65535, got ${port}`, 2);
  if (host === '') fail('--host: must be an address, got nothing', 2);
  if (data === '') fail('--data: must be a folder, got nothing', 2);
  const megabytes = Number(segment);
  if (!(megabytes > 0 && megabytes <= 1_024))
    fail(`--segment: must be a number of megabytes up to 1024, got ${segment}`, 2);
  const odd = embed.find((origin) => !isOrigin(origin));
  if (odd !== undefined) fail(`--embed: must be an origin such as https://wiki.example, got ${odd}`, 2);
  return {
    ...DEFAULTS,
    embed,
    segmentBytes: megabytes * 1024 * 1024,
    port: number,
    host: host ?? DEFAULTS.host,
    data: resolve(data ?? DEFAULTS.data),
    file: config === undefined ? null : resolve(config),
  };
}

/** Whether a text is an origin: scheme, host and port. What a header says must hold no other sign. */
function isOrigin(text: string): boolean {
  return /^https?:\/\/(\*\.)?[\w.-]+(:\d+)?$/.test(text);
}

/** The log's level; null where none was given. */
function readLevel(given: string | undefined): LogLevel | null {
  const level = LOG_LEVELS.find((one) => one === given);
  if (given !== undefined && level === undefined)
    fail(`--log: must be ${LOG_LEVELS.join(', ')}, got ${given}`, 2);
  return level ?? null;
}

/** Serves until SIGINT or SIGTERM. */
async function serve(
  config: Config,
  level: LogLevel | null,
  closing: () => void = () => undefined,
): Promise<{ url: string; tokens: Tokens | null; app: App }> {
  const { host, port, data } = config;
  let opened: App | null = null;
  try {
    await makeDataFolder(data);
    const { tokens, fresh } = isLoopback(host) ? { tokens: null, fresh: false } : await loadTokens(data);
    const log = { level: level ?? 'error', stream: process.stderr };
    const app = await createApp({ config, tokens, log, warn: level === null ? warn : logWarning });
    function logWarning(message: string): void {
      opened?.http.log.warn(message);
      if (!opened) warn(message); // nothing logs before the store is open
    }
    opened = app;
    // Fastify takes no hooks once it listens.
    app.http.addHook('preClose', (closed) => {
      closing();
      closed();
    });
    const address = await app.listen().catch(async (error: unknown) => {
      await app.close();
      throw error;
    });
    endOnSignals(app);
    void warmUp();
    const url = address.replace('0.0.0.0', '127.0.0.1').replace('[::]', '[::1]');
    process.stdout.write(`tidemark: serving ${url}\ntidemark: data in ${data}\n`);
    if (tokens) {
      process.stdout.write(
        fresh
          ? `tidemark: trainers need this token:  ${tokens.write}\ntidemark: viewers open              ${url}/?token=${tokens.read}\n`
          : `tidemark: tokens are in ${data}/tokens.json\n`,
      );
    }
    return { url, tokens, app };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'EADDRINUSE') return fail(`port: must be free, but ${host}:${port} is in use; try --port 0`);
    return fail(message);
  }
}

function endOnSignals(app: App): void {
  let ending = false;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (ending) return;
      ending = true;
      app.close().then(
        () => process.exit(0),
        (error: unknown) => fail((error as Error).message),
      );
    });
  }
}

async function runDemo(config: Config, level: LogLevel | null, url: string | undefined): Promise<void> {
  const { demo } = await import('../scripts/demo/demo.ts');
  if (url !== undefined) return demo({ url });
  const server = await serve(config, level);
  await demo({ url: server.url, ...(server.tokens && { token: server.tokens.write }) });
}

// Whoever reads the output may have had enough, as `head` does.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));

await main(process.argv.slice(2));
