import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { limits } from '@keywright/core';
import { createVerifier, type RemoteVerifier } from '@keywright/verifier';
import { type Answer, ask, bearer, type Question } from '../gateways/ask.ts';
import { carelessPaths } from '../gateways/paths.ts';
import { refusedByCarrier } from '../gateways/reasons.ts';
import { SIBLINGS } from '../gateways/rights.ts';
import { acting, managing } from '../operations/acting.ts';
import { until } from '../support/until.ts';
import { BAD_CARRIERS, type KeyName, makeKeys, type NewKey, ROWS, ROWS_WITH } from './middleware-cases.ts';
import { type ApiServer, SERVERS } from './middleware-servers.ts';
import { makeApi, type VerifierWorld, verifierWorld } from './world.ts';

const CHALLENGES = 'Basic realm="Keywright", charset="UTF-8", Bearer realm="Keywright"';

let world: VerifierWorld;
let verifier: RemoteVerifier;
let api: string;
let project: string;
let keys: Record<KeyName, NewKey>;

before(async () => {
  world = await verifierWorld();
  api = await makeApi(world.act, 'Shop', [
    { method: 'GET', path: '/orders/{order}', name: 'orders.read' },
    { method: 'GET', path: '/orders/{order}/refund' },
    ...['/admin', ...SIBLINGS].map(path => ({ method: 'GET' as const, path })),
  ]);
  project = (await world.act('createProject', { name: 'Wholesale' })).id;
  keys = await makeKeys(world, api, project);
  verifier = world.verifier();
  await verifier.ready();
});
after(() => world[Symbol.asyncDispose]());

for (const [kind, start] of Object.entries(SERVERS)) {
  describe(`in ${kind}`, () => {
    let plain: ApiServer;
    before(async () => {
      plain = await start(verifier, { api });
    });
    after(() => plain[Symbol.asyncDispose]());

    for (const [what, key, asks, ends] of ROWS)
      test(`${what}: ${ends}`, async () => {
        const answer = await endsSo(plain, question(asks, key), key, ends);
        await sameAsKeywright(answer, asks, key);
      });

    for (const [options, rows] of ROWS_WITH)
      for (const [what, key, asks, ends] of rows)
        test(`${what}: ${ends}`, async () => {
          const ours = 'project' in options ? { project } : options;
          await using server = await start(verifier, { api, ...ours });
          await endsSo(server, question(asks, key), key, ends);
        });

    test('a credential that can be none, or two of them', async () => {
      for (const [reason, headers] of refusedByCarrier(keys.good, keys.other))
        await endsSo(plain, { path: '/orders/7', headers }, 'none', `401 ${reason}`);
    });

    test('optional does not mean that a bad header passes', async () => {
      await using server = await start(verifier, { api, optional: true });
      for (const bad of BAD_CARRIERS) await endsSo(server, bad, 'none', '401 malformed');
    });

    test('a path that might mean another one is for no endpoint', async () => {
      for (const { path, isGiven } of carelessPaths(undefined)) {
        const ends = isGiven || (isTidied(kind) && tidied(path) === '/orders/7') ? 'passes' : '403 permission_denied';
        await endsSo(plain, { path, headers: [bearer(keys.restricted.token)] }, 'restricted', ends);
        if (ends === 'passes' && kind !== 'fetch') assert.equal(plain.arrived.at(-1)?.route, '/orders/:order', path);
      }
    });

    test('the handler reads the body itself', async () => {
      const body = 'order '.repeat(50_000);
      for (const more of [[], [['Transfer-Encoding', 'chunked']]] as [string, string][][]) {
        const headers = [bearer(keys.good.token), ['Content-Type', 'text/plain'] as [string, string], ...more];
        const answer = await ask(plain.port, { method: 'POST', path: '/orders', headers, body });
        assert.equal(answer.status, 200);
        assert.equal(plain.arrived.at(-1)?.body, body);
      }
    });

    test('a key that is deactivated is refused, and passes when it is active again', async () => {
      const { key } = keys.local;
      const ends = (status: number) =>
        until(async () => (await ask(plain.port, question('GET /orders/7', 'local'))).status === status);
      await ends(200);
      await world.act('deactivateAccessKey', { key });
      await ends(401);
      await world.act('activateAccessKey', { key });
      await ends(200);
    });
  });
}

test('while the server is away nothing is decided: 503, and never 401', async () => {
  await using away = await verifierWorld();
  const { token } = await away.act('createAccessKey', {});
  const { server, credential } = away;
  const verifier = createVerifier({ server: server.url, credential, staleMaxMs: limits.staleMsMin });
  await using stack = new AsyncDisposableStack();
  const servers: ApiServer[] = [];
  for (const start of Object.values(SERVERS)) servers.push(stack.use(await start(verifier, {})));
  for (const { port } of servers) assert.equal((await ask(port, { headers: [bearer(token)] })).status, 200);
  await server[Symbol.asyncDispose]();
  for (const one of servers) {
    const answer = await until(async () => {
      const answer = await ask(one.port, { headers: [bearer(token)] });
      assert.ok(answer.status === 200 || answer.status === 503, answer.body);
      return answer.status === 503 && answer;
    });
    assertProblem(answer, 503, 'unavailable');
    assert.equal(answer.headers['retry-after'], '1');
    assert.ok(!answer.body.includes(new URL(server.url).host), answer.body);
    // What nobody needs to be asked for is decided all the same.
    await endsSo(one, {}, 'none', '401 malformed');
  }
  await assert.rejects(verifier.close(), { code: 'unavailable' });
});

test('a key of an account that was deactivated', async () => {
  const { id } = await world.act('createManagedAccount', { name: 'Customer' });
  const customer = acting(world.server.app, managing(id, world.account.callers.owner));
  const { id: owner } = await customer('createServiceAccount', { name: 'Robot' });
  const { token } = await customer('createAccessKey', { owner });
  await world.act('deactivateAccount', { account: id });
  const ofCustomer = world.verifier({ account: id });
  for (const start of Object.values(SERVERS)) {
    await using server = await start(ofCustomer, {});
    await endsSo(server, { headers: [bearer(token)] }, 'none', '401 account_inactive');
  }
});

function question(asks: `${string} /${string}`, key: KeyName | 'none'): Question {
  const [method = '', path] = asks.split(' ', 2);
  return { method, path, headers: key === 'none' ? [] : [bearer(keys[key].token)] };
}

/** The request reaches the handler once, with its key; or not at all, and is refused as Keywright refuses. */
async function endsSo(server: ApiServer, asked: Question, key: KeyName | 'none', ends: string): Promise<Answer> {
  const count = server.arrived.length;
  const answer = await ask(server.port, asked);
  const arrived = server.arrived.slice(count);
  const told = `${asked.method} ${asked.path} ${JSON.stringify(asked.headers)}: ${answer.status} ${answer.body}`;
  if (ends === 'passes') {
    assert.equal(answer.status, 200, told);
    assert.equal(arrived.length, 1, told);
    assertKey(arrived[0]?.accessKey, key);
  } else {
    const [status, code = ''] = ends.split(' ');
    assert.equal(answer.status, Number(status), told);
    assert.deepEqual(arrived, [], told);
    if (asked.method !== 'HEAD') assertProblem(answer, Number(status), code);
  }
  for (const { secret } of Object.values(keys)) assert.ok(!JSON.stringify([answer, arrived]).includes(secret), told);
  return answer;
}

/** What handlers see of a key, and nothing else: no digest of its secret, no networks. */
function assertKey(accessKey: unknown, name: KeyName | 'none'): void {
  if (name === 'none') {
    assert.equal(accessKey, undefined);
    return;
  }
  const { key, name: said, owner, project, permission } = keys[name];
  const { kind, id } = owner;
  const expected = { key, name: said, project, permission, account: world.account.id, expiresAt: null };
  assert.deepEqual(accessKey, { ...expected, owner: { kind, id, name: owner.name, role: 'owner' } });
}

function assertProblem({ headers, rawHeaders, body }: Answer, status: number, code: string): void {
  assert.equal(headers['content-type'], 'application/problem+json');
  assert.equal(headers['cache-control'], 'no-store');
  assert.deepEqual(challengesOf(rawHeaders), status === 401 ? CHALLENGES : '');
  const problem = JSON.parse(body);
  assert.deepEqual([problem.status, problem.code], [status, code]);
  assert.deepEqual(Object.keys(problem), ['type', 'title', 'status', 'code', 'detail']);
}

/** In one line or in several, which means the same. Source: RFC 9110, 5.3. */
function challengesOf(rawHeaders: readonly string[]): string {
  const isOne = (_: string, n: number) => n % 2 === 1 && rawHeaders[n - 1]?.toLowerCase() === 'www-authenticate';
  return rawHeaders.filter(isOne).join(', ');
}

/** Keywright's own answer to a gateway that asks about the same request. */
async function sameAsKeywright(answer: Answer, asks: string, key: KeyName | 'none'): Promise<void> {
  const [method = '', path = ''] = asks.split(' ', 2);
  const forwarded: [string, string][] = [
    ['X-Forwarded-Method', method],
    ['X-Forwarded-Uri', path],
  ];
  const headers = key === 'none' ? forwarded : [bearer(keys[key].token), ...forwarded];
  const own = await ask(Number(new URL(world.server.url).port), { path: `/v1/apis/${api}/auth`, headers });
  if (answer.status === 200) return assert.equal(own.status, 204);
  assert.deepEqual([answer.status, challengesOf(answer.rawHeaders)], [own.status, challengesOf(own.rawHeaders)]);
  if (method === 'HEAD') return assert.equal(answer.body, '');
  const { title, status, code, detail } = JSON.parse(own.body);
  const { type: _, ...rest } = JSON.parse(answer.body);
  assert.deepEqual(rest, { title, status, code, detail });
}

const isTidied = (kind: string) => kind === 'hono' || kind === 'fetch';

/** Servers of `fetch` read the path as a URL, which takes dot segments away before anybody sees them. */
function tidied(path: string): string {
  return new URL(`http://api.example.com${path}`).pathname;
}
