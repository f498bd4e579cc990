import { readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { parseDocument } from 'yaml';

/** What tools call the file of hyper-parameters that they put beside their log: Lightning, Ultralytics. */
const NAMES = ['hparams.yaml', 'args.yaml'];
/** Bytes: a run's config may have no more. */
const LARGEST = 256 * 1024;

type Config = Readonly<Record<string, unknown>>;

/**
 * The hyper-parameters beside a log, from `hparams.yaml` or `args.yaml`; null: there is no such file yet. What cannot be
 * read as settings is said in the config itself, under the file's name, where people look for them.
 * @param folder of the run
 */
export async function settingsBeside(folder: string): Promise<Config | null> {
  for (const name of NAMES) {
    const path = join(folder, name);
    const found = await stat(path).catch(() => null);
    if (found?.isFile() !== true) continue;
    if (found.size > LARGEST) return leftOut(path, `must have at most ${LARGEST} bytes, got ${found.size}`);
    const text = await readFile(path, 'utf8').catch((error: unknown) => error as Error);
    return typeof text === 'string' ? parsed(path, text) : leftOut(path, text.message);
  }
  return null;
}

/** YAML as settings. Tags of Python objects count for nothing: what they are put on is taken as it stands. */
function parsed(path: string, text: string): Config {
  const document = parseDocument(text, { logLevel: 'silent', uniqueKeys: false });
  if (document.errors.length > 0) return leftOut(path, document.errors[0].message.split('\n')[0]);
  try {
    const settings: unknown = JSON.parse(JSON.stringify(document.toJS({ maxAliasCount: 100 }) ?? {}));
    if (typeof settings !== 'object' || settings === null || Array.isArray(settings))
      return leftOut(path, 'must be a mapping');
    if (JSON.stringify(settings).length > LARGEST)
      return leftOut(path, `must be at most ${LARGEST} bytes of JSON`);
    return settings as Config;
  } catch (error) {
    return leftOut(path, (error as Error).message); // aliases that grow without end
  }
}

function leftOut(path: string, reason: string): Config {
  return { [basename(path)]: `${LEFT_OUT}${reason}` };
}

const LEFT_OUT = 'left out: ';

/** What of the settings beside a log could not be read, and why; null where all could. */
export function leftOutOf(config: Config): string | null {
  const found = NAMES.find((name) => String(config[name]).startsWith(LEFT_OUT));
  return found === undefined ? null : `${found}: ${String(config[found])}`;
}
