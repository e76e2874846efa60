import type { IncomingHttpHeaders } from 'node:http';
import type { Problem } from '@keywright/contract';
import { ERRORS, type ErrorCode, KeywrightError, violatedPolicies } from '@keywright/core';
import { toKeywrightError } from '../map-error.ts';
import type { Answer } from './answer.ts';

/** Answers with an access key belong here: browsers and clients learn how to send one. Source: RFC 7617, RFC 6750. */
export const CHALLENGES = ['Basic realm="Keywright", charset="UTF-8"', 'Bearer realm="Keywright"'];

/** To a page's script, `Basic` would open the browser's own password window on top of the console. */
export function challengesFor({ headers }: { headers: IncomingHttpHeaders }): string[] {
  return headers['sec-fetch-dest'] === 'empty' ? CHALLENGES.slice(1) : CHALLENGES;
}

/** The document of an error. Source: RFC 9457. */
export function problemOf(error: KeywrightError, requestId: string): Problem {
  const { status, title } = ERRORS[error.code];
  const problem: Problem = {
    type: `/docs#error-${error.code}`,
    title,
    status,
    code: error.code,
    detail: error.message,
    requestId,
  };
  if (error.charged !== undefined) problem['violated-policies'] = violatedPolicies(error.charged);
  return error.problems.length > 0 ? { ...problem, errors: error.problems } : problem;
}

/** Fastify's own refusals, as ours. Source: its list of errors. */
const FASTIFY: Record<string, ErrorCode> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'body_too_large',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'unsupported_media_type',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'malformed_request',
  FST_ERR_BAD_URL: 'malformed_request',
  FST_ERR_MAX_PARAM_LENGTH: 'not_found',
};

/** What went wrong at the edge, before or around an operation. */
export function edgeError(error: unknown): KeywrightError {
  if (error instanceof KeywrightError) return error;
  const { code, statusCode } = (error ?? {}) as { code?: unknown; statusCode?: unknown };
  const known = FASTIFY[String(code)];
  if (known !== undefined) return new KeywrightError(known);
  const isCallers = typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500;
  return isCallers ? new KeywrightError('malformed_request', undefined, [], { cause: error }) : toKeywrightError(error);
}

/**
 * The answer with a problem document where no router is in between; more headers as names and values in turn, and a type that stands
 * for itself where the document is read at another address than ours.
 */
export function problemAnswer(
  error: KeywrightError,
  requestId: string,
  { status = error.status, headers = [], type }: { status?: number; headers?: readonly string[]; type?: string } = {},
): Answer {
  const problem = problemOf(error, requestId);
  const body = JSON.stringify({ ...problem, type: type ?? problem.type, status });
  const usual = ['Content-Type', 'application/problem+json', 'Content-Length', String(Buffer.byteLength(body))];
  const more = status === 503 ? ['Retry-After', '1', ...headers] : headers;
  return { status, headers: [...usual, 'Cache-Control', 'no-store', 'X-Request-Id', requestId, ...more], body };
}
