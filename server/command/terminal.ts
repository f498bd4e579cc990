/** Ends the process: 2 for a call that cannot be taken, 1 for a server that cannot run. */
export function fail(message: string, code = 1): never {
  process.stderr.write(`tidemark: ${message}\n`);
  process.exit(code);
}

/** Tells of trouble that ends nothing. */
export function warn(message: string): void {
  process.stderr.write(`tidemark: ${message}\n`);
}

/** Tells what happens. */
export function say(text: string): void {
  print(`tidemark: ${text}`);
}

/** Gives what was asked for. */
export function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
