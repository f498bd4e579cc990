import { createHash } from 'node:crypto';
import { pipeline, type Readable } from 'node:stream';
import { promisify } from 'node:util';
import { constants, createGzip, gzip } from 'node:zlib';
import type { FastifyInstance } from 'fastify';

const compress = promisify(gzip);

/** Bytes below which an answer is not worth compressing. */
const SMALL = 1_400;
/** The fastest that still takes JSON to a fifth. */
const LEVEL = constants.Z_BEST_SPEED;

/** Characters above which what goes with an answer is remembered, and of how many addresses. */
const LONG = 64 * 1024;
const REMEMBERED = 4;

interface Made {
  readonly payload: string;
  readonly tag: string;
  /** Compressed, once somebody has asked for it so. */
  zipped: Promise<Buffer> | null;
}

/**
 * Gives what is read an ETag, answers 304 to who has it already, and compresses what is long for who can take it.
 * Answers that are streamed are compressed as they go, and have no tag.
 */
export function addConditional(app: FastifyInstance): void {
  const made = new Map<string, Made>();
  /** What goes with a payload; of long ones that stay the same, as a list of resting runs does, it is remembered. */
  const madeOf = (url: string, payload: string): Made => {
    const known = made.get(url);
    if (known?.payload === payload) return known;
    const tag = `W/"${createHash('sha1').update(payload).digest('base64url')}"`;
    const fresh: Made = { payload, tag, zipped: null };
    made.delete(url);
    if (payload.length >= LONG) made.set(url, fresh);
    if (made.size > REMEMBERED) made.delete(made.keys().next().value!);
    return fresh;
  };
  app.addHook('onSend', async (request, reply, payload) => {
    if (request.method !== 'GET' || !request.url.startsWith('/api/') || reply.statusCode !== 200)
      return payload;
    void reply.header('vary', 'accept-encoding, authorization, cookie');
    const gzips = /\bgzip\b/.test(request.headers['accept-encoding'] ?? '');
    if (typeof payload !== 'string') {
      if (!gzips || typeof (payload as Readable | null)?.pipe !== 'function') return payload;
      void reply.header('content-encoding', 'gzip').removeHeader('content-length');
      // Each ends with the other: where reading fails, or whoever asked has gone. The answer hears of it from its end.
      return pipeline(payload as Readable, createGzip({ level: LEVEL }), () => undefined);
    }
    const answer = madeOf(request.url, payload);
    const { tag } = answer;
    void reply.header('etag', tag).header('cache-control', 'no-cache');
    if (request.headers['if-none-match']?.split(/,\s*/).includes(tag)) {
      void reply.code(304);
      return '';
    }
    if (!gzips || payload.length < SMALL) return payload;
    void reply.header('content-encoding', 'gzip').removeHeader('content-length');
    return (answer.zipped ??= compress(payload, { level: LEVEL }));
  });
}
