import { mkdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { loadTokens, type Tokens } from './access.ts';
import { type App, createApp } from './app.ts';
import { backtestCommand } from './backtest/command.ts';
import { type Config, DEFAULTS, isLoopback } from './config.ts';
import { diagnoseCommand, LEVELS } from './diagnose/command.ts';
import { VERSION } from './version.ts';

const HELP = `Tidemark ${VERSION}: watches deep-learning training and says what is wrong while it happens.

Usage: tidemark [command] [options]

Commands
  serve        take in runs and show them (the default)
  demo         serve, and train four small networks for real to look at
  diagnose PATH…
               say what is wrong with recorded runs: .jsonl files of Tidemark
               lines, .csv files with a step or epoch column, folders of them,
               or the data folder of a server

  backtest PATH…
               replay recorded runs under several settings of a detector and
               say what came of each

Options of serve and demo
  --port N     port to serve on, 0 for any free one       (default ${DEFAULTS.port})
  --host ADDR  address to bind to; other than loopback
               it asks for tokens, which it prints         (default ${DEFAULTS.host})
  --data DIR   folder that keeps everything                (default ${DEFAULTS.data})
  --config F   JSON that sets detectors, for all runs or those of a project
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
  const { command, paths, values } = readCall(args);
  if (values.help) return void process.stdout.write(HELP);
  if (values.version) return void process.stdout.write(`${VERSION}\n`);
  if (command === 'diagnose') return void (process.exitCode = await diagnose(paths, values));
  if (command === 'backtest') return void (process.exitCode = await backtest(paths, values));
  if (paths.length > 0)
    fail(`arguments: must be one command, got ${[command, ...paths].join(' ')}; see tidemark --help`, 2);
  const config = readConfig(values);
  if (command === 'serve') await serve(config);
  else if (command === 'demo') await runDemo(config, values.url);
  else fail(`command: must be serve, demo, diagnose or backtest, got ${command}; see tidemark --help`, 2);
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
        url: { type: 'string' },
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

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

function readConfig({
  port,
  host,
  data,
  config,
}: {
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
  return {
    ...DEFAULTS,
    port: number,
    host: host ?? DEFAULTS.host,
    data: resolve(data ?? DEFAULTS.data),
    file: config === undefined ? null : resolve(config),
  };
}

/** Serves until SIGINT or SIGTERM. */
async function serve(config: Config): Promise<{ url: string; tokens: Tokens | null; app: App }> {
  const { host, port, data } = config;
  try {
    await mkdir(data, { recursive: true, mode: 0o700 });
    const { tokens, fresh } = isLoopback(host) ? { tokens: null, fresh: false } : await loadTokens(data);
    const app = await createApp({ config, tokens, warn });
    const address = await app.listen().catch(async (error: unknown) => {
      await app.close();
      throw error;
    });
    endOnSignals(app);
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

async function runDemo(config: Config, url: string | undefined): Promise<void> {
  const { demo } = await import('../scripts/demo/demo.ts');
  if (url !== undefined) return demo({ url });
  const server = await serve(config);
  await demo({ url: server.url, ...(server.tokens && { token: server.tokens.write }) });
}

// Whoever reads the output may have had enough, as `head` does.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));

await main(process.argv.slice(2));
