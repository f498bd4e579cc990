import { REFUSALS } from './refusals.ts';

/**
 * Every error that crosses the edge, once. `docs/protocol.md` lists the same codes; a test holds the two together.
 * `status` is the HTTP status where the error answers a request.
 */
export const ERRORS = {
  'bad-json': { status: 400, message: 'the line is not a JSON object' },
  'bad-kind': { status: 400, message: 'the line is of no known kind' },
  'bad-line': { status: 400, message: 'a field of the line breaks its rule' },
  'no-run': { status: 400, message: 'a `run` line must come before the lines of a run' },
  'protocol-mismatch': { status: 400, message: 'trainer and server speak different protocol versions' },
  'frame-kind': { status: 400, message: 'the frame must be text, or binary of a known kind' },
  'bad-frame': { status: 400, message: 'a field of the binary frame breaks its rule' },
  'frame-too-large': { status: 413, message: 'the frame or body is larger than the server takes' },
  'too-many-values': { status: 400, message: 'the line carries more values than the server takes' },
  'too-many-runs': { status: 429, message: 'the server keeps as many runs as it may' },
  'too-many-series': { status: 429, message: 'the run has as many series as it may' },
  'too-many-attempts': { status: 429, message: 'the steps of the rank have gone back as often as they may' },
  'too-many-writers': { status: 429, message: 'the run has as many writers as it may' },
  'too-many-alerts': { status: 429, message: 'the run has as many alerts as it may' },
  'too-many-notes': { status: 429, message: 'the run has as many notes as it may' },
  'too-many-declarations': {
    status: 429,
    message: 'the run has as many definitions and settings as it may',
  },
  'quota-points': { status: 429, message: 'more points come with this token than may; they are read later' },
  'quota-runs': { status: 429, message: 'as many runs are running with this token as may' },
  'config-too-large': { status: 413, message: 'the run’s config is larger than the server takes' },
  'run-not-found': { status: 404, message: 'there is no such run' },
  'series-not-found': { status: 404, message: 'the run has no such series' },
  'bad-setting': {
    status: 400,
    message: 'there is no such detector or parameter, or it cannot have this value',
  },
  'bad-webhook': { status: 400, message: 'the webhook cannot be: its address is no http or https address' },
  'webhook-not-found': { status: 404, message: 'there is no such webhook' },
  'too-many-webhooks': { status: 429, message: 'the server keeps as many webhooks as it may' },
  'run-ended': { status: 409, message: 'the run has ended and cannot be stopped' },
  ...REFUSALS,
  'store-failed': {
    status: 503,
    message: 'the store could not keep the lines; nothing of them is acknowledged',
  },
  'not-found': { status: 404, message: 'there is nothing at this address' },
  internal: { status: 500, message: 'the server failed in a way its makers did not foresee' },
} as const;

export type ErrorCode = keyof typeof ERRORS;

/** What went wrong, in terms of what was sent. */
export interface Fault {
  readonly code: ErrorCode;
  /** "field: must be rule, got value", for people. */
  readonly message: string;
  /** Path of the field within the line, "values/loss". */
  readonly field?: string;
  /** What the field must be. */
  readonly rule?: string;
  /** What it was, shortened, as JSON. */
  readonly value?: string;
}

/** Builds a fault whose message reads "field: must be rule, got value". */
export function fault(code: ErrorCode, detail?: { field?: string; rule?: string; value?: unknown }): Fault {
  if (!detail) return { code, message: ERRORS[code].message };
  const value = 'value' in detail ? shorten(detail.value) : undefined;
  const parts = [detail.field, detail.rule && `must be ${detail.rule}`].filter(Boolean).join(': ');
  return {
    code,
    message: parts ? parts + (value === undefined ? '' : `, got ${value}`) : ERRORS[code].message,
    ...(detail.field !== undefined && { field: detail.field }),
    ...(detail.rule !== undefined && { rule: detail.rule }),
    ...(value !== undefined && { value }),
  };
}

/** A value as JSON, cut at 80 characters. */
function shorten(value: unknown): string {
  const text = (JSON.stringify(value) as string | undefined) ?? String(value);
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}
