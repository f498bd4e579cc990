import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ERRORS } from '../../shared/errors.ts';
import { ColumnsLine, LINES, PackedLine } from '../../shared/lines.ts';
import { checkLine } from '../../server/gate/check.ts';
import { Client, startApp } from '../support/app.ts';
import { temporaryFolder } from '../support/server.ts';

const text = readFileSync(join(import.meta.dirname, '../../docs/protocol.md'), 'utf8');

/** The document's code blocks of a language, in order. */
function blocks(language: string): string[] {
  return [...text.matchAll(new RegExp(`^\`\`\`${language}\n([^]*?)^\`\`\``, 'gm'))].map(([, block]) => block);
}

const folder = temporaryFolder();
let app: Awaited<ReturnType<typeof startApp>>;
beforeAll(async () => (app = await startApp(folder.path)));
afterAll(async () => {
  await app.close();
  folder.remove();
});

/** Sends the lines after ">", and expects those after "<" in their order; both sides as the document has them. */
async function replay(path: string, session: string): Promise<void> {
  const client = await Client.open(`${app.url}${path}`);
  for (const line of session.trim().split('\n')) {
    if (/^> [0-9a-f]/.test(line)) {
      client.socket.send(Buffer.from(line.slice(2).replaceAll(' ', ''), 'hex'));
      continue;
    }
    const message = JSON.parse(line.slice(2)) as Record<string, unknown>;
    if (line.startsWith('> ')) client.send(message);
    else {
      // Acknowledgements may come one for several frames.
      const received = await client.until(
        ({ kind, seq }) => kind === message.kind && (kind !== 'ack' || seq === message.seq),
      );
      expect(received).toMatchObject(message);
    }
  }
  await client.close();
}

describe('docs/protocol.md', () => {
  it.skipIf(spawnSync('curl', ['--version']).status !== 0)('shows a session with curl as it is', async () => {
    const [command] = blocks('sh');
    const [answers] = blocks('json');
    const curl = spawn('sh', ['-c', command.replace('http://127.0.0.1:8433', app.url)]);
    const chunks = (await curl.stdout.toArray()) as Buffer[];
    if (curl.exitCode === null) await once(curl, 'exit');
    const lines = (of: string) =>
      of
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as object);
    const received = lines(Buffer.concat(chunks).toString());
    expect(received).toHaveLength(lines(answers).length);
    lines(answers).forEach((answer, i) => expect(received[i]).toMatchObject(answer));
  });

  it('shows sessions by WebSocket as they are', async () => {
    expect(blocks('session')).toHaveLength(3);
    for (const session of blocks('session')) await replay('/api/trainer', session);
  });

  it('shows a columnar line as it is', () => {
    for (const line of blocks('json columns')) expect(checkLine(line)).toMatchObject({ ok: true });
  });

  it('shows the same points as columns and as bytes', async () => {
    const [columns, packed] = blocks('json columns').map((text) => JSON.stringify(JSON.parse(text)));
    const stored = async (run: string, line: string) => {
      const hello = JSON.stringify({ kind: 'run', protocol: 1, run, writer: 'w' });
      const body = `${hello}\n${line}\n`;
      await fetch(`${app.url}/api/lines`, { method: 'POST', body });
      return Promise.all(
        ['train/loss', 'val/loss'].map(async (series) =>
          (await fetch(`${app.url}/api/runs/${run}/points?series=${encodeURIComponent(series)}`)).json(),
        ),
      );
    };
    const asColumns = await stored('as-columns', columns);
    expect(asColumns).toMatchObject([{ attempts: [{ values: [0.31, 0.3, 'NaN'] }] }, {}]);
    expect(await stored('as-bytes', packed)).toEqual(asColumns);
  });

  it('shows a viewer’s session as it is', async () => {
    for (const session of blocks('session viewer')) await replay('/api/viewer', session);
  });

  it('lists every error with its status, and none besides', () => {
    const rows = [...text.matchAll(/^\| `([a-z-]+)` +\| (\d{3}) +\|/gm)].map(([, code, status]) => [
      code,
      Number(status),
    ]);
    expect(Object.fromEntries(rows)).toEqual(
      Object.fromEntries(Object.entries(ERRORS).map(([code, { status }]) => [code, status])),
    );
  });

  it('lists every kind of line with its fields', () => {
    const forms = [...Object.entries(LINES), ['log', ColumnsLine] as const, ['log', PackedLine] as const];
    for (const [kind, schema] of forms) {
      const row = new RegExp(`^\\| \`${kind}\` +\\|[^|]*\\|(.*)\\|$`, 'm').exec(text)?.[1];
      const fields = Object.keys(schema.properties).filter((field) => field !== 'kind');
      for (const field of fields) expect(row, `${kind}.${field}`).toMatch(new RegExp(`\\b${field}\\b`));
    }
  });
});
