import { operations } from '@keywright/contract';
import { KeywrightError } from '@keywright/core';
import type { FastifyReply, FastifyRequest } from 'fastify';

const PATHS = operations.map(({ method, path }) => ({
  method,
  pattern: new RegExp(`^/v1${path.replace(/\{\w+\}/g, '[^/]+')}$`),
}));

/** 404, or 405 where the path exists with another method. */
export function answerNotFound(request: FastifyRequest, reply: FastifyReply): never {
  const path = request.url.split('?', 1)[0] ?? '';
  const allowed = PATHS.filter(({ pattern }) => pattern.test(path)).map(({ method }) => method);
  if (allowed.length === 0) throw new KeywrightError('not_found', 'There is nothing at this address.');
  reply.header('allow', [...new Set(allowed)].join(', '));
  throw new KeywrightError('method_not_allowed', `This address takes ${[...new Set(allowed)].join(', ')}.`);
}
