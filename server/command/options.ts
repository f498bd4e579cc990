import { resolve } from 'node:path';
import { type Config, DEFAULTS } from '../config.ts';
import { LOG_LEVELS, type LogLevel } from '../log.ts';
import { fail } from './terminal.ts';

/** Minutes without news after which a run is over. */
export function minutes(given: string): number {
  const number = Number(given);
  if (given !== '' && number > 0 && number <= 1e6) return number;
  return fail(`--quiet: must be a number of minutes above 0, got ${given}`, 2);
}

/** How the server is to be run; ends the process where that cannot be. */
export function readConfig({
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
export function readLevel(given: string | undefined): LogLevel | null {
  const level = LOG_LEVELS.find((one) => one === given);
  if (given !== undefined && level === undefined)
    fail(`--log: must be ${LOG_LEVELS.join(', ')}, got ${given}`, 2);
  return level ?? null;
}
