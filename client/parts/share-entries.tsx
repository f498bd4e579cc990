import type { JSX } from 'preact';
import type { RunState } from '../../shared/frames.ts';
import { useApp } from '../app-context.ts';
import { copy } from '../clipboard.ts';
import { fileName } from '../export/file.ts';
import { embedCode, readOnlyLink, viewLink } from '../share.ts';

/** What may be taken from a run's page, as entries of a menu: links to it, and its data. */
export function ShareEntries({ run }: { run: RunState }): JSX.Element {
  const { location, toasts } = useApp();
  const share = useReadingToken();
  const page = globalThis.location.href;
  const copied = (text: string, what: string): void =>
    void copy(text).then((done) =>
      toasts.say(done ? `Copied ${what}` : `The browser does not let this page copy: ${text}`, {
        wrong: !done,
      }),
    );
  const id = encodeURIComponent(run.run);
  const points = `api/points?run=${id}&format=`;
  return (
    <>
      <button
        type="button"
        class="quiet"
        data-testid="share-link"
        onClick={() => copied(viewLink(page, location.address.peek()), 'a link to what is shown')}
      >
        Copy link
      </button>
      <button
        type="button"
        class="quiet"
        data-testid="share-read"
        onClick={() =>
          void share((token) =>
            copied(
              readOnlyLink(page, location.address.peek(), token),
              token === null
                ? 'a link; this server asks for no token, so whoever reaches it may also change things'
                : 'a read-only link: it holds the reading token',
            ),
          )
        }
      >
        Copy read-only link
      </button>
      <button
        type="button"
        class="quiet"
        data-testid="share-embed"
        onClick={() =>
          void share((token) =>
            copied(embedCode(page, run.run, null, token), 'HTML that shows the charts in a frame'),
          )
        }
      >
        Copy embed code
      </button>
      <hr />
      <a class="quiet" href={`${points}csv`} download={fileName(run.name, 'csv')} data-testid="run-csv">
        All points as CSV
      </a>
      <a
        class="quiet"
        href={`${points}ndjson`}
        download={fileName(run.name, 'jsonl')}
        data-testid="run-jsonl"
      >
        All points as JSON lines
      </a>
      <a class="quiet" href={`api/runs/${id}`} download={fileName(run.name, 'json')} data-testid="run-json">
        Run and findings as JSON
      </a>
    </>
  );
}

/** Asks for the reading token when it is wanted; null where the server asks for none. */
export function useReadingToken(): (then: (token: string | null) => void) => Promise<void> {
  const { ask, toasts } = useApp();
  return async (then) => {
    const answer = await ask<{ token: string | null }>('GET', 'share');
    if (answer.ok) then(answer.body.token);
    else toasts.say(answer.fault.message, { wrong: true });
  };
}
