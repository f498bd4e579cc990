import type { FastifyReply, FastifyRequest } from 'fastify';
import { ERRORS, fault, type Fault } from '../../shared/errors.ts';
import type { Access, Right } from '../access.ts';

/** Answers with a fault, under the status that its code has. */
export function refuse(reply: FastifyReply, reason: Fault): FastifyReply {
  return reply.code(ERRORS[reason.code].status).send({ kind: 'error', ...reason });
}

/** Makes handlers that let a request through where it has the right. */
export function rights(access: Access) {
  return (needed: Right) => async (request: FastifyRequest, reply: FastifyReply) => {
    const checked = access.check({ headers: request.headers, token: tokenOf(request) });
    if ('fault' in checked) return refuse(reply, checked.fault);
    if (needed === 'write' && checked.right === 'read')
      return refuse(reply, fault('token-wrong', { field: 'token', rule: 'the writing one' }));
  };
}

export function tokenOf(request: FastifyRequest): string | undefined {
  const { token } = request.query as { token?: string | string[] };
  return typeof token === 'string' ? token : undefined;
}
