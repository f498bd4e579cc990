import type { Fault } from '../shared/errors.ts';
import { tokenIn } from './credential.ts';

/** What the server made of a request. */
export type Answer<Body> =
  { readonly ok: true; readonly body: Body } | { readonly ok: false; readonly fault: Fault };

/** Asks the server by HTTP, and never throws: a server that does not answer is a fault as well. */
export type Ask = <Body = unknown>(
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
  path: string,
  body?: object,
  signal?: AbortSignal,
) => Promise<Answer<Body>>;

export const ask: Ask = async <Body>(
  method: string,
  path: string,
  body?: object,
  signal?: AbortSignal,
): Promise<Answer<Body>> => {
  try {
    const token = tokenIn(location.hash);
    const response = await fetch(new URL(`api/${path}`, location.href.replace(/[?#].*$/, '')), {
      method,
      ...(token && { headers: { authorization: `Bearer ${token}` } }),
      ...(body && { body: JSON.stringify(body) }),
      ...(signal && { signal }),
    });
    const answer = (await response.json()) as Body | Fault;
    return response.ok ? { ok: true, body: answer as Body } : { ok: false, fault: answer as Fault };
  } catch {
    return { ok: false, fault: { code: 'internal', message: 'The server does not answer: try again' } };
  }
};
