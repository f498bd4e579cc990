/** Errors by which a server refuses a viewer altogether; the page says what they mean. They are part of `ERRORS`. */
export const REFUSALS = {
  'token-missing': { status: 401, message: 'this server asks for a token' },
  'token-wrong': { status: 403, message: 'the token does not allow this' },
  'origin-refused': { status: 403, message: 'the page asking is not this server’s own' },
  'host-refused': { status: 403, message: 'the request names a host that this server does not answer for' },
} as const;
