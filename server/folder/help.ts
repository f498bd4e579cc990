export const FOLDER_HELP = `Commands on a data folder (--data DIR, default as for serve)
  export       write runs to a file (--out F, default the standard output):
               --format jsonl (lines, as import reads them), csv or parquet;
               --run ID, several times, for some only; also while a server runs
  import FILE… take .jsonl files of lines in; no server may have the folder open
  du           bytes and points of each run, the largest first
  backup TO    copy the folder as it is now to an empty one; also while a server runs
  compact      seal the journal into chunks
  retention    delete runs that have ended: --older 30d, --size 10G (the oldest go
               until the rest fits), --project P, --dry-run; pinned ones stay
`;

const FOLDER_COMMANDS = ['export', 'import', 'du', 'backup', 'compact', 'retention'] as const;

export type FolderCommand = (typeof FOLDER_COMMANDS)[number];

/** Whether a word of the command line is one of these commands. */
export function isFolderCommand(word: string | undefined): word is FolderCommand {
  return FOLDER_COMMANDS.some((command) => command === word);
}
