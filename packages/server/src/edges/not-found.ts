import { operations } from '@keywright/contract';
import { KeywrightError } from '@keywright/core';
import type { FastifyReply, FastifyRequest } from 'fastify';

const PATHS = [
  ...operations.map(({ method, path, inProject }) => ({
    method,
    pattern: new RegExp(`^/v1${inProject ? '(/projects/[^/]+)?' : ''}${path.replace(/\{\w+\}/g, '[^/]+')}$`),
  })),
  ...['GET', 'POST'].map(method => ({ method, pattern: /^\/graphql(\/v1)?$/ })),
];

/** The methods that an address of the API takes; none where there is nothing. */
export function methodsAt(path: string): string[] {
  return [...new Set(PATHS.filter(({ pattern }) => pattern.test(path)).map(({ method }) => method))];
}

/** 404, or 405 where the path exists with another method. */
export function answerNotFound(request: FastifyRequest, reply: FastifyReply): never {
  const allowed = methodsAt(request.url.split('?', 1)[0] ?? '').join(', ');
  if (allowed === '') throw new KeywrightError('not_found', 'There is nothing at this address.');
  reply.header('allow', allowed);
  throw new KeywrightError('method_not_allowed', `This address takes ${allowed}.`);
}
