/**
 * The token that the address carries beside what it names, `#/run/ID?embed=all&token=…`: a page in a frame of another
 * site gets no cookies. It stays in the hash, which no server is sent. Elsewhere the cookie speaks, and this is ''.
 */
export function tokenIn(hash: string): string {
  return new URLSearchParams(hash.split('?', 2)[1] ?? '').get('token') ?? '';
}
