import { join } from 'node:path';
import { loadTokens, type Tokens } from '../access.ts';
import { type App, createApp } from '../app.ts';
import { type Config, isLoopback } from '../config.ts';
import type { LogLevel } from '../log.ts';
import { makeDataFolder } from '../store/data-folder.ts';
import { warmUp } from '../warm-up.ts';
import { minutes } from './options.ts';
import { runningAt } from './running.ts';
import { fail, say, warn } from './terminal.ts';

/** Serves, and follows folders as a client of its own. */
export async function serveAndWatch(
  config: Config,
  level: LogLevel | null,
  values: { watch: string[]; quiet: string },
): Promise<void> {
  const { watch: roots } = values;
  const quiet = minutes(values.quiet);
  let stopWatch = (): void => undefined;
  const { url, tokens } = await serve(config, level, () => stopWatch());
  if (roots.length === 0) return;
  const { startWatch } = await import('../tail/command.ts');
  const marks = join(config.data, 'watch.json');
  const token = tokens?.write ?? null;
  const { done, stop } = startWatch({ roots, url, token, marks, quiet, once: false, print: say, warn });
  stopWatch = stop;
  done.catch((error: unknown) => fail((error as Error).message));
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
    const url = address.replace('0.0.0.0', '127.0.0.1').replace('[::]', '[::1]');
    process.stdout.write(`tidemark: serving ${url}\ntidemark: data in ${data}\n`);
    if (tokens) {
      process.stdout.write(
        fresh
          ? `tidemark: trainers need this token:  ${tokens.write}\ntidemark: viewers open              ${url}/?token=${tokens.read}\n`
          : `tidemark: tokens are in ${data}/tokens.json\n`,
      );
    }
    setImmediate(() => void warmUp());
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

/** Trains for the server at `url`, or the one that serves there already, or else one of its own. */
export async function runDemo(
  config: Config,
  level: LogLevel | null,
  url: string | undefined,
): Promise<void> {
  const { demo } = await import('../../scripts/demo/demo.ts');
  const running = url ?? (await runningAt(config.host, config.port));
  if (running !== null) return demo({ url: running });
  const server = await serve(config, level);
  await demo({ url: server.url, ...(server.tokens && { token: server.tokens.write }) });
}
