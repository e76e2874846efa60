import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { limits } from '@keywright/core';
import { getIntrospectionQuery } from 'graphql';
import { makeAccount, makeKey, startTestApp, type TestApp } from '../support/app.ts';
import { codesOf, dataOf, graphql } from './ask.ts';

/** A document that asks for too much is refused before anything of it runs, and the error says which limit it was. */
describe('limits of a document', () => {
  let running: TestApp;
  let token: string;
  before(async () => {
    running = await startTestApp();
    const { callers } = await makeAccount(running.app, 'Home');
    token = (await makeKey(running.app, callers.owner)).token;
  });
  after(() => running[Symbol.asyncDispose]());

  const nested = (levels: number): string =>
    levels === 0 ? 'id' : `id accessKeys(limit: 1) { owner { member { ${nested(levels - 1)} } } }`;
  const aliases = (count: number) => Array.from({ length: count }, (_, n) => `a${n}: __typename`).join(' ');
  const spread = (levels: number) =>
    Array.from(
      { length: levels },
      (_, n) => `fragment F${n} on Query { ...F${n + 1} b${n}: whoami { key } ...F${n + 1} }`,
    )
      .concat(`fragment F${levels} on Query { whoami { key } }`)
      .join(' ');

  const TOO_LARGE: Record<string, [document: string, says: RegExp]> = {
    depth: [`{ listMembers(limit: 1) { items { ${nested(4)} } } }`, /levels of depth; at most 12/],
    'the size of pages': [
      '{ accessKeys(limit: 100) { items { key lastEvents(limit: 100) { action at hash } } } }',
      /counted for each entry of a page; at most 20000/,
    ],
    'pages of a page by default': [
      '{ listMembers(limit: 100) { items { accessKeys { key name state lastEvents { seq at action hash } } } } }',
      /at most 20000/,
    ],
    aliases: [`{ ${aliases(31)} }`, /31 aliases; at most 30/],
    'fragments in fragments': [`{ ...F0 } ${spread(25)}`, /at most 20000/],
    bytes: [`{ whoami { key } } # ${'x'.repeat(limits.graphqlDocumentBytesMax)}`, /bytes; at most 65536/],
    'the schema many times': [
      `{ ${'abcdefghijklmno'.split('').map(name => `${name}: __schema { ${schemaFields()} }`)} }`,
      /20000/,
    ],
  };

  for (const [what, [document, says]] of Object.entries(TOO_LARGE)) {
    test(what, async () => {
      const answer = await graphql(running.url, document, { token });
      assert.deepEqual(codesOf(answer), ['query_too_large']);
      assert.match(answer.errors[0]?.message ?? '', says);
      assert.equal(answer.data, undefined);
    });
  }

  test('the number of tokens', async () => {
    const answer = await graphql(running.url, `{ ${'whoami { key } '.repeat(600)} }`, { token });
    assert.deepEqual(codesOf(answer), ['malformed_request']);
    assert.match(answer.errors[0]?.message ?? '', /2000 tokens/);
  });

  test('the size of pages in variables, and as their default', async () => {
    const body = '{ accessKeys(limit: $limit) { items { key lastEvents(limit: $limit) { action at hash } } } }';
    for (const [head, variables] of [
      ['query ($limit: Int)', { limit: 100 }],
      ['query ($limit: Int = 100)', {}],
      ['query ($limit: Int)', { limit: -1 }],
    ] as const) {
      assert.deepEqual(codesOf(await graphql(running.url, head + body, { token, variables })), ['query_too_large']);
    }
    await dataOf(running.url, `query ($limit: Int = 100) ${body}`, { token, variables: { limit: 10 } });
  });

  test('what people and GraphiQL ask for is within all limits', async () => {
    await dataOf(running.url, getIntrospectionQuery(), { token });
    await dataOf(running.url, `{ ${aliases(30)} }`, { token });
    await dataOf(running.url, `{ listMembers(limit: 1) { items { ${nested(3)} } } }`, { token });
    const page = 'key name state permission owner { kind id name member { email } } lastEvents { action at }';
    await dataOf(running.url, `{ accessKeys(limit: 100) { items { ${page} } nextCursor } }`, { token });
  });

  test('several requests in one are refused', async () => {
    const response = await fetch(`${running.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: JSON.stringify([{ query: '{ __typename }' }, { query: '{ __typename }' }]),
    });
    const { errors } = JSON.parse(await response.text());
    assert.deepEqual([response.status, errors[0].extensions.code], [400, 'malformed_request']);
  });
});

function schemaFields(): string {
  return 'types { name kind description fields { name description args { name description defaultValue type { name kind ofType { name kind ofType { name kind } } } } type { name kind ofType { name kind ofType { name kind } } } } inputFields { name description defaultValue } enumValues { name description } }';
}
