import assert from 'node:assert/strict';
import type { Carried } from '../operations/http.ts';

/** What came back, parsed: `Data` is the shape that the document asks for. */
export interface GraphqlAnswer<Data = Record<string, unknown>> {
  status: number;
  headers: Headers;
  data: Data;
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
  const { data, errors = [] } = JSON.parse(await response.text());
  return { status: response.status, headers: response.headers, data, errors };
}

/** The data of an answer without any error. */
export async function dataOf<Data = Record<string, unknown>>(...asked: Parameters<typeof graphql>): Promise<Data> {
  const { data, errors } = await graphql<Data>(...asked);
  assert.deepEqual(errors, []);
  return data;
}

/** The codes of all errors. */
export function codesOf({ errors }: Pick<GraphqlAnswer, 'errors'>): unknown[] {
  return errors.map(({ extensions }) => extensions.code);
}
