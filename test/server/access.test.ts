import { statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createAccess, loadTokens } from '../../server/access.ts';
import { temporaryFolder } from '../support/server.ts';

const tokens = { write: 'w-secret', read: 'r-secret' };

describe('access on loopback', () => {
  const access = createAccess('127.0.0.1', null);
  it.each([
    [{ host: 'localhost:8433' }, 'write'],
    [{ host: '127.0.0.1:8433' }, 'write'],
    [{ host: '[::1]:8433', origin: 'http://[::1]:8433' }, 'write'],
    [{ host: 'localhost:8433', origin: 'http://localhost:8433' }, 'write'],
  ])('lets %j %s', (headers, right) => {
    expect(access.check({ headers, token: undefined })).toEqual({ right });
  });

  it.each([
    [{ host: 'evil.example:8433' }, 'host-refused'],
    [{ host: 'localhost:8433', origin: 'http://evil.example' }, 'origin-refused'],
    [{ host: 'localhost:8433', origin: 'http://localhost:3000' }, 'origin-refused'],
    [{ host: 'localhost:8433', origin: 'null' }, 'origin-refused'],
    [{}, 'host-refused'],
  ])('refuses %j: %s', (headers, code) => {
    expect(access.check({ headers, token: undefined })).toMatchObject({ fault: { code } });
  });
});

describe('access from elsewhere', () => {
  const access = createAccess('0.0.0.0', tokens);
  const host = 'box.example:8433';
  it.each([
    [{ host }, undefined, 'token-missing'],
    [{ host }, 'wrong', 'token-wrong'],
    [{ host, authorization: 'Bearer wrong' }, undefined, 'token-wrong'],
    [{ host, cookie: 'tidemark_token=' }, undefined, 'token-wrong'],
    [{ host, origin: 'https://evil.example', authorization: 'Bearer w-secret' }, undefined, 'origin-refused'],
  ])('refuses %j with token %s: %s', (headers, token, code) => {
    expect(access.check({ headers, token })).toMatchObject({ fault: { code } });
  });

  it.each([
    [{ host, authorization: 'Bearer w-secret' }, undefined, 'write'],
    [{ host, cookie: 'a=b; tidemark_token=r-secret' }, undefined, 'read'],
    [{ host, origin: `http://${host}` }, 'r-secret', 'read'],
  ])('lets %j with token %s %s', (headers, token, right) => {
    expect(access.check({ headers, token })).toEqual({ right });
  });
});

describe('the tokens', () => {
  let folder: ReturnType<typeof temporaryFolder>;
  beforeEach(() => (folder = temporaryFolder()));
  afterEach(() => folder.remove());

  it('are made once, different, and readable by their owner only', async () => {
    const first = await loadTokens(folder.path);
    const second = await loadTokens(folder.path);
    expect(first.fresh).toBe(true);
    expect(second).toEqual({ tokens: first.tokens, fresh: false });
    expect(first.tokens.read).not.toBe(first.tokens.write);
    expect(first.tokens.write.length).toBeGreaterThanOrEqual(32);
    expect(statSync(join(folder.path, 'tokens.json')).mode & 0o777).toBe(0o600);
  });
});
