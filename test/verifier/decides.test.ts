import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { BUILT_IN_API, parseCredential } from '@keywright/core';
import type { VerifierOptions } from '@keywright/verifier';
import { until } from '../support/until.ts';
import {
  countingFetch,
  inventedToken,
  makeApi,
  makeCredential,
  VERIFIER_ENDPOINTS,
  type VerifierWorld,
  verdictOf,
  verifierWorld,
} from './world.ts';

describe('a verifier in another process decides as the server does', () => {
  let world: VerifierWorld;
  before(async () => {
    world = await verifierWorld();
  });
  after(() => world[Symbol.asyncDispose]());

  const key = (input = {}) => world.act('createAccessKey', input);

  test('by facts that it asks for once, at first sight', async () => {
    const counted = countingFetch();
    const { token, key: id, secret } = await key();
    const verifier = world.verifier({ fetch: counted.fetch, name: 'Shop' });
    await verifier.ready();
    const first = await Promise.all(Array.from({ length: 50 }, () => verdictOf(() => verifier.verify(token))));
    assert.deepEqual([...new Set(first)], ['allowed']);
    assert.equal(counted.count('facts'), 1);
    const again = verifier.verify({
      method: 'GET',
      url: '/',
      headers: { authorization: `Basic ${btoa(`${id}:${secret}`)}` },
    });
    assert.ok(!(again instanceof Promise), 'it was asked for again');
    assert.equal(again.allowed, true);
    assert.equal(counted.count('facts'), 1);
  });

  test('first sights of one moment go in one request, and of thousands in few', async () => {
    const { token } = await key();
    const counted = countingFetch();
    const verifier = world.verifier({ fetch: counted.fetch });
    await verifier.ready();
    const tokens = [token, ...Array.from({ length: 1200 }, () => inventedToken())];
    const verdicts = await Promise.all(tokens.map(one => verdictOf(() => verifier.verify(one))));
    assert.equal(verdicts[0], 'allowed');
    assert.deepEqual([...new Set(verdicts.slice(1))], ['unknown']);
    const sizes = counted.bodies('facts').map(body => (body as { keys: string[] }).keys.length);
    assert.deepEqual(sizes, [500, 500, 201]);
  });

  test('keys that do not exist are remembered', async () => {
    const counted = countingFetch();
    const verifier = world.verifier({ fetch: counted.fetch });
    await verifier.ready();
    const token = inventedToken();
    assert.equal(await verdictOf(() => verifier.verify(token)), 'unknown');
    const again = verifier.verify(token);
    assert.ok(!(again instanceof Promise), 'it was asked for again');
    assert.equal(counted.count('facts'), 1);
  });

  test('what can be no key is refused without the server', async () => {
    const counted = countingFetch();
    const verifier = world.verifier({ fetch: counted.fetch });
    await verifier.ready();
    const { token } = await key();
    const headers = { authorization: `Bearer ${token}`, 'x-api-key': token };
    const malformed = [
      '',
      'nonsense',
      `${token.slice(0, -1)}${token.endsWith('a') ? 'b' : 'a'}`,
      { headers: {} },
      { headers },
      { headers: new Headers(headers) },
      { headers: {}, rawHeaders: ['X-API-Key', token, 'x-api-key', token] },
      new Request('http://localhost/', { headers: { 'x-api-key': `${token}, ${token}` } }),
    ];
    for (const one of malformed) assert.deepEqual(await verifier.verify(one), { allowed: false, reason: 'malformed' });
    assert.equal(counted.count('facts'), 0);
  });

  test('every carrier of a request of fetch and of node:http', async () => {
    const verifier = world.verifier();
    const { token, key: id, secret } = await key({ permission: 'read_only' });
    const carriers = [
      { authorization: `Bearer ${token}` },
      { Authorization: `Basic ${btoa(`${id}:${secret}`)}` },
      { 'X-API-Key': token },
    ] as Record<string, string>[];
    for (const headers of carriers) {
      const request = new Request('http://localhost/things?a=1', { headers });
      assert.equal(await verdictOf(() => verifier.verify(request)), 'allowed');
      assert.equal(await verdictOf(() => verifier.verify({ method: 'GET', url: '/', headers })), 'allowed');
      const rawHeaders = Object.entries(headers).flat();
      assert.equal(await verdictOf(() => verifier.verify({ method: 'GET', headers: {}, rawHeaders })), 'allowed');
      assert.equal(await verdictOf(() => verifier.verify({ method: 'POST', headers })), 'permission_denied');
      assert.equal(await verdictOf(() => verifier.verify({ method: 'POST', headers }, { method: 'GET' })), 'allowed');
    }
  });

  test('each reason of facts, as soon as the change is known', async () => {
    const verifier = world.verifier();
    await verifier.ready();
    const table = [
      [{ enabled: false }, 'inactive'],
      [{ notBefore: '2999-01-01T00:00:00Z' }, 'not_yet_valid'],
      [{ expiresAt: '2001-01-01T00:00:00Z' }, 'expired'],
      [{ networks: ['192.0.2.0/24'] }, 'network_not_allowed'],
      [{ permission: 'read_only' }, 'permission_denied'],
    ] as const;
    for (const [change, reason] of table) {
      const { token, key: id } = await key();
      assert.equal(await verdictOf(() => verifier.verify(token)), 'allowed');
      const networks = 'networks' in change ? [...change.networks] : undefined;
      const { receipt } = await world.act('updateAccessKey', { key: id, ...change, networks, wait: 'all' });
      assert.equal(receipt?.complete, true);
      assert.equal(await verdictOf(() => verifier.verify(token)), reason);
    }
  });

  test('endpoints of an API, by method and path, by id and by name', async () => {
    const verifier = world.verifier();
    const endpoints = [
      { method: 'GET', path: '/items', name: 'listItems' },
      { method: 'GET', path: '/items/{item}', name: 'getItem' },
      { method: 'POST', path: '/search', name: 'search', reads: true },
    ] as const;
    const api = await makeApi(world.act, 'Shop', endpoints);
    const some = await key({ permission: 'restricted', grants: { [api]: ['GET /items/{}'] } });
    const reading = await key({ permission: 'restricted', grants: { [api]: 'read_only' } });
    const ask = (token: string, asked: object) => verdictOf(() => verifier.verify(token, { api, ...asked }));
    assert.equal(await ask(some.token, { method: 'GET', path: '/items/7' }), 'allowed');
    assert.equal(await ask(some.token, { endpoint: 'getItem' }), 'allowed');
    assert.equal(await ask(some.token, { endpoint: 'GET /items/{}' }), 'allowed');
    for (const asked of [{ method: 'GET', path: '/items' }, { endpoint: 'listItems' }, { endpoint: 'getitem' }, {}])
      assert.equal(await ask(some.token, asked), 'permission_denied');
    assert.equal(await ask(some.token, { method: '\0name', path: 'getItem' }), 'permission_denied');
    assert.equal(await ask(reading.token, { endpoint: 'search' }), 'allowed');
    assert.equal(await ask(reading.token, { endpoint: 'nothing' }), 'permission_denied');
    assert.equal(await ask(reading.token, { method: 'POST', path: '/items' }), 'permission_denied');
    for (const [mounted, verdict] of [
      [{ originalUrl: '/items/7' }, 'allowed'],
      [{ baseUrl: '/items', originalUrl: '/else/7' }, 'allowed'],
      [{ baseUrl: '/else', originalUrl: '/items/7' }, 'permission_denied'],
    ] as const) {
      const request = { method: 'GET', url: '/7', ...mounted, headers: { 'x-api-key': some.token } };
      assert.equal(await verdictOf(() => verifier.verify(request, { api })), verdict);
    }
    assert.equal(await ask(reading.token, { api: 'api_aaaaaaaaaaaaaaaaaaaa', method: 'GET' }), 'unknown');
  });

  test('an API that is changed is known as it is now', async () => {
    const verifier = world.verifier();
    const api = await makeApi(world.act, 'Other', [{ method: 'POST', path: '/a', reads: true }]);
    const { token } = await key({ permission: 'read_only' });
    const ask = () => verdictOf(() => verifier.verify(token, { api, method: 'POST', path: '/a' }));
    assert.equal(await ask(), 'allowed');
    await world.act('updateEndpoint', { api, endpoint: 'POST /a', reads: false });
    await until(async () => (await ask()) === 'permission_denied');
  });
});

describe('a verifier sees what its credential serves, and nothing else', () => {
  let world: VerifierWorld;
  before(async () => {
    world = await verifierWorld();
  });
  after(() => world[Symbol.asyncDispose]());

  test('keys of other accounts do not exist', async () => {
    const verifier = world.verifier();
    await using other = await verifierWorld();
    const { token } = await other.act('createAccessKey', {});
    assert.equal(await verdictOf(() => verifier.verify(token)), 'unknown');
  });

  test('of a project its own keys only', async () => {
    const { id: project } = await world.act('createProject', { name: 'Shop' });
    const { id: owner } = await world.act('createServiceAccount', { name: 'Project verifier', role: 'admin' });
    const credential = (await world.act('createAccessKey', { owner, project })).token;
    const verifier = world.verifier({ credential, project });
    const inside = await world.act('createAccessKey', { project });
    const outside = await world.act('createAccessKey', {});
    assert.equal(await verdictOf(() => verifier.verify(inside.token)), 'allowed');
    assert.equal(await verdictOf(() => verifier.verify(outside.token)), 'unknown');
    const all = world.verifier();
    assert.equal(await verdictOf(() => all.verify(inside.token)), 'project_mismatch');
    assert.equal(await verdictOf(() => all.verify(inside.token, { project })), 'allowed');
  });

  test('of APIs those that it was granted', async () => {
    const endpoints = [{ method: 'GET', path: '/a' }] as const;
    const served = await makeApi(world.act, 'Served', endpoints);
    const hidden = await makeApi(world.act, 'Hidden', endpoints);
    const verifier = world.verifier({ credential: await makeCredential(world.act, [served]) });
    const grants = { [served]: 'read_only', [hidden]: 'read_only' } as const;
    const { token } = await world.act('createAccessKey', { permission: 'restricted', grants });
    const decision = await verifier.verify(token, { api: served, method: 'GET', path: '/a' });
    assert.deepEqual([decision.allowed, Object.keys(decision.facts?.grants ?? {})], [true, [served]]);
    assert.equal(await verdictOf(() => verifier.verify(token, { api: hidden, method: 'GET', path: '/a' })), 'unknown');
  });

  test('by what its credential is granted now', async () => {
    const endpoints = [{ method: 'GET', path: '/a' }] as const;
    const [first, second] = [
      await makeApi(world.act, 'First', endpoints),
      await makeApi(world.act, 'Second', endpoints),
    ];
    const credential = await makeCredential(world.act, [first]);
    const key = parseCredential(credential)?.key ?? assert.fail();
    const verifier = world.verifier({ credential });
    const grants = { [first]: 'read_only', [second]: 'read_only' } as const;
    const { token } = await world.act('createAccessKey', { permission: 'restricted', grants });
    const verdicts = () =>
      Promise.all(
        [first, second].map(api => verdictOf(() => verifier.verify(token, { api, method: 'GET', path: '/a' }))),
      );
    const grant = async (apis: readonly string[]) => {
      const grants = Object.fromEntries(apis.map(api => [api, 'read_only' as const]));
      const input = { key, grants: { ...grants, [BUILT_IN_API]: VERIFIER_ENDPOINTS } };
      const { receipt } = await world.act('updateAccessKey', { ...input, wait: 'all', waitMs: 20_000 });
      assert.equal(receipt?.complete, true);
    };
    assert.deepEqual(await verdicts(), ['allowed', 'unknown']);
    await grant([first, second]);
    assert.deepEqual(await verdicts(), ['allowed', 'allowed']);
    await grant([second]);
    assert.deepEqual(await verdicts(), ['unknown', 'allowed']);
  });

  test('a credential without the permission says so, and why', async () => {
    const { token: credential, key } = await world.act('createAccessKey', { permission: 'restricted', grants: {} });
    const verifier = world.verifier({ credential });
    await assert.rejects(verifier.ready(), { code: 'unavailable', status: 503, message: /403 permission_denied/ });
    assert.match(verifier.health().error ?? '', /403 permission_denied/);
    assert.equal(await verdictOf(() => verifier.verify(credential)), 'unavailable');
    assert.ok(!JSON.stringify(verifier.health()).includes(credential));
    await world.act('deactivateAccessKey', { key });
  });

  test('options that can never work are refused at once', () => {
    const table = [
      [{ server: 'keys.example.com' }, /server/],
      [{ credential: 'secret' }, /credential/],
      [{ staleMaxMs: 1 }, /staleMaxMs/],
      [{ project: '../x' }, /project/],
      [{ preload: { file: 'x', publicKey: 'AAAA' }, account: world.account.id }, /publicKey/],
      [{ preload: { file: 'x', publicKey: 'AAAA' }, account: undefined }, /preload needs account/],
    ] as const;
    for (const [options, message] of table)
      assert.throws(() => world.verifier(options), { name: 'TypeError', message });
  });

  test('credential and facts go in the clear within this machine only, unless that is said to be safe', async () => {
    const fetch = () => Promise.reject(new Error('away'));
    const close = (options: Partial<VerifierOptions>) => world.verifier({ fetch, ...options }).close();
    const servers = [
      'http://keys.example.com',
      'http://192.0.2.1:3000',
      'http://0.0.0.0',
      'http://localhost.example.com',
      'http://127.0.0.1.example.com',
      'http://[::2]',
    ];
    for (const server of servers) {
      const wrong = { name: 'TypeError', message: /^server must begin with https:.*allowInsecure/ };
      for (const allowInsecure of [undefined, false])
        assert.throws(() => world.verifier({ server, allowInsecure }), wrong, server);
      await close({ server, allowInsecure: true });
    }
    for (const server of ['https://keys.example.com', 'http://localhost:3000', 'http://127.1', 'http://[::1]:80'])
      await close({ server });
  });
});
