import {
  type Charged,
  type Decision,
  ERRORS,
  type ErrorCode,
  errorUrn,
  type Facts,
  limitHeaderFields,
  type Permission,
  permissionAt,
  violatedPolicies,
} from '@keywright/core';
import type { RemoteVerifier } from '../remote/remote-verifier.ts';
import { type RequestLike, readRequest } from '../remote/request.ts';

/** What decides. */
export type Verifies = Pick<RemoteVerifier, 'verify'>;

/** The key of a request that may pass, as handlers see it: nothing of it is secret. */
export interface AccessKey extends Pick<Facts, 'key' | 'name' | 'project'> {
  readonly owner: Pick<Facts['owner'], 'kind' | 'id' | 'name' | 'role'>;
  /** The id of the account. */
  readonly account: string;
  /** What it may do at the API: for a restricted key its grant there, `restricted` when that is a list of endpoints. */
  readonly permission: Permission;
  /** Milliseconds since 1970; null for never. */
  readonly expiresAt: number | null;
}

/** With `optional: true` a request may come without a key. */
export type AccessKeyOr<Optional extends boolean> = Optional extends false ? AccessKey : AccessKey | undefined;

/** For what the key of a request is to be good. */
export interface MiddlewareOptions<Optional extends boolean = boolean> {
  /** The id of the API. Without it a restricted key may do nothing. */
  readonly api?: string | undefined;
  /** The endpoint of the API, as `GET /orders/{id}` or by its name. Unless told: the method and the path of the request, as they came. */
  readonly endpoint?: string | undefined;
  /** The project at whose endpoint; null for none. That of the verifier unless told. */
  readonly project?: string | null | undefined;
  /** What a request takes from the limits of the key: 1 unless told. */
  readonly cost?: number | undefined;
  /** Lets requests without any key pass, without an access key; those with one that is not good are refused all the same. */
  readonly optional?: Optional | undefined;
}

/** What is answered in place of the handler; header names are in small letters. */
export interface Refused {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[]>>;
  readonly body: string;
}

/** Either what passes, with headers that say how the limits of the key stand, or what is answered. */
export type Verdict =
  | { accessKey: AccessKey | undefined; headers: Readonly<Record<string, string>>; refused?: undefined }
  | { refused: Refused };

/** Whether the request may pass to its handler. Rejects with what is no decision, which the framework then answers with 500. */
export async function judge(
  verifier: Verifies,
  request: RequestLike,
  { api, endpoint, project, cost, optional = false }: MiddlewareOptions,
  address: string | undefined,
): Promise<Verdict> {
  const { text, method, path, agent } = readRequest(request);
  if (text === undefined)
    return optional ? { accessKey: undefined, headers: {} } : refuse('malformed', 'The request carries no access key.');
  try {
    const named = endpoint?.replace(PARAMETER, '{}');
    const asked = { api, endpoint: named, method, path, project, address, agent, cost };
    return verdictOf(await verifier.verify(text, asked), api);
  } catch (error) {
    // What is wrong is for the operator, who finds it in the verifier's health; clients need not learn where the server is.
    if (isUnavailable(error)) return refuse('unavailable', 'Access keys can not be verified now. Try again.');
    throw error;
  }
}

/** Of a template: in the id of an endpoint they have no names. */
const PARAMETER = /\{[^{}/]*\}/g;

function verdictOf(decision: Decision, api: string | undefined): Verdict {
  const { charged } = decision;
  if (decision.allowed) return { accessKey: accessKeyOf(decision.facts, api), headers: headersOf(charged) };
  return refuse(decision.reason, decision.missing && `It needs ${decision.missing}.`, charged);
}

/** Fields in small letters. */
function headersOf(charged: Charged | undefined): Record<string, string> {
  if (charged === undefined) return {};
  return Object.fromEntries(
    Object.entries(limitHeaderFields(charged)).map(([name, text]) => [name.toLowerCase(), text]),
  );
}

function accessKeyOf(facts: Facts, api: string | undefined): AccessKey {
  const { key, name, project, expiresAt } = facts;
  const { kind, id, name: ownerName, role } = facts.owner;
  const owner = { kind, id, name: ownerName, role };
  const permission = permissionAt(facts, api, role);
  return { key, name, owner, account: facts.account.id, project, permission, expiresAt };
}

function isUnavailable(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === ('unavailable' satisfies ErrorCode);
}

/** The same as Keywright itself sends. Source: RFC 7617, RFC 6750. */
const CHALLENGES = ['Basic realm="Keywright", charset="UTF-8"', 'Bearer realm="Keywright"'];

/** A problem document with a code of Keywright's table. Source: RFC 9457. */
function refuse(code: ErrorCode, detail: string = ERRORS[code].meaning, charged?: Charged): Verdict {
  const { status, title } = ERRORS[code];
  const violated = charged === undefined ? {} : { 'violated-policies': violatedPolicies(charged) };
  const body = JSON.stringify({ type: errorUrn(code), title, status, code, detail, ...violated });
  const headers = {
    'content-type': 'application/problem+json',
    'cache-control': 'no-store',
    ...(status === 401 && { 'www-authenticate': CHALLENGES }),
    ...(status === 503 && { 'retry-after': '1' }),
    ...headersOf(charged),
  };
  return { refused: { status, headers, body } };
}

/** For servers that speak `fetch`. */
export function responseOf({ status, headers, body }: Refused): Response {
  const lines = Object.entries(headers).map(([name, values]): [string, string] => [name, [values].flat().join(', ')]);
  return new Response(body, { status, headers: lines });
}

/** The same answer with these headers. Those of one that was fetched can not be set, so it is copied; what is no answer of HTTP is left as it is. */
export function withHeaders(response: Response, headers: Readonly<Record<string, string>>): Response {
  const entries = Object.entries(headers);
  const isAnswer = response instanceof Response && response.status >= 200; // in Bun nothing, after an upgrade
  if (!isAnswer || entries.length === 0) return response;
  const answer = new Response(response.body, response);
  for (const [name, text] of entries) answer.headers.set(name, text);
  return answer;
}
