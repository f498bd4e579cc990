import { randomBytes, timingSafeEqual } from 'node:crypto';
import { readFile, rename, writeFile } from 'node:fs/promises';
import type { IncomingHttpHeaders } from 'node:http';
import { join } from 'node:path';
import { fault, type Fault } from '../shared/errors.ts';
import { isLoopback } from './config.ts';

/** The secrets of one data folder. */
export interface Tokens {
  /** For trainers, and for viewers that may stop runs. */
  readonly write: string;
  /** For viewers that may look. */
  readonly read: string;
  /** Further writing tokens by the names of their holders, whose quotas are counted apart. */
  readonly writers?: Readonly<Record<string, string>>;
}

export type Right = 'read' | 'write';

/** What a request shows of itself. */
export interface Credentials {
  readonly headers: IncomingHttpHeaders;
  /** From the address's `token` parameter. */
  readonly token: string | undefined;
}

export const COOKIE = 'tidemark_token';

/** What a request may do, and who sent it, where it came with a token that has a name. */
export interface Granted {
  readonly right: Right;
  readonly holder?: string;
}

/**
 * Who may do what. Bound to loopback, everyone on this machine may do everything, but no web page from elsewhere:
 * `Host` must name this machine (a name that was rebound to it does not) and `Origin`, where a browser sends one,
 * must be the page's own. Bound elsewhere, a token is asked for as well.
 */
export interface Access {
  /** What the request may do, or why it may do nothing. */
  check(credentials: Credentials): Granted | { readonly fault: Fault };
  /** The tokens that are asked for; null on loopback. */
  readonly tokens: Tokens | null;
}

/** @param host the address the server binds to */
export function createAccess(host: string, tokens: Tokens | null): Access {
  return {
    tokens,
    check({ headers, token }) {
      const { host: named = '', origin } = headers;
      if (isLoopback(host) && !isLoopback(hostname(named))) {
        return {
          fault: fault('host-refused', {
            field: 'Host',
            rule: 'localhost or a loopback address',
            value: named,
          }),
        };
      }
      if (origin !== undefined && originHost(origin) !== named.toLowerCase()) {
        return {
          fault: fault('origin-refused', { field: 'Origin', rule: `this server's own`, value: origin }),
        };
      }
      if (tokens === null) return { right: 'write' };
      const given = token ?? bearer(headers.authorization) ?? cookie(headers.cookie);
      if (given === undefined) return { fault: fault('token-missing') };
      if (same(given, tokens.write)) return { right: 'write' };
      if (same(given, tokens.read)) return { right: 'read' };
      for (const [holder, token] of Object.entries(tokens.writers ?? {}))
        if (same(given, token)) return { right: 'write', holder };
      return { fault: fault('token-wrong') };
    },
  };
}

/** The tokens kept in the data folder, made at the first call. Only the owner may read the file. */
export async function loadTokens(folder: string): Promise<{ tokens: Tokens; fresh: boolean }> {
  const path = join(folder, 'tokens.json');
  try {
    const { write, read, writers } = JSON.parse(await readFile(path, 'utf8')) as Partial<Tokens>;
    if (!write || !read)
      throw new Error(`${path}: must hold a "write" and a "read" token; delete it to have new ones`);
    return { tokens: { write, read, ...(writers && { writers }) }, fresh: false };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  const tokens: Tokens = { write: secret(), read: secret() };
  await writeFile(`${path}.new`, `${JSON.stringify(tokens, null, 2)}\n`, { mode: 0o600 });
  await rename(`${path}.new`, path);
  return { tokens, fresh: true };
}

/** 24 random bytes, in letters that an address takes as they are. */
function secret(): string {
  return randomBytes(24).toString('base64url');
}

/** Compares without telling by its time how much of the token is right. */
function same(given: string, kept: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(kept)];
  return a.length === b.length && timingSafeEqual(a, b);
}

function bearer(authorization = ''): string | undefined {
  return /^Bearer (\S+)$/i.exec(authorization)?.[1];
}

function cookie(header = ''): string | undefined {
  const pairs = header.split(';').map((pair) => pair.trim().split('='));
  return pairs.find(([name]) => name === COOKIE)?.[1];
}

/** The host of "host:port". */
function hostname(host: string): string {
  return host.replace(/:\d+$/, '').toLowerCase();
}

function originHost(origin: string): string | null {
  try {
    return new URL(origin).host;
  } catch {
    return null;
  }
}
