/** A writer of a run, as one key. */
export function keyOf(run: string, writer: string): string {
  return `${run}\n${writer}`;
}

export function runOf(key: string): string {
  return key.slice(0, key.indexOf('\n'));
}
