import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { newWords } from '../../sdk/mailbox.ts';
import { settle } from '../../sdk/settings.ts';
import { startSender } from '../../sdk/thread.ts';
import { temporaryFolder } from '../support/server.ts';

test('at the exit of a process that shares its thread, all that waits is written to the spool file', () => {
  const folder = temporaryFolder();
  const environment = { variables: {}, home: folder.path, host: 'h', pid: 1, now: 1, random: Math.random };
  const settings = settle({ id: 'r', dir: folder.path, mode: 'offline' }, environment, String);
  const sender = startSender({ settings, living: [], words: newWords() }, String);
  // More than is written in one turn.
  const text = 'x'.repeat(100_000);
  for (let seq = 1; seq <= 50; seq++) sender.port.postMessage({ kind: 'line', seq, text });
  sender.waitFinished(1);
  const [file] = readdirSync(folder.path);
  expect(readFileSync(join(folder.path, file), 'utf8').split('\n')).toHaveLength(52);
  sender.port.close();
  folder.remove();
});
