import { createHmac } from 'node:crypto';
import {
  catchError,
  concatMap,
  defer,
  map,
  type Observable,
  of,
  type OperatorFunction,
  retry,
  type SchedulerLike,
  throwError,
  timer,
} from 'rxjs';
import type { Message } from './message.ts';

/** Where a message goes, and what it is signed with. */
export interface Target {
  readonly url: string;
  readonly secret: string | null;
}

export interface Outcome {
  readonly ok: boolean;
  /** "200", or why it was given up, for people. */
  readonly message: string;
}

/** Sends a request; resolves with the status of the answer. */
export type Send = (url: string, message: Message) => Promise<number>;

/** What delivering needs of the world. */
export interface Post {
  readonly send: Send;
  /** Seconds since 1970. */
  readonly now: () => number;
  /** How often one message is tried. Default: 5. */
  readonly tries?: number;
  readonly scheduler?: SchedulerLike;
}

/** Wait before the second try in ms; it doubles with each. */
const FIRST_WAIT = 1_000;

/**
 * Delivers messages one after the other, each tried up to five times over 15 s and then given up, so that one that
 * cannot be delivered does not hold back those behind it for ever. One outcome per message; never an error.
 * An answer of 400 to 499 is not tried again, but for 408 and 429: the same message would be refused again.
 */
export function deliver(target: Target, post: Post): OperatorFunction<Message, Outcome> {
  return concatMap((message) => attempt(target, message, post));
}

function attempt(
  { url, secret }: Target,
  message: Message,
  { send, now, tries = 5, scheduler }: Post,
): Observable<Outcome> {
  return defer(() => send(url, secret === null ? message : signed(message, secret, now()))).pipe(
    map((status): Outcome => {
      if (status >= 200 && status < 300) return { ok: true, message: String(status) };
      throw new Refused(status);
    }),
    retry({
      count: tries - 1,
      delay: (error, count) =>
        error instanceof Refused && error.final
          ? throwError(() => error)
          : timer(FIRST_WAIT * 2 ** (count - 1), scheduler),
    }),
    catchError((error: Error) => of({ ok: false, message: reasonOf(error) })),
  );
}

class Refused extends Error {
  readonly final: boolean;
  constructor(status: number) {
    super(`the target answered ${status}`);
    this.final = status >= 300 && status < 500 && status !== 408 && status !== 429;
  }
}

function reasonOf(error: Error): string {
  const cause = error.cause instanceof Error ? `: ${error.cause.message}` : '';
  return `${error.message}${cause}`.slice(0, 200);
}

/**
 * The message with `x-tidemark-signature: t=SECONDS,v1=HEX`: the HMAC-SHA256, under the secret, of `SECONDS.BODY`.
 * The time stands in it so that a receiver may refuse what is old.
 */
export function signed({ body, headers }: Message, secret: string, now: number): Message {
  const time = Math.floor(now);
  const signature = createHmac('sha256', secret).update(`${time}.${body}`).digest('hex');
  return { body, headers: { ...headers, 'x-tidemark-signature': `t=${time},v1=${signature}` } };
}

/** How long a target may take to answer, in ms. */
const PATIENCE = 10_000;

/** Sends by HTTP. A redirect is not followed: what was signed is for the address that was given. */
export const sendByHttp: Send = async (url, { body, headers }) => {
  const response = await fetch(url, {
    method: 'POST',
    body,
    headers: { ...headers, 'user-agent': 'tidemark' },
    redirect: 'manual',
    signal: AbortSignal.timeout(PATIENCE),
  });
  await response.body?.cancel();
  return response.status;
};
