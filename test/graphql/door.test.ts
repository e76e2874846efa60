import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { run } from '@keywright/server';
import { makeSchema } from '@keywright/server/graphql';
import {
  buildClientSchema,
  type GraphQLSchema,
  getIntrospectionQuery,
  type IntrospectionQuery,
  lexicographicSortSchema,
  printSchema,
} from 'graphql';
import type { KyselyPlugin } from 'kysely';
import { signIn } from '../operations/http.ts';
import { callOf, emailOf, makeAccount, makeKey, startTestApp, type TestAccount, type TestApp } from '../support/app.ts';
import { codesOf, dataOf, graphql } from './ask.ts';

const CREATE = 'mutation { createAccessKey { key } }';

/** What browsers say of a request that a page of another site makes. */
const ELSEWHERE: Record<string, string>[] = [
  { 'sec-fetch-site': 'cross-site' },
  { 'sec-fetch-site': 'same-site' },
  { origin: 'https://evil.example' },
];

/** How GraphQL comes in: who may look, from where a change may come, and what errors look like. */
describe('the door of GraphQL', () => {
  let running: TestApp;
  let account: TestAccount;
  let token: string;
  let cookie: string;
  before(async () => {
    running = await startTestApp();
    account = await makeAccount(running.app, 'Home');
    token = (await makeKey(running.app, account.callers.owner)).token;
    cookie = await signIn(running.url, emailOf('Home', 'owner'));
  });
  after(() => running[Symbol.asyncDispose]());

  async function keys(): Promise<number> {
    const document = '{ accessKeys(limit: 100) { items { key } } }';
    const { accessKeys } = await dataOf<{ accessKeys: { items: unknown[] } }>(running.url, document, { token });
    return accessKeys.items.length;
  }

  test('who is not known sees nothing but what is public, and no name of a field', async () => {
    for (const document of [
      getIntrospectionQuery(),
      '{ __schema { types { name } } }',
      '{ accessKeys { items { key } } }',
      '{ nothing }',
      CREATE,
    ]) {
      const answer = await graphql(running.url, document);
      assert.deepEqual([answer.status, answer.data, codesOf(answer)], [401, undefined, ['unauthenticated']]);
      assert.ok(!/AccessKeys|Did you mean/.test(answer.errors[0]?.message ?? ''));
    }
    assert.deepEqual(await dataOf(running.url, '{ __type(name: "AccessKey") { name } getSetup { needed } }'), {
      __type: null,
      getSetup: { needed: false },
    });
    const { verify } = await dataOf(
      running.url,
      'query ($c: String) { verify(credential: $c, method: "GET") { ... on Decision { allowed } } }',
      { variables: { c: token } },
    );
    assert.deepEqual(verify, { allowed: true });
  });

  test('who is known sees the schema', async () => {
    const sorted = (schema: GraphQLSchema) => printSchema(lexicographicSortSchema(schema));
    for (const carried of [{ token }, { cookie }]) {
      const told = await dataOf<IntrospectionQuery>(running.url, getIntrospectionQuery(), carried);
      assert.equal(sorted(buildClientSchema(told)), sorted(makeSchema()));
    }
  });

  test('a key that is refused is refused before the document is looked at, with the reason', async () => {
    const { token: dead, key } = await makeKey(running.app, account.callers.owner);
    await dataOf(running.url, `mutation { deactivateAccessKey(key: "${key}") { state } }`, { token });
    for (const accept of ['application/json', 'application/graphql-response+json']) {
      const answer = await graphql(running.url, '{', { token: dead, headers: { accept } });
      assert.deepEqual([answer.status, answer.data, codesOf(answer)], [401, undefined, ['inactive']]);
      assert.ok(answer.headers.get('content-type')?.startsWith(accept));
      assert.equal(answer.headers.get('x-request-id'), answer.errors[0]?.extensions.requestId);
    }
  });

  test('a change with what a browser sends by itself comes from our own pages only', async () => {
    const before = await keys();
    for (const carried of [{ cookie }, { token }]) {
      for (const headers of ELSEWHERE) {
        const answer = await graphql(running.url, CREATE, { ...carried, headers });
        assert.deepEqual([answer.status, answer.data, codesOf(answer)], [403, undefined, ['cross_site']]);
      }
    }
    assert.equal(await keys(), before);
    await dataOf(running.url, CREATE, { cookie, headers: { 'sec-fetch-site': 'same-origin' } });
    assert.equal(await keys(), before + 1);
  });

  test('a GET never changes anything, and a form is no GraphQL', async () => {
    const before = await keys();
    const url = `${running.url}/graphql?query=${encodeURIComponent(CREATE)}`;
    const got = await fetch(url, { headers: { cookie } });
    assert.equal(got.status, 405);
    assert.equal(JSON.parse(await got.text()).errors[0].extensions.code, 'method_not_allowed');
    for (const type of [
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=x',
      'text/plain',
      'application/graphql',
    ]) {
      const posted = await fetch(`${running.url}/graphql`, {
        method: 'POST',
        headers: { cookie, 'content-type': type },
        body: `query=${encodeURIComponent(CREATE)}`,
      });
      assert.equal(posted.status, 415, type);
      assert.equal(JSON.parse(await posted.text()).errors[0].extensions.code, 'unsupported_media_type');
    }
    assert.equal(await keys(), before);
    const query = await fetch(`${running.url}/graphql?query=${encodeURIComponent('{ whoami { via } }')}`, {
      headers: { cookie },
    });
    assert.deepEqual(JSON.parse(await query.text()), { data: { whoami: { via: 'session' } } });
  });

  test('an error has the code, the fields and the sentence of the other doors, and stands at its field', async () => {
    const document =
      'mutation { a: createAccessKey(networks: ["here"], expiresAt: "soon") { key } b: createAccessKey { key } }';
    const answer = await graphql<{ a: null; b: { key: string } }>(running.url, document, { token });
    assert.equal(answer.status, 200);
    assert.equal(answer.data.a, null);
    assert.match(answer.data.b.key, /^KW/);
    const [error] = answer.errors;
    assert.deepEqual(error?.path, ['a']);
    assert.equal(error?.extensions.code, 'invalid_value');
    const problems = (error?.extensions.errors ?? []) as { field: string }[]; // as REST has them
    const fields = problems.map(({ field }) => field);
    assert.deepEqual(fields.sort(), ['expiresAt', 'networks.0']);
  });

  test('broken documents, wrong variables and odd bodies get a clear error, never one of ours', async () => {
    const odd = [
      '{',
      '{ whoami',
      '{ whoami { nothing } }',
      'subscription { whoami }',
      'fragment F on Query { whoami { key } }',
      '',
      '\0',
      'query A { __typename } query B { __typename }',
      '{ verify(items: {}) { ... on Decision { allowed } } }',
      `{ ${'{'.repeat(900)}`,
    ];
    for (const document of odd) {
      const answer = await graphql(running.url, document, { token });
      assert.deepEqual([answer.status < 500, [...new Set(codesOf(answer))]], [true, ['malformed_request']], document);
    }
    for (const variables of [{ limit: 'many' }, { limit: 1e99 }, { limit: null }, { limit: {} }]) {
      const answer = await graphql(running.url, 'query ($limit: Int!) { accessKeys(limit: $limit) { nextCursor } }', {
        token,
        variables,
      });
      assert.deepEqual(codesOf(answer), ['malformed_request']);
    }
    for (const body of ['', 'null', '1', '"x"', '{"query":1}', '{"query":"{ __typename }","more":1}', '\xff']) {
      const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` };
      const response = await fetch(`${running.url}/graphql`, { method: 'POST', headers, body });
      assert.equal(response.status, 400, body);
      assert.equal(JSON.parse(await response.text()).errors[0].extensions.code, 'malformed_request', body);
    }
  });

  test('the answer is JSON of the type that is asked for, and never a stream', async () => {
    const types: Record<string, [status: number, type: string]> = {
      'application/graphql-response+json': [200, 'application/graphql-response+json; charset=utf-8'],
      'text/event-stream': [200, 'application/json; charset=utf-8'],
      'multipart/mixed, application/json': [200, 'application/json; charset=utf-8'],
      'text/html;q=0.1, application/json': [200, 'application/json; charset=utf-8'],
      'image/png': [200, 'application/json; charset=utf-8'],
    };
    for (const [accept, expected] of Object.entries(types)) {
      const response = await fetch(`${running.url}/graphql`, {
        method: 'POST',
        headers: { accept, 'content-type': 'application/json' },
        body: JSON.stringify({ query: '{ getSetup { needed } }' }),
      });
      const body = await response.text();
      assert.deepEqual([response.status, response.headers.get('content-type') ?? ''], expected, accept);
      assert.deepEqual(JSON.parse(body), { data: { getSetup: { needed: false } } });
    }
  });

  test('an error of ours shows none of its own words', async () => {
    const { store } = running.app;
    const breaking: KyselyPlugin = {
      transformQuery() {
        throw new Error('inner words');
      },
      transformResult: async ({ result }) => result,
    };
    running.app.store = { ...store, db: store.db.withPlugin(breaking) };
    const answer = await graphql(running.url, '{ whoami { key } accessKeys { nextCursor } }', { token });
    running.app.store = store;
    assert.deepEqual([...new Set(codesOf(answer))], ['internal']);
    assert.ok(!JSON.stringify(answer).includes('inner words'));
  });

  test('who acts in a managed account names it as in REST', async () => {
    const managed = await run(running.app, 'createManagedAccount', { name: 'Customer' }, callOf(account.callers.owner));
    const asked = '{ whoami { account { id } home { id } } }';
    const { whoami } = await dataOf(running.url, asked, { token, headers: { 'keywright-account': managed.id } });
    assert.deepEqual(whoami, { account: { id: managed.id }, home: { id: account.id } });
    const foreign = await makeAccount(running.app, 'Foreign');
    const refused = await graphql(running.url, asked, { token, headers: { 'keywright-account': foreign.id } });
    assert.deepEqual([refused.status, refused.data, codesOf(refused)], [404, undefined, ['not_found']]);
  });

  test('a key of a project is refused here, and other methods are, too', async () => {
    const { id: project } = await run(running.app, 'createProject', { name: 'P' }, callOf(account.callers.owner));
    const { token: bound } = await makeKey(running.app, account.callers.owner, { project });
    assert.deepEqual(codesOf(await graphql(running.url, '{ whoami { key } }', { token: bound })), ['project_mismatch']);
    for (const method of ['PUT', 'DELETE', 'HEAD']) {
      const response = await fetch(`${running.url}/graphql`, { method });
      assert.deepEqual([response.status, response.headers.get('allow')], [405, 'GET, POST'], method);
    }
  });

  test('an Idempotency-Key makes one key of two requests', async () => {
    const before = await keys();
    const headers = { 'idempotency-key': 'once' };
    await dataOf(running.url, CREATE, { token, headers });
    assert.deepEqual(codesOf(await graphql(running.url, CREATE, { token, headers })), ['idempotency_conflict']);
    assert.equal(await keys(), before + 1);
  });

  test('GraphiQL is for signed-in people, and all of it comes from here', async () => {
    const headers = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };
    const signedOut = await fetch(`${running.url}/graphql`, { headers, redirect: 'manual' });
    assert.deepEqual([signedOut.status, signedOut.headers.get('location')], [303, '/sign-in?returnTo=%2Fgraphql']);
    const page = await fetch(`${running.url}/graphql`, { headers: { ...headers, cookie } });
    assert.match(page.headers.get('content-security-policy') ?? '', /script-src 'self';/);
    const text = await page.text();
    const files = [...text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path]) => path ?? '');
    assert.equal(files.length, 3);
    for (const path of files) {
      assert.match(path, /^\/graphql\/assets\//);
      const file = await fetch(running.url + path);
      assert.deepEqual([file.status, (await file.text()).length > 100], [200, true]);
    }
    assert.equal((await fetch(`${running.url}/graphql/assets/nothing.js`)).status, 404);
  });
});
