/** Reads a server's metrics. */

/** Metrics by name, with their labels as written: NaN for one that is not there. */
export async function readMetrics(url: string): Promise<(name: string) => number> {
  return parseMetrics(await (await fetch(`${url}/metrics`)).text());
}

/** As `readMetrics`, of a text as Prometheus reads it. */
export function parseMetrics(text: string): (name: string) => number {
  const found = new Map<string, number>();
  for (const line of text.split('\n')) {
    const parts = /^([^#\s]\S*) (\S+)/.exec(line);
    if (parts) found.set(parts[1], Number(parts[2]));
  }
  return (name) => found.get(name) ?? NaN;
}
