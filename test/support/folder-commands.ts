import { join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import { folderCommand } from '../../server/folder/command.ts';
import { temporaryFolder } from './server.ts';

/** For each test of a file a data folder, which is not made yet, its commands, and what they say. */
export function useFolderCommands() {
  let folder: ReturnType<typeof temporaryFolder>;
  const said: string[] = [];
  const complaints: string[] = [];
  beforeEach(() => {
    folder = temporaryFolder();
    said.length = complaints.length = 0;
  });
  afterEach(() => folder.remove());

  /** The path of a name beside the data folder. */
  const beside = (name: string): string => join(folder.path, name);
  const data = (): string => beside('data');
  const commandOn = (place: string, ...args: string[]) =>
    folderCommand([...args, '--data', place], {
      print: (text) => said.push(text),
      warn: (text) => complaints.push(text),
    });
  return {
    ...{ said, complaints, beside, data, commandOn },
    command: (...args: string[]) => commandOn(data(), ...args),
  };
}
