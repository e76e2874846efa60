import { needsPermission, type Operation } from '@keywright/contract';
import { ERRORS, type ErrorCode, REASONS, ROLES, scopeOf } from '@keywright/core';

type Json = Record<string, unknown>;

/** Why an access key itself is refused, whatever it asks for. */
const DEAD_KEY = REASONS.filter(reason => ERRORS[reason].status === 401);
const KEY_NOT_HERE: readonly ErrorCode[] = ['network_not_allowed', 'project_mismatch'];

/** Refusals that many operations share: one name for each, so that the document says them once. */
const SHARED: Record<string, readonly ErrorCode[]> = {
  BadRequest: ['malformed_request'],
  Unauthorized: ['unauthenticated', ...DEAD_KEY],
  NotFound: ['not_found'],
  ContentTooLarge: ['body_too_large'],
  UnsupportedMediaType: ['unsupported_media_type'],
  UnprocessableContent: ['invalid_value'],
  InternalServerError: ['internal'],
  ServiceUnavailable: ['unavailable'],
};

export function sharedResponses(): Json {
  return Object.fromEntries(Object.entries(SHARED).map(([name, codes]) => [name, responseOf(codes)]));
}

/** The refusals of an operation by status. */
export function problemResponses(entry: Operation, hasBody: boolean): Json {
  const codes = errorsOf(entry, hasBody);
  const byStatus = Object.groupBy(codes, code => ERRORS[code].status);
  return Object.fromEntries(
    Object.entries(byStatus).map(([status, codes = []]) => {
      const [shared] = Object.entries(SHARED).find(([, those]) => those.join() === codes.join()) ?? [];
      return [status, shared ? { $ref: `#/components/responses/${shared}` } : responseOf(codes)];
    }),
  );
}

/** Every error that an operation may answer, in the order of the table of errors. */
function errorsOf(entry: Operation, hasBody: boolean): ErrorCode[] {
  const codes = new Set<ErrorCode>(['malformed_request', 'invalid_value', 'internal', 'unavailable', ...entry.errors]);
  const add = (...more: readonly ErrorCode[]) => {
    for (const code of more) codes.add(code);
  };
  if (hasBody) add('body_too_large', 'unsupported_media_type');
  if (entry.creates) add('idempotency_conflict');
  const { right } = entry;
  if (right !== 'public') {
    add('unauthenticated', ...DEAD_KEY, ...KEY_NOT_HERE);
    if (needsPermission(entry)) add('permission_denied');
    if (entry.sessionOnly) add('session_required');
    if (entry.method !== 'GET') add('cross_site');
    if (right !== 'caller' && ROLES.some(role => scopeOf(role, right) === 'none')) add('forbidden');
  }
  return (Object.keys(ERRORS) as ErrorCode[]).filter(code => codes.has(code)); // keys() widens them to string
}

/** A refusal with one of the codes. */
export function responseOf(codes: readonly ErrorCode[], headers: Json | undefined = headersOf(codes)): Json {
  const meanings = codes.map(code => `\`${code}\`: ${ERRORS[code].meaning}`);
  return {
    description: meanings.length === 1 ? meanings.join() : meanings.map(meaning => `- ${meaning}`).join('\n'),
    ...(headers ? { headers } : {}),
    content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
  };
}

function headersOf(codes: readonly ErrorCode[]): Json | undefined {
  if (codes.includes('unauthenticated'))
    return header('WWW-Authenticate', 'How to send an access key: `Basic` and `Bearer`.');
  return codes.includes('unavailable') ? header('Retry-After', 'Seconds after which to try again.') : undefined;
}

/** A header of an answer, by its name. */
export function header(name: string, description: string, required?: true): Json {
  return { [name]: { description, ...(required && { required }), schema: text } };
}

const text = { type: 'string' };

/** What stands in every refusal. */
export const PROBLEM: Json = {
  type: 'object',
  description: 'What went wrong, after RFC 9457. `code` is stable; `errors` names each field.',
  properties: {
    type: { type: 'string', format: 'uri-reference', description: 'Where the code is explained.' },
    title: { type: 'string', description: 'The code in words.' },
    status: { type: 'integer', description: 'The status of the answer.' },
    code: { type: 'string', enum: Object.keys(ERRORS), description: 'What to decide by.' },
    detail: { type: 'string', description: 'What happened this time, for people.' },
    errors: {
      type: 'array',
      description: 'The fields that break a rule, each with the way out.',
      items: {
        type: 'object',
        properties: { field: text, rule: text, message: text },
        required: ['field', 'rule', 'message'],
      },
    },
    'violated-policies': {
      type: 'array',
      description: 'The rate limits and quotas that refused, as the header RateLimit-Policy calls them.',
      items: text,
    },
    requestId: { type: 'string', description: "Finds the request in the server's log." },
  },
  required: ['type', 'title', 'status', 'code', 'detail', 'requestId'],
};
