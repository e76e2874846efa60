import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { InputOf, OutputOf } from '@keywright/contract';
import { formatToken, type KeyId, newId, newKeyId, newSecret, parseNetwork } from '@keywright/core';
import { run } from '@keywright/server';
import { insertProject } from '@keywright/store';
import { callOf, makeAccount, makeKey, startTestApp, type TestAccount, type TestApp } from '../support/app.ts';
import { type Nginx, startNginx } from '../support/nginx.ts';
import { type Answer, apiKey, ask, basic, bearer, type Question } from './ask.ts';
import { type Arrived, type EchoServer, startEchoServer, valuesOf } from './echo-server.ts';

type NewKey = OutputOf<'createAccessKey'>;

const DOCUMENT = join(import.meta.dirname, '..', '..', 'docs', 'gateways', 'nginx.md');
const IDENTITY = ['X-Key-Id', 'X-Key-Owner', 'X-Key-Account', 'X-Key-Project', 'X-Key-Permission'];
const HOUR_MS = 3_600_000;

/** The configuration that the document gives, at other addresses. */
function documented(changes: Record<string, string>): string {
  let config = /```nginx\n(.*?)```/s.exec(readFileSync(DOCUMENT, 'utf8'))?.[1] ?? '';
  for (const [from, to] of Object.entries(changes)) {
    assert.equal(config.split(from).length, 2, `the document says once: ${from}`);
    config = config.replace(from, to);
  }
  return config;
}

function startDocumented(keywright: number, api: number, more: Record<string, string> = {}): Promise<Nginx> {
  return startNginx(port =>
    documented({
      'listen 80;': `listen 127.0.0.1:${port};`,
      'server 127.0.0.1:7600;': `server 127.0.0.1:${keywright};`,
      'server 127.0.0.1:8080;': `server 127.0.0.1:${api};`,
      ...more,
    }),
  );
}

const portOf = (url: string) => Number(new URL(url).port);

describe('nginx, as documented, in front of an API', () => {
  const stack = new AsyncDisposableStack();
  let keywright: TestApp;
  let account: TestAccount;
  let api: EchoServer;
  let nginx: Nginx;
  let good: NewKey;
  let readOnly: NewKey;

  before(async () => {
    const trustedProxies = [parseNetwork('127.0.0.1') ?? assert.fail()];
    keywright = stack.use(await startTestApp('sqlite', { trustedProxies, rateLimitStatus: 403 }));
    account = await makeAccount(keywright.app, 'Acme');
    api = stack.use(await startEchoServer());
    nginx = stack.use(await startDocumented(portOf(keywright.url), api.port));
    good = await create();
    readOnly = await create({ permission: 'read_only' });
  });
  after(() => stack.disposeAsync());

  const create = (input: InputOf<'createAccessKey'> = {}) => makeKey(keywright.app, account.callers.admin, input);

  const change = (name: 'deactivateAccessKey' | 'deleteAccessKey', { key }: NewKey) =>
    run(keywright.app, name, { key }, callOf(account.callers.admin));

  /** The request passes: the API got it, and its answer came back. Returns what it got. */
  async function passes(question: Question): Promise<Arrived> {
    const count = api.arrived.length;
    const answer = await ask(nginx.port, question);
    assert.equal(answer.status, 200, `${question.method} ${question.path}: ${answer.status} ${answer.body}`);
    assert.equal(api.arrived.length, count + 1);
    return api.arrived.at(-1) ?? assert.fail();
  }

  /** The request is refused, and the API has not seen it. */
  async function refused(question: Question, status: number, reason?: string): Promise<Answer> {
    const count = api.arrived.length;
    const answer = await ask(nginx.port, question);
    assert.equal(answer.status, status);
    assert.equal(answer.headers['x-key-reason'], reason);
    assert.equal(api.arrived.length, count, 'the API was reached');
    return answer;
  }

  function assertIdentity(arrived: Arrived, key: NewKey, project?: string): void {
    const expected = [key.key, key.owner.id, account.id, project, key.permission];
    for (const [n, name] of IDENTITY.entries())
      assert.deepEqual(valuesOf(arrived, name), expected[n] === undefined ? [] : [expected[n]], name);
  }

  test('each carrier passes, and the API learns who it was but not the secret', async () => {
    const carriers = {
      pair: basic(good.key, good.secret),
      'pair in lower case': basic(good.key.toLowerCase(), good.secret),
      'token as username': basic(good.token, ''),
      bearer: bearer(good.token),
      header: apiKey(good.token),
      'header in odd case': ['x-aPi-kEY', good.token] satisfies [string, string],
    };
    for (const carrier of Object.values(carriers)) {
      const arrived = await passes({ headers: [carrier] });
      assertIdentity(arrived, good);
      for (const name of ['Authorization', 'X-API-Key']) assert.deepEqual(valuesOf(arrived, name), []);
      assert.ok(!JSON.stringify(arrived).includes(good.secret));
      assert.deepEqual(valuesOf(arrived, 'Host'), ['api.example.com']);
    }
  });

  test('what is no good key is refused with the reason, and a browser asks for one', async () => {
    const { at } = keywright.clock;
    const day = (days: number) => new Date(at + days * 24 * HOUR_MS).toISOString();
    const [deactivated, deleted] = [await create(), await create()];
    const [expired, later] = [await create({ expiresAt: day(1) }), await create({ notBefore: day(30) })];
    for (const key of [deactivated, deleted]) await change('deactivateAccessKey', key);
    await change('deleteAccessKey', deleted);
    await passes({ headers: [bearer(expired.token)] });
    keywright.clock.at += 25 * HOUR_MS;
    const id = newKeyId(randomBytes);
    const unknown = formatToken('kw', id, newSecret(id, randomBytes)).reveal();
    const wrong = formatToken('kw', good.key as KeyId, newSecret(good.key as KeyId, randomBytes)).reveal(); // a key that was made
    const expected: [string, [string, string][]][] = [
      ['malformed', []],
      ['inactive', [bearer(deactivated.token)]],
      ['unknown', [bearer(deleted.token)]],
      ['expired', [bearer(expired.token)]],
      ['not_yet_valid', [bearer(later.token)]],
      ['unknown', [bearer(unknown)]],
      ['unknown', [bearer(wrong)]],
      ['malformed', [basic(good.key, `${good.secret.slice(0, -1)}!`)]],
      ['malformed', [basic(good.key, good.secret.toLowerCase())]],
      ['malformed', [basic(good.key, '')]],
      ['malformed', [basic('', good.secret)]],
      ['malformed', [['Authorization', '']]],
      ['malformed', [['Authorization', 'Basic']]],
      ['malformed', [['Authorization', 'Basic !!!!']]],
      ['malformed', [['Authorization', `Digest ${good.token}`]]],
      ['malformed', [['Authorization', good.token]]],
      ['malformed', [apiKey('\u00ff\u00fe garbage')]],
      ['malformed', [apiKey(`${good.token} `.repeat(20))]],
      ['malformed', [bearer(good.token), apiKey(good.token)]],
      ['malformed', [basic(good.key, good.secret), apiKey(readOnly.token)]],
      ['malformed', [apiKey(good.token), apiKey(good.token)]],
      ['malformed', [apiKey(good.token), ['x-api-key', 'other']]],
    ];
    for (const [reason, headers] of expected) {
      const answer = await refused({ headers }, 401, reason);
      assert.match(answer.headers['www-authenticate'] ?? '', /^Basic realm=/, reason);
      assert.ok(!answer.body.includes(good.secret));
    }
    // nginx itself takes one Authorization at most.
    await refused({ headers: [bearer(good.token), bearer(good.token)] }, 400);
    await refused({ path: `/?token=${good.token}&key=${good.key}&secret=${good.secret}` }, 401, 'malformed');
    await passes({ headers: [bearer(good.token)] });
  });

  test('a read-only key reads and does not write, whatever the client says of its request', async () => {
    const key = bearer(readOnly.token);
    for (const method of ['GET', 'HEAD', 'OPTIONS']) {
      const arrived = await passes({ method, headers: [key, ...forged('POST')] });
      assert.equal(arrived.method, method);
      assertIdentity(arrived, readOnly);
    }
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'PROPFIND', 'GETS']) {
      const answer = await refused({ method, headers: [key, ...forged('GET')], body: '{}' }, 403, 'permission_denied');
      assert.equal(answer.headers['www-authenticate'], undefined);
    }
    await passes({ method: 'POST', headers: [bearer(good.token), ...forged('DELETE')], body: '{}' });
  });

  /** All that a client might say, in the hope that somebody believes it. */
  function forged(method: string): [string, string][] {
    const names = ['X-Forwarded-Method', 'x-forwarded-METHOD', 'X-Original-Method', 'X-HTTP-Method-Override'];
    const uris = ['X-Forwarded-Uri', 'X-Original-URI', 'X-Original-URL', 'X-Rewrite-URL'];
    return [
      ...names.map((name): [string, string] => [name, method]),
      ...uris.map((name): [string, string] => [name, `/v1/auth?method=${method}`]),
    ];
  }

  test('forged identity never reaches the API, in any spelling and however often', async () => {
    const odd = (name: string) => name.replace(/[a-z]/gi, (c, n) => (n % 2 === 0 ? c.toLowerCase() : c.toUpperCase()));
    const spelled = IDENTITY.flatMap(name => [name, name, odd(name), name.toLowerCase(), name.toUpperCase()]);
    const claims = (names: string[], value: string) => names.map((name): [string, string] => [name, value]);
    const headers = claims(spelled, 'forged');
    const underscored = claims(
      spelled.map(name => name.replaceAll('-', '_')),
      'forged',
    );
    const empty = claims(IDENTITY, '');
    for (const key of [good, readOnly]) {
      for (const more of [headers, underscored, empty, [...headers, ...underscored, ...empty]]) {
        const arrived = await passes({ headers: [bearer(key.token), ...more] });
        assertIdentity(arrived, key);
        assert.ok(!JSON.stringify(arrived).includes('forged'));
      }
    }
    await refused({ headers }, 401, 'malformed');
    // A header named by Connection is for the next hop only: that must not take the identity away.
    const connection: [string, string] = ['Connection', `close, ${IDENTITY.join(', ')}, X-Forwarded-Method`];
    assertIdentity(await passes({ headers: [bearer(good.token), connection] }), good);
    await refused({ method: 'POST', headers: [bearer(readOnly.token), connection] }, 403, 'permission_denied');
  });

  test('allowed networks look at the address from which the client came, not at what it says', async () => {
    const key = bearer((await create({ networks: ['127.0.0.2'] })).token);
    const claimed: [string, string][] = [
      ['X-Forwarded-For', '127.0.0.2'],
      ['X-FORWARDED-FOR', '127.0.0.2, 127.0.0.2'],
      ['X-Real-IP', '127.0.0.2'],
      ['Forwarded', 'for=127.0.0.2'],
      ['X-Client-IP', '127.0.0.2'],
    ];
    await passes({ from: '127.0.0.2', headers: [key] });
    await passes({ from: '127.0.0.2', headers: [key, ['X-Forwarded-For', '192.0.2.1']] });
    for (const from of ['127.0.0.1', '127.0.0.3'])
      await refused({ from, headers: [key, ...claimed] }, 403, 'network_not_allowed');
  });

  test('paths reach the API as the client wrote them, and none gets around the question', async () => {
    const key = bearer(good.token);
    const paths = [
      '/',
      '/a%2Fb',
      '/a%20b?x=1&y=%26',
      '/%E2%9C%93',
      '/a//b',
      '/a/../b',
      '/a/./b/',
      '/a;x=1',
      '/a/%2e%2e/b',
    ];
    const asking = [
      '/v1/auth',
      '/_keywright/',
      '/_keywright/../x',
      '/_KEYWRIGHT',
      '/?/_keywright',
      '/a?auth_request=off',
    ];
    for (const path of [...paths, ...asking]) {
      assert.equal((await passes({ path, headers: [key] })).url, path);
      await refused({ path }, 401, 'malformed');
      await refused({ path, method: 'POST', headers: [bearer(readOnly.token)] }, 403, 'permission_denied');
    }
    for (const path of ['/_keywright', '/%5Fkeywright', '/x/../_keywright', '//_keywright'])
      await refused({ path, headers: [key] }, 404);
  });

  test('a body reaches the API whole', async () => {
    const body = '{"text":"ünï 😀"}'.repeat(5000);
    const headers = [bearer(good.token)];
    assert.equal((await passes({ method: 'POST', headers, body })).body, body);
    const chunked: [string, string] = ['Transfer-Encoding', 'chunked'];
    assert.equal((await passes({ method: 'PUT', headers: [...headers, chunked], body })).body, body);
    await refused({ method: 'POST', body }, 401, 'malformed');
  });

  test('a key that is deactivated through the API is refused on the very next request', async () => {
    const key = await create();
    const admin = [basic(good.key, good.secret)];
    const rest = (method: string, path: string) =>
      ask(portOf(keywright.url), { method, path: `/v1/access-keys/${key.key}${path}`, headers: admin });
    for (let round = 0; round < 3; round++) {
      await passes({ headers: [bearer(key.token)] });
      assert.equal((await rest('POST', '/deactivate')).status, 200);
      await refused({ headers: [bearer(key.token)] }, 401, 'inactive');
      assert.equal((await rest('POST', '/activate')).status, 200);
    }
    await passes({ headers: [bearer(key.token)] });
    await rest('POST', '/deactivate');
    assert.equal((await rest('DELETE', '')).status, 200);
    await refused({ headers: [bearer(key.token)] }, 401, 'unknown');
  });

  test('a narrowed key is held to what it may now', async () => {
    const key = await create();
    await passes({ method: 'POST', headers: [bearer(key.token)] });
    const narrowed = { key: key.key, permission: 'read_only' } as const;
    await run(keywright.app, 'updateAccessKey', narrowed, callOf(account.callers.admin));
    await refused({ method: 'POST', headers: [bearer(key.token)] }, 403, 'permission_denied');
    assertIdentity(await passes({ headers: [bearer(key.token)] }), { ...key, permission: 'read_only' });
  });

  test('the keys of a project pass where nginx asks in its name, and nowhere else', async () => {
    const project = newId('prj', randomBytes);
    const shop = { id: project, account: account.id, name: 'Shop', description: null, createdAt: 0 };
    await keywright.app.store.transact(tx => insertProject(tx, shop));
    const key = await create({ project });
    await using shopNginx = await startDocumented(portOf(keywright.url), api.port, {
      '/v1/auth;': `/v1/projects/${project}/auth;`,
    });
    const forged: [string, string] = ['X-Key-Project', 'forged'];
    const answer = await ask(shopNginx.port, { headers: [bearer(key.token), forged] });
    assert.equal(answer.status, 200);
    assertIdentity(api.arrived.at(-1) ?? assert.fail(), key, project);
    const other = await ask(shopNginx.port, { headers: [bearer(good.token)] });
    assert.deepEqual([other.status, other.headers['x-key-reason']], [403, 'project_mismatch']);
    await refused({ headers: [bearer(key.token)] }, 403, 'project_mismatch');
  });

  test('P5 a restricted key passes at the endpoints that were given to it, however else a path is written', async () => {
    const call = callOf(account.callers.admin);
    const shop = (await run(keywright.app, 'createApi', { name: 'Shop' }, call)).id;
    for (const path of ['/orders/{order}', '/orders/{order}/refund', '/admin'])
      await run(keywright.app, 'createEndpoint', { api: shop, method: 'GET', path }, call);
    const key = await create({ grants: { [shop]: ['GET /orders/{}'] } });
    await using shopNginx = await startDocumented(portOf(keywright.url), api.port, {
      '/v1/auth;': `/v1/apis/${shop}/auth;`,
    });
    const claim: [string, string] = ['X-Forwarded-Uri', '/orders/7'];
    const statusOf = async (path: string, method = 'GET') =>
      (await ask(shopNginx.port, { method, path, headers: [bearer(key.token), claim] })).status;
    for (const path of ['/orders/7', '/orders/7?next=/admin', '/orders/K%C3%B6ln']) {
      assert.equal(await statusOf(path), 200, path);
      assert.equal(api.arrived.at(-1)?.url, path);
    }
    const elsewhere = [
      '/admin',
      '/orders/7/refund',
      '/orders/../admin',
      '/orders/..%2fadmin',
      '//admin',
      '/orders/7;/refund',
      '/ORDERS/7',
    ];
    for (const path of elsewhere) assert.equal(await statusOf(path), 403, path);
    assert.equal(await statusOf('/orders/7', 'POST'), 403);
    assert.equal(await statusOf('/orders/7', 'HEAD'), 200);
  });
});

describe('what nginx, as documented, asks', () => {
  test('is the method, path and address of the request, once each, without its body', async () => {
    await using keywright = await startEchoServer(() => ({ status: 204 }));
    await using api = await startEchoServer();
    await using nginx = await startDocumented(keywright.port, api.port);
    const claims = ['X-Forwarded-Method', 'X-Forwarded-Uri', 'X-Forwarded-For', 'x-FORWARDED-method'];
    for (const method of ['GET', 'HEAD', 'POST', 'OPTIONS', 'DELETE']) {
      const question = {
        method,
        path: '/a%2Fb/../c?x=1&token=2',
        from: '127.0.0.3',
        body: method === 'POST' ? 'the body' : undefined,
        headers: claims.map((name): [string, string] => [name, 'forged']),
      };
      assert.equal((await ask(nginx.port, question)).status, 200);
      const asked = keywright.arrived.at(-1) ?? assert.fail();
      assert.deepEqual([asked.method, asked.url, asked.body], ['GET', '/v1/auth', '']);
      assert.deepEqual(valuesOf(asked, 'X-Forwarded-Method'), [method]);
      assert.deepEqual(valuesOf(asked, 'X-Forwarded-Uri'), [question.path]);
      assert.deepEqual(valuesOf(asked, 'X-Forwarded-For'), ['127.0.0.3']);
      for (const name of ['Content-Length', 'Transfer-Encoding', 'Connection'])
        assert.deepEqual(valuesOf(asked, name), []);
    }
    assert.equal(keywright.arrived.length, api.arrived.length);
  });

  test('passes with 2xx only, and no forged identity even when Keywright said none', async () => {
    let status = 204;
    await using keywright = await startEchoServer(() => ({ status, headers: ['Location', 'http://127.0.0.1/'] }));
    await using api = await startEchoServer();
    await using nginx = await startDocumented(keywright.port, api.port);
    const headers = IDENTITY.map((name): [string, string] => [name, 'forged']);
    const statuses = {
      204: 200,
      200: 200,
      401: 401,
      403: 403,
      302: 500,
      400: 500,
      404: 500,
      429: 500,
      500: 500,
      503: 500,
    };
    for (const [said, expected] of Object.entries(statuses)) {
      status = Number(said);
      const count = api.arrived.length;
      assert.equal((await ask(nginx.port, { headers })).status, expected, said);
      assert.equal(api.arrived.length - count, expected === 200 ? 1 : 0, said);
    }
    assert.ok(api.arrived.every(arrived => IDENTITY.every(name => valuesOf(arrived, name).length === 0)));
  });
});

test('when Keywright is down, nothing passes', async () => {
  await using api = await startEchoServer();
  await using keywright = await startTestApp();
  await using nginx = await startDocumented(portOf(keywright.url), api.port);
  const { token } = await makeKey(keywright.app, (await makeAccount(keywright.app, 'Acme')).callers.admin);
  assert.equal((await ask(nginx.port, { headers: [bearer(token)] })).status, 200);
  await keywright[Symbol.asyncDispose]();
  for (const headers of [[bearer(token)], [], [bearer(token)]])
    assert.equal((await ask(nginx.port, { headers })).status, 500);
  assert.equal(api.arrived.length, 1);
});
