import assert from 'node:assert/strict';
import { apiKey, ask, basic, bearer } from './ask.ts';
import { settingsOf } from './documented.ts';
import { valuesOf } from './echo-server.ts';
import { carelessPaths, PATHS, type PathCase } from './paths.ts';
import { refusedByCarrier, refusedByFacts } from './reasons.ts';
import { IDENTITY, METHOD_NAMES, type NewKey, PATH_NAMES } from './rights.ts';
import { portOf, type Stand } from './stand.ts';

/** What holds at every gateway, whoever made it: one row, one test. */
export const CASES: readonly { name: string; holds(stand: Stand): Promise<void> }[] = [
  { name: 'each carrier passes, and the API learns who it was but not the secret', holds: carriers },
  { name: 'every reason of the table of refusals is told, and the API is not reached', holds: reasons },
  { name: 'a key that has used up a limit is refused as the gateway can pass it on', holds: useLimits },
  { name: 'what is no good key is refused, and a browser asks for one', holds: noGoodKey },
  { name: 'a read-only key reads and does not write, whatever the client says of its request', holds: readOnly },
  { name: 'forged identity never reaches the API, in any spelling and however often', holds: forgedIdentity },
  { name: 'no word of the client on method or path reaches the API', holds: overrides },
  { name: 'no other protocol is asked of the API, in which nobody would judge what follows', holds: upgrades },
  { name: 'a header named by Connection takes nothing away', holds: connection },
  { name: 'allowed networks look at the address from which the client came', holds: networks },
  { name: 'paths reach the API as they were asked for', holds: paths },
  {
    name: 'P5 a restricted key passes at the endpoints that were given to it, however a path is written',
    holds: restricted,
  },
  { name: 'a body reaches the API whole', holds: bodies },
  { name: 'HEAD and OPTIONS are asked for like any other method', holds: headAndOptions },
  { name: 'a key that is deactivated through the API is refused on the very next request', holds: deactivated },
  { name: 'a narrowed key is held to what it may now', holds: narrowed },
  { name: 'the keys of a project pass where they are asked for in its name, and nowhere else', holds: project },
];

async function carriers(stand: Stand): Promise<void> {
  const good = await stand.create();
  const carriers = {
    pair: basic(good.key, good.secret),
    'pair in lower case': basic(good.key.toLowerCase(), good.secret),
    'token as username': basic(good.token, ''),
    bearer: bearer(good.token),
    header: apiKey(good.token),
    'header in odd case': ['x-aPi-kEY', good.token] satisfies [string, string],
  };
  for (const carrier of Object.values(carriers)) {
    const arrived = await stand.passes({ headers: [carrier] });
    stand.assertIdentity(arrived, good);
    for (const name of ['Authorization', 'X-API-Key']) assert.deepEqual(valuesOf(arrived, name), []);
    assert.ok(!JSON.stringify(arrived).includes(good.secret));
    assert.deepEqual(valuesOf(arrived, 'Host'), ['api.example.com']);
  }
}

async function reasons(stand: Stand): Promise<void> {
  const rows = await refusedByFacts(stand);
  const { clock } = stand.keywright;
  const before = clock.at;
  clock.at += 3_600_000;
  for (const { reason, status, question, port } of rows) {
    const answer = await stand.refused(question, status, reason, port);
    assert.equal(answer.headers['www-authenticate'] !== undefined, status === 401, reason);
    assert.equal(answer.headers.location, undefined);
  }
  clock.at = before;
}

async function useLimits(stand: Stand): Promise<void> {
  // So slow that nothing comes back while a test runs.
  const slow = { rateLimits: [{ name: 'slow', max: 1, perSeconds: 2_000_000 }] };
  const few = { quotas: [{ name: 'few', max: 1, per: 'month' as const, timeZone: 'UTC' }] };
  const { rateLimitStatus = 429 } = settingsOf(stand.gateway.document);
  for (const [reason, limits] of Object.entries({ rate_limited: slow, quota_exhausted: few })) {
    const { token } = await stand.create(limits);
    const question = { headers: [bearer(token)] };
    await stand.passes(question);
    const { headers } = await stand.refused(question, rateLimitStatus, reason);
    assert.equal(headers['www-authenticate'], undefined);
    assert.ok(Number(headers['retry-after']) > 0, reason);
    for (const name of ['ratelimit', 'ratelimit-policy']) assert.match(String(headers[name]), /^"(slow|few)";/, name);
  }
}

async function noGoodKey(stand: Stand): Promise<void> {
  const [good, other] = [await stand.create(), await stand.create({ permission: 'read_only' })];
  for (const [reason, headers] of refusedByCarrier(good, other)) {
    const answer = await stand.refused({ headers }, 401, reason);
    assert.match(answer.headers['www-authenticate'] ?? '', /^Basic realm=/, reason);
    assert.ok(!answer.body.includes(good.secret));
  }
  // Some gateways take one Authorization at most.
  const { answer, arrived } = await stand.ask({ headers: [bearer(good.token), bearer(good.token)] });
  assert.ok([400, 401].includes(answer.status), String(answer.status));
  assert.deepEqual(arrived, []);
  const path = `/?token=${good.token}&key=${good.key}&secret=${good.secret}`;
  await stand.refused({ path }, 401, 'malformed');
  await stand.passes({ headers: [bearer(good.token)] });
}

const claims = (names: readonly string[], value: string) => names.map((name): [string, string] => [name, value]);

/** All that a client might say of its request, in both families and beyond, in the hope that somebody believes it. */
function forged(method: string, path = `/v1/auth?method=${method}`): [string, string][] {
  const names = [...METHOD_NAMES, 'x-forwarded-METHOD', 'X-Envoy-Original-Method'];
  const uris = [...PATH_NAMES, 'x-forwarded-URI', 'X-Envoy-Original-Path', 'X-Forwarded-Path', 'X-Forwarded-Prefix'];
  return [...claims(names, method), ...claims(uris, path)];
}

async function readOnly(stand: Stand): Promise<void> {
  const [good, reader] = [await stand.create(), await stand.create({ permission: 'read_only' })];
  const headers = (method: string) => [bearer(reader.token), ...forged(method)];
  for (const method of ['GET', 'HEAD', 'OPTIONS']) {
    const arrived = await stand.passes({ method, headers: headers('POST') });
    assert.equal(arrived.method, method);
    stand.assertIdentity(arrived, reader);
  }
  for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'PROPFIND']) {
    const question = { method, headers: headers('GET'), body: '{}' };
    const answer = await stand.refused(question, 403, 'permission_denied');
    assert.equal(answer.headers['www-authenticate'], undefined);
  }
  await stand.passes({ method: 'POST', headers: [bearer(good.token), ...forged('DELETE')], body: '{}' });
  await stand.refused({ headers: forged('GET') }, 401, 'malformed');
}

/** All that a name may hold besides letters, digits and `-`, which CGI, WSGI and PHP take for the same. Source: RFC 9110, 5.6.2. */
const ALIASING = [..."_.~!#$%&'*+^`|"];
const aliasesWith = (char: string) => (name: string) => [
  name.replaceAll('-', () => char),
  name.replace('-', () => char),
  name.replace(/-(?=\w+$)/, () => char).toLowerCase(),
];

async function forgedIdentity(stand: Stand): Promise<void> {
  const keys = [await stand.create(), await stand.create({ permission: 'read_only' })];
  const odd = (name: string) => name.replace(/[a-z]/gi, (c, n) => (n % 2 === 0 ? c.toLowerCase() : c.toUpperCase()));
  const spelled = IDENTITY.flatMap(name => [name, name, odd(name), name.toLowerCase(), name.toUpperCase()]);
  const headers = claims(spelled, 'forged');
  const aliases = ALIASING.map(char => claims(IDENTITY.flatMap(aliasesWith(char)), 'forged'));
  const [underscored = []] = aliases;
  const empty = claims(IDENTITY, '');
  for (const key of keys) {
    for (const more of [headers, ...aliases, empty, [...headers, ...empty], [...empty, ...underscored]]) {
      const arrived = await stand.passes({ headers: [bearer(key.token), ...more] });
      stand.assertIdentity(arrived, key);
      assert.ok(!JSON.stringify(arrived).includes('forged'));
    }
  }
  await stand.refused({ headers }, 401, 'malformed');
}

async function overrides(stand: Stand): Promise<void> {
  const [good, reader] = [await stand.create(), await stand.create({ permission: 'read_only' })];
  const names = [...METHOD_NAMES, ...PATH_NAMES];
  const spelled = [...names, ...names.map(name => name.toLowerCase()), ...names.map(name => name.toUpperCase())];
  for (const more of [spelled, ...ALIASING.map(char => names.flatMap(aliasesWith(char)))])
    for (const value of ['DELETE', '/admin']) {
      const headers = claims(more, value);
      const arrived = await stand.passes({ headers: [bearer(reader.token), ...headers] });
      assert.ok(!arrived.rawHeaders.includes(value), arrived.rawHeaders.join(' | '));
      await stand.passes({ method: 'POST', headers: [bearer(good.token), ...headers], body: '{}' });
    }
}

async function upgrades(stand: Stand): Promise<void> {
  const { token } = await stand.create({ permission: 'read_only' });
  for (const protocol of ['h2c', 'websocket', 'TLS/1.3, HTTP/1.1'])
    for (const named of ['Upgrade', 'keep-alive, upgrade', 'Upgrade, HTTP2-Settings', 'close']) {
      const headers = [...claims(['Upgrade'], protocol), ...claims(['HTTP2-Settings'], 'AAMAAABkAAQAAP__')];
      const { answer, arrived } = await stand.ask({ headers: [bearer(token), ['Connection', named], ...headers] });
      const told = `${protocol} by ${named}: ${answer.status}`;
      // A gateway may refuse it by itself, before it asks.
      assert.ok(arrived.length === 1 || (arrived.length === 0 && [400, 403].includes(answer.status)), told);
      for (const one of arrived) assert.deepEqual(valuesOf(one, 'Upgrade'), [], told);
    }
}

/** What Connection names is for the next hop only (RFC 9110, 7.6.1), so gateways drop it: but not what they add themselves. */
async function connection(stand: Stand): Promise<void> {
  const [good, reader] = [await stand.create(), await stand.create({ permission: 'read_only' })];
  const named: [string, string] = ['Connection', `close, ${IDENTITY.join(', ')}, X-Forwarded-Method, X-Forwarded-Uri`];
  stand.assertIdentity(await stand.passes({ headers: [bearer(good.token), named] }), good);
  await stand.refused({ method: 'POST', headers: [bearer(reader.token), named] }, 403, 'permission_denied');
}

async function networks(stand: Stand): Promise<void> {
  const key = bearer((await stand.create({ networks: ['127.0.0.2'] })).token);
  const claimed: [string, string][] = [
    ['X-Forwarded-For', '127.0.0.2'],
    ['X-FORWARDED-FOR', '127.0.0.2, 127.0.0.2'],
    ['X-Real-IP', '127.0.0.2'],
    ['Forwarded', 'for=127.0.0.2'],
    ['X-Client-IP', '127.0.0.2'],
    ['X-Envoy-External-Address', '127.0.0.2'],
  ];
  await stand.passes({ from: '127.0.0.2', headers: [key] });
  await stand.passes({ from: '127.0.0.2', headers: [key, ['X-Forwarded-For', '192.0.2.1']] });
  for (const from of ['127.0.0.1', '127.0.0.3'])
    await stand.refused({ from, headers: [key, ...claimed] }, 403, 'network_not_allowed');
}

async function paths(stand: Stand): Promise<void> {
  const [good, reader] = [await stand.create(), await stand.create({ permission: 'read_only' })];
  const tidied = stand.gateway.tidies ?? (path => path);
  for (const path of PATHS) {
    assert.equal((await stand.passes({ path, headers: [bearer(good.token)] })).url, tidied(path));
    await stand.refused({ path }, 401, 'malformed');
    await stand.refused({ path, method: 'POST', headers: [bearer(reader.token)] }, 403, 'permission_denied');
  }
}

async function restricted(stand: Stand): Promise<void> {
  const { port, key } = await stand.restricted();
  for (const one of carelessPaths(stand.gateway.tidies)) await restrictedAt(stand, port, key, one);
  const question = { path: '/orders/7', headers: [bearer(key.token)] };
  stand.assertIdentity(await stand.passes({ ...question, method: 'HEAD' }, port), key);
  for (const method of ['POST', 'DELETE', 'OPTIONS'])
    await stand.refused(
      { ...question, method, headers: [...question.headers, ...forged('GET', '/orders/7')] },
      403,
      'permission_denied',
      port,
    );
}

async function restrictedAt(stand: Stand, port: number, key: NewKey, { path, isGiven }: PathCase): Promise<void> {
  for (const claims of [[], forged('GET', '/orders/7'), forged('DELETE', '/admin')]) {
    const { answer, arrived } = await stand.ask({ path, headers: [bearer(key.token), ...claims] }, port);
    assert.equal(arrived.length, isGiven ? 1 : 0, path);
    // A gateway may refuse a path by itself, before it asks.
    assert.ok((isGiven ? [200] : [400, 403]).includes(answer.status), `${path}: ${answer.status}`);
  }
}

async function bodies(stand: Stand): Promise<void> {
  const [good, reader] = [await stand.create(), await stand.create({ permission: 'read_only' })];
  const body = '{"text":"ünï 😀"}'.repeat(5000);
  const chunked: [string, string] = ['Transfer-Encoding', 'chunked'];
  for (const more of [[], [chunked]]) {
    const headers = [bearer(good.token), ...more];
    for (const method of ['POST', 'PUT', 'DELETE'])
      assert.equal((await stand.passes({ method, headers, body })).body, body, method);
    assert.equal((await stand.passes({ method: 'POST', headers, body: '' })).body, '');
  }
  await stand.refused({ method: 'POST', body }, 401, 'malformed');
  await stand.refused({ method: 'POST', body, headers: [bearer(reader.token)] }, 403, 'permission_denied');
}

async function headAndOptions(stand: Stand): Promise<void> {
  const key = bearer((await stand.create({ permission: 'read_only' })).token);
  // What a browser asks before a page of another origin may: it carries no key, and there is no way around one.
  const preflight: [string, string][] = [
    ['Origin', 'https://app.example.com'],
    ['Access-Control-Request-Method', 'GET'],
  ];
  for (const method of ['HEAD', 'OPTIONS']) {
    const arrived = await stand.passes({ method, path: '/x?y=1', headers: [key, ...preflight] });
    assert.deepEqual([arrived.method, arrived.url, arrived.body], [method, '/x?y=1', '']);
    const answer = await stand.refused({ method, headers: preflight }, 401, 'malformed');
    if (method === 'HEAD') assert.equal(answer.body, '');
  }
}

async function deactivated(stand: Stand): Promise<void> {
  const [good, key] = [await stand.create(), await stand.create()];
  const headers = [bearer(key.token)];
  const rest = (method: string, path: string) =>
    ask(portOf(stand.keywright.url), {
      method,
      path: `/v1/access-keys/${key.key}${path}`,
      headers: [basic(good.key, good.secret)],
    });
  for (let round = 0; round < 3; round++) {
    await stand.passes({ headers });
    assert.equal((await rest('POST', '/deactivate')).status, 200);
    await stand.refused({ headers }, 401, 'inactive');
    assert.equal((await rest('POST', '/activate')).status, 200);
  }
  await stand.passes({ headers });
  await rest('POST', '/deactivate');
  assert.equal((await rest('DELETE', '')).status, 200);
  await stand.refused({ headers }, 401, 'unknown');
}

async function narrowed(stand: Stand): Promise<void> {
  const key = await stand.create();
  const headers = [bearer(key.token)];
  await stand.passes({ method: 'POST', headers });
  await stand.run('updateAccessKey', { key: key.key, permission: 'read_only' });
  stand.know({ ...key, permission: 'read_only' });
  await stand.refused({ method: 'POST', headers }, 403, 'permission_denied');
  stand.assertIdentity(await stand.passes({ headers }), { ...key, permission: 'read_only' });
}

async function project(stand: Stand): Promise<void> {
  const { id } = await stand.run('createProject', { name: 'Shop' });
  const [good, key] = [await stand.create(), await stand.create({ project: id })];
  const port = await stand.at(`/projects/${id}`);
  const claim: [string, string] = ['X-Key-Project', 'forged'];
  stand.assertIdentity(await stand.passes({ headers: [bearer(key.token), claim] }, port), key);
  await stand.refused({ headers: [bearer(good.token)] }, 403, 'project_mismatch', port);
  await stand.refused({ headers: [bearer(key.token)] }, 403, 'project_mismatch');
}
