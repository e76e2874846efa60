import assert from 'node:assert/strict';
import type { Carried } from '../operations/http.ts';

/** What came back, parsed: `Data` is the shape that the document asks for. */
export interface GraphqlAnswer<Data = Record<string, unknown>> {
  status: number;
  headers: Headers;
  data: Data;
  extensions?: { receipts?: Record<string, unknown> };
  errors: { message: string; path?: (string | number)[]; extensions: Record<string, unknown> }[];
}

/** Posts a document, as `curl` would. */
export async function graphql<Data = Record<string, unknown>>(
  url: string,
  query: string,
  { token, cookie, headers, variables }: Carried & { variables?: object } = {},
  path = '/graphql',
): Promise<GraphqlAnswer<Data>> {
  const response = await fetch(url + path, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(cookie !== undefined && { cookie }),
      ...headers,
    },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors = [], extensions } = JSON.parse(await response.text());
  return { status: response.status, headers: response.headers, data, errors, extensions };
}

/** The data of an answer without any error. */
export async function dataOf<Data = Record<string, unknown>>(...asked: Parameters<typeof graphql>): Promise<Data> {
  const { data, errors } = await graphql<Data>(...asked);
  assert.deepEqual(errors, []);
  return data;
}

/** To compare with the other doors: what they leave out is null in GraphQL, where every field that is asked for is answered. */
export function withoutNulls(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value, (_, part) => part ?? undefined));
}

/** The codes of all errors. */
export function codesOf({ errors }: Pick<GraphqlAnswer, 'errors'>): unknown[] {
  return errors.map(({ extensions }) => extensions.code);
}
