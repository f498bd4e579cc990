import { once } from 'node:events';
import { request } from 'node:http';
import { Readable } from 'node:stream';
import fastify, { type FastifyInstance } from 'fastify';
import { afterEach, expect, it } from 'vitest';
import { addConditional } from '../../../server/routes/conditional.ts';

let app: FastifyInstance;
afterEach(() => app.close());

/** A server that streams pieces of text at `/api/stream`. */
async function serve(pieces: () => AsyncGenerator<string>): Promise<string> {
  app = fastify();
  addConditional(app);
  app.get('/api/stream', (_request, reply) => reply.type('text/csv').send(Readable.from(pieces())));
  return app.listen({ port: 0, host: '127.0.0.1' });
}
const line = `${'1,'.repeat(1_000)}\n`;

// eslint-disable-next-line @typescript-eslint/require-await -- as a reader of points is
async function* broken(): AsyncGenerator<string> {
  for (let i = 0; i < 1_000; i++) yield line;
  throw new Error('a chunk has a wrong checksum');
}

it.each(['gzip', 'identity'])('an answer in %s whose source fails is cut off', async (encoding) => {
  const url = await serve(broken);
  const read = fetch(`${url}/api/stream`, { headers: { 'accept-encoding': encoding } }).then((answer) =>
    answer.text(),
  );
  await expect(read).rejects.toThrow('terminated');
});

it.each(['gzip', 'identity'])('nothing more is read for %s when whoever asked has gone', async (encoding) => {
  let ended = (): void => undefined;
  const end = new Promise<void>((resolve) => (ended = resolve));
  // eslint-disable-next-line @typescript-eslint/require-await -- as a reader of points is
  async function* endless(): AsyncGenerator<string> {
    try {
      for (;;) yield line;
    } finally {
      ended();
    }
  }
  const url = await serve(endless);
  const asked = request(`${url}/api/stream`, { headers: { 'accept-encoding': encoding } }).end();
  const [answer] = (await once(asked, 'response')) as [Readable];
  await once(answer, 'readable');
  asked.on('error', () => undefined);
  asked.destroy();
  await end;
});
