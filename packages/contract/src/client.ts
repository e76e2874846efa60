import { ERRORS, type ErrorCode, type FieldProblem, KeywrightError } from '@keywright/core';
import { type Contract, contract, type InputOf, type OperationName, type OutputOf } from './contract.ts';
import { formatPath } from './encode.ts';
import { isInQuery, type Operation } from './operation.ts';

/** A problem document (RFC 9457) as every door answers it. */
export interface Problem {
  type: string;
  title: string;
  status: number;
  code: ErrorCode;
  detail: string;
  errors?: readonly FieldProblem[];
  /** The rate limits and quotas that refused. Source: draft-ietf-httpapi-ratelimit-headers. */
  'violated-policies'?: readonly string[];
  requestId: string;
}

/** An answer that was not a success. `requestId` finds it in the server's log. */
export class ApiError extends KeywrightError {
  /** The document as it came. */
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(Object.hasOwn(ERRORS, problem.code) ? problem.code : 'internal', problem.detail, problem.errors);
    this.name = 'ApiError';
    this.problem = problem;
  }

  get requestId(): string {
    return this.problem.requestId;
  }
}

export interface ClientOptions {
  /** Where the server listens, such as `http://127.0.0.1:7600`; empty for the page's own origin. */
  server?: string;
  /** A token, sent as Bearer. Without it the browser's session cookie speaks. */
  token?: string;
  /** The account in which to act, `acc_…`: one's own, or one that it manages. Without it the own account. */
  account?: string;
  fetch?: typeof fetch;
}

type Args<Name extends OperationName> =
  Record<never, never> extends InputOf<Name>
    ? [input?: InputOf<Name>, options?: CallOptions]
    : [input: InputOf<Name>, options?: CallOptions];

export interface CallOptions {
  signal?: AbortSignal;
  /** Makes a creating call safe to repeat. */
  idempotencyKey?: string;
}

/** A method for each operation; each answers with the output or throws an `ApiError`. */
export type Client = { [Name in OperationName]: (...args: Args<Name>) => Promise<OutputOf<Name>> };

export function createClient(options: ClientOptions = {}): Client {
  const methods = Object.values(contract).map(entry => [
    entry.name,
    (input: Record<string, unknown> = {}, call: CallOptions = {}) => send(options, entry, input, call),
  ]);
  return Object.fromEntries(methods);
}

/** The request that a call makes; the console's *Copy as curl* shows the same. */
export function requestOf(
  entry: Operation,
  input: Record<string, unknown>,
): { method: string; path: string; body?: string } {
  const { path, rest } = formatPath(entry, input);
  const fields = Object.entries(rest);
  const inQuery = Object.fromEntries(fields.filter(([field]) => isInQuery(entry, field)));
  const inBody = Object.fromEntries(fields.filter(([field]) => !isInQuery(entry, field)));
  const request = { method: entry.method, path: `/v1${path}${queryOf(inQuery)}` };
  const hasBody = entry.method !== 'GET' && (entry.method !== 'DELETE' || Object.keys(inBody).length > 0);
  return hasBody ? { ...request, body: JSON.stringify(inBody) } : request;
}

function queryOf(fields: Record<string, unknown>): string {
  const query = new URLSearchParams();
  for (const [field, value] of Object.entries(fields)) {
    for (const one of Array.isArray(value) ? value : [value]) if (one !== undefined) query.append(field, String(one));
  }
  return query.size === 0 ? '' : `?${query}`;
}

async function send(
  options: ClientOptions,
  entry: Contract[OperationName],
  input: Record<string, unknown>,
  call: CallOptions,
): Promise<unknown> {
  const { method, path, body } = requestOf(entry, input);
  const headers: Record<string, string> = { accept: 'application/json' };
  if (body !== undefined) headers['content-type'] = 'application/json';
  if (options.token !== undefined) headers.authorization = `Bearer ${options.token}`;
  if (options.account !== undefined) headers['keywright-account'] = options.account;
  if (call.idempotencyKey !== undefined) headers['idempotency-key'] = call.idempotencyKey;
  const response = await (options.fetch ?? fetch)(`${options.server ?? ''}${path}`, {
    method,
    headers,
    body,
    signal: call.signal ?? null,
  });
  const answer = await readJson(response);
  if (response.ok && answer !== undefined) return answer;
  throw new ApiError(isProblem(answer) ? answer : unreadable(response));
}

async function readJson(response: Response): Promise<unknown> {
  try {
    return await response.json();
  } catch {
    return undefined;
  }
}

function isProblem(answer: unknown): answer is Problem {
  return typeof answer === 'object' && answer !== null && 'code' in answer && 'detail' in answer;
}

function unreadable(response: Response): Problem {
  const detail = `The server answered ${response.status} without a readable body. Is this the address of Keywright?`;
  return {
    type: 'about:blank',
    title: 'Unreadable answer',
    status: response.status,
    code: 'unavailable',
    detail,
    requestId: '',
  };
}
