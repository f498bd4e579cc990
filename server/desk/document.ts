import { open, readFile, rename } from 'node:fs/promises';
import { dirname } from 'node:path';

/** One small JSON document of the data folder, replaced as a whole: after a crash it is the old one or the new one. */
export interface Document<Content> {
  readonly content: Content;
  /** Makes it durable; changes made meanwhile wait for it. Rejects, and keeps the old content, when it cannot. */
  change(make: (content: Content) => Content): Promise<void>;
}

/**
 * Opens a document, `empty` where there is none yet. Only its owner may read the file.
 * @throws when the file is there and is no JSON object
 */
export async function openDocument<Content extends object>(
  path: string,
  empty: Content,
): Promise<Document<Content>> {
  let content: Content = { ...empty, ...(await read(path)) };
  let last: Promise<unknown> = Promise.resolve();
  return {
    get content() {
      return content;
    },
    change(make) {
      const changed = last.then(async (): Promise<void> => {
        const next = make(content);
        await replace(path, `${JSON.stringify(next, null, 2)}\n`);
        content = next;
      });
      last = changed.catch(() => undefined);
      return changed;
    },
  };
}

async function read(path: string): Promise<object> {
  try {
    const content: unknown = JSON.parse(await readFile(path, 'utf8'));
    if (typeof content !== 'object' || content === null || Array.isArray(content))
      throw new Error('it holds no JSON object');
    return content;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw new Error(
      `${path}: must be JSON as Tidemark wrote it (${(error as Error).message}); restore it, or delete it to begin anew`,
      { cause: error },
    );
  }
}

async function replace(path: string, text: string): Promise<void> {
  const file = await open(`${path}.new`, 'w', 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(`${path}.new`, path);
  const folder = await open(dirname(path), 'r');
  await folder.sync().finally(() => folder.close());
}
