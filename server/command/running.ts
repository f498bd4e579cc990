/** Milliseconds that a server on this machine may take to say that it is there. */
const WITHIN = 2_000;

/** The address of the Tidemark that serves at a host and port; null where none does, or something else. */
export async function runningAt(host: string, port: number): Promise<string | null> {
  const url = `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
  try {
    const answer = await fetch(`${url}/api/openapi.json`, { signal: AbortSignal.timeout(WITHIN) });
    const { info } = (await answer.json()) as { info?: { title?: unknown } };
    return info?.title === 'Tidemark' ? url : null;
  } catch {
    return null;
  }
}
