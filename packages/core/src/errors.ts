import { REASON_TEXT } from './access-key.ts';
import type { Charged } from './charge.ts';
import type { Reason } from './decide.ts';

/** One table of error codes: HTTP status, title, and what it means for the caller. REST, the CLI and docs/errors.md read it. */
export const ERRORS = {
  malformed_request: {
    status: 400,
    title: 'Malformed request',
    meaning: 'The request could not be read: broken JSON, a broken header or path.',
  },
  query_too_large: {
    status: 400,
    title: 'GraphQL document too large',
    meaning:
      'The document asks for more than one request may: the detail names the limit. Ask for less, or in several requests.',
  },
  unauthenticated: {
    status: 401,
    title: 'Not signed in',
    meaning: 'The call needs a signed-in person or an access key.',
  },
  ...reasons({
    malformed: 401,
    unknown: 401,
    inactive: 401,
    not_yet_valid: 401,
    expired: 401,
    owner_inactive: 401,
    account_inactive: 401,
    network_not_allowed: 403,
    project_mismatch: 403,
    permission_denied: 403,
    rate_limited: 429,
    quota_exhausted: 429,
  }),
  forbidden: { status: 403, title: 'Not allowed', meaning: 'Your role does not give the right to do this.' },
  cross_site: {
    status: 403,
    title: 'Request from another site',
    meaning: 'A change with a session cookie must come from the console itself.',
  },
  session_required: {
    status: 403,
    title: 'Sign-in required',
    meaning: 'This can be done only by a signed-in person, not with an access key.',
  },
  broader_key: {
    status: 403,
    title: 'Broader than the calling key',
    meaning: 'An access key can not make or change a key to be broader or longer-lived than itself.',
  },
  not_found: { status: 404, title: 'Not found', meaning: 'There is no such thing, or it belongs to somebody else.' },
  method_not_allowed: {
    status: 405,
    title: 'Method not allowed',
    meaning: 'The path exists, but not with this method.',
  },
  conflict: {
    status: 409,
    title: 'Not possible in this state',
    meaning: 'The state of the thing forbids it; the detail says what to do first.',
  },
  key_limit_reached: {
    status: 409,
    title: 'Too many access keys',
    meaning: 'The owner has as many access keys as the key policy allows.',
  },
  idempotency_conflict: {
    status: 409,
    title: 'Idempotency-Key used before',
    meaning: 'The same Idempotency-Key came with another input, or its answer held a secret that is shown only once.',
  },
  gone: { status: 410, title: 'No longer valid', meaning: 'The link was used, withdrawn, or has expired.' },
  body_too_large: { status: 413, title: 'Request too large', meaning: 'The body is larger than the server takes.' },
  unsupported_media_type: { status: 415, title: 'Unsupported content type', meaning: 'Send application/json.' },
  invalid_value: {
    status: 422,
    title: 'Invalid value',
    meaning: 'A value breaks a rule; `errors` names each field, the rule and the way out.',
  },
  too_many_attempts: { status: 429, title: 'Too many attempts', meaning: 'Wait, then try again.' },
  headers_too_large: {
    status: 431,
    title: 'Headers too large',
    meaning: 'The headers are larger than the server takes.',
  },
  internal: {
    status: 500,
    title: 'Internal error',
    meaning: 'The fault is ours. The log holds the details under the request id.',
  },
  unavailable: { status: 503, title: 'Temporarily unavailable', meaning: 'The store can not be reached. Try again.' },
} as const satisfies Record<string, ErrorEntry>;

interface ErrorEntry {
  status: number;
  title: string;
  meaning: string;
}

export type ErrorCode = keyof typeof ERRORS;

/** The `type` of a problem document that is read at the address of an API, where no path of ours leads anywhere. Source: RFC 9457, 3.1.1. */
export function errorUrn(code: ErrorCode): string {
  return `urn:keywright:error:${code}`;
}

/** One field that breaks a rule: where (dotted path), which rule, and how to mend it. */
export interface FieldProblem {
  field: string;
  rule: string;
  message: string;
}

/** The one error class of the system: a code of the table, a sentence for people, and the fields concerned. */
export class KeywrightError extends Error {
  readonly code: ErrorCode;
  readonly problems: readonly FieldProblem[];
  /** How the limits stand that refused. */
  readonly charged: Charged | undefined;

  constructor(
    code: ErrorCode,
    detail?: string,
    problems: readonly FieldProblem[] = [],
    options: ErrorOptions & { charged?: Charged | undefined } = {},
  ) {
    super(detail ?? ERRORS[code].meaning, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'KeywrightError';
    this.code = code;
    this.problems = problems;
    this.charged = options.charged;
  }

  get status(): number {
    return ERRORS[this.code].status;
  }
}

/** An invalid value in one field. */
export function invalid(field: string, rule: string, message: string): KeywrightError {
  return new KeywrightError('invalid_value', `${field}: ${message}`, [{ field, rule, message }]);
}

function reasons<Statuses extends Record<Reason, number>>(statuses: Statuses): { [Code in Reason]: ErrorEntry } {
  const rows = Object.entries(statuses).map(([code, status]) => {
    const reason = code as Reason; // Object.entries widens keys to string
    return [
      reason,
      { status, title: `Access key refused: ${reason.replaceAll('_', ' ')}`, meaning: REASON_TEXT[reason] },
    ];
  });
  return Object.fromEntries(rows);
}
