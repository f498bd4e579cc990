/** A page of the server's list. */
interface Page {
  readonly runs: readonly { readonly run: string }[];
  readonly next: string | null;
}

/**
 * Ids of all runs that a server has, also of those that a person has hidden.
 * @throws when it does not say: then nothing is known, and not that it has none
 */
export async function knownRuns(url: string, token: string | null): Promise<ReadonlySet<string>> {
  const headers: Record<string, string> = token === null ? {} : { authorization: `Bearer ${token}` };
  const known = new Set<string>();
  for (const which of ['', 'deleted=only']) {
    for (let after: string | null = ''; after !== null;) {
      const asked: string = [which, after && `after=${after}`].filter(Boolean).join('&');
      const answer = await fetch(`${url}/api/runs?${asked}`, { headers });
      if (!answer.ok) throw new Error(`${url}/api/runs: answered with HTTP status ${answer.status}`);
      const { runs, next } = (await answer.json()) as Page;
      for (const { run } of runs) known.add(run);
      after = next;
    }
  }
  return known;
}
