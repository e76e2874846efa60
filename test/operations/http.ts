import assert from 'node:assert/strict';
import { contract, type InputOf, isInQuery, type Operation, type OperationName } from '@keywright/contract';
import { PASSWORD } from '../support/app.ts';
import { serial } from './world.ts';

export interface Answer {
  status: number;
  headers: Headers;
  // The tests compare it with what they expect; nothing is taken from it unseen.
  body: Record<string, unknown>;
}

/** What a request carries besides the input. */
export interface Carried {
  token?: string;
  cookie?: string;
  headers?: Record<string, string>;
  /** The project at whose endpoint it is asked. */
  project?: string;
}

/** One operation by a plain HTTP request, as `curl` would make it: nothing of the client's code is used. */
export async function rest<Name extends OperationName>(
  url: string,
  name: Name,
  input: InputOf<Name>,
  carried: Carried = {},
): Promise<Answer> {
  return restOf(url, contract[name], input as Record<string, unknown>, carried); // every input is an object
}

/** The same for an operation that is known only inside a loop. */
export async function restOf(server: string, entry: Operation, input: Record<string, unknown>, carried: Carried) {
  const left = new Map(Object.entries(input).filter(([, value]) => value !== undefined));
  const path = entry.path.replace(/\{(\w+)\}/g, (_, field: string) => {
    const value = String(left.get(field));
    left.delete(field);
    return encodeURIComponent(value);
  });
  const base = `${server}/v1${carried.project === undefined ? '' : `/projects/${carried.project}`}`;
  const headers: Record<string, string> = { ...carried.headers };
  if (carried.token !== undefined) headers.authorization = `Bearer ${carried.token}`;
  if (carried.cookie !== undefined) headers.cookie = carried.cookie;
  const fields = [...left];
  const url = `${base}${path}?${query(fields.filter(([field]) => isInQuery(entry, field)))}`;
  const inBody = fields.filter(([field]) => !isInQuery(entry, field));
  const body = inBody.length === 0 ? undefined : JSON.stringify(Object.fromEntries(inBody));
  if (body !== undefined) headers['content-type'] = 'application/json';
  return ask(url, { method: entry.method, headers, body });
}

export async function ask(url: string, init: RequestInit): Promise<Answer> {
  const response = await fetch(url, init);
  return { status: response.status, headers: response.headers, body: JSON.parse(await response.text()) };
}

/** Tries to sign in; each try comes from an address of its own unless one is given. */
export function trySignIn(url: string, email: string, password: string, address = newAddress()): Promise<Answer> {
  const headers = { 'content-type': 'application/json', 'x-forwarded-for': address };
  return ask(`${url}/api/auth/sign-in/email`, { method: 'POST', headers, body: JSON.stringify({ email, password }) });
}

/** Signs in, and returns what the browser would send as its cookie. */
export async function signIn(url: string, email: string, password: string = PASSWORD): Promise<string> {
  const answer = await trySignIn(url, email, password);
  assert.equal(answer.status, 200, JSON.stringify(answer.body));
  return cookieOf(answer);
}

export function cookieOf({ headers }: Answer): string {
  return headers
    .getSetCookie()
    .map(cookie => cookie.split(';', 1)[0])
    .join('; ');
}

/** An address from which nobody has come yet. Source: RFC 2544 sets 198.18.0.0/15 apart for tests. */
export function newAddress(): string {
  const number = serial();
  return `198.18.${number >> 8}.${number & 255}`;
}

function query(fields: [field: string, value: unknown][]): string {
  return new URLSearchParams(fields.map(([field, value]) => [field, String(value)])).toString();
}
