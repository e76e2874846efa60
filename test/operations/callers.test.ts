import assert from 'node:assert/strict';
import { request } from 'node:http';
import { after, before, describe, test } from 'node:test';
import { contract, isReading, type Operation, operations } from '@keywright/contract';
import { emailOf, makeKey } from '../support/app.ts';
import { callerIn, validInput } from './cases.ts';
import { type Answer, ask, rest, restOf, signIn } from './http.ts';
import { dump, makeWorld, type World } from './world.ts';

/** What a browser says of a request that comes from a page of another site. */
const FROM_ELSEWHERE: Record<string, string>[] = [
  { origin: 'https://evil.example' },
  { origin: 'null' },
  { 'sec-fetch-site': 'cross-site' },
  { 'sec-fetch-site': 'same-site' },
  { 'sec-fetch-site': 'none' },
];

const changing = operations.filter(entry => entry.right !== 'public' && !isReading(entry));

describe('who calls, over HTTP', () => {
  let world: World;
  let url: string;
  let cookie: string;
  let made: { key: string; secret: string; token: string };
  before(async () => {
    world = await makeWorld('sqlite');
    url = world.running.url;
    cookie = await signIn(url, emailOf('Home', 'owner'));
    made = await makeKey(world.app, callerIn(world), { name: 'Carried' });
  });
  after(() => world[Symbol.asyncDispose]());

  const basic = (user: string, password: string) => `Basic ${btoa(`${user}:${password}`)}`;
  const whoami = (headers: Record<string, string>) => ask(`${url}/v1/whoami`, { headers });

  /** Every way to send a key. */
  const carriers = (): Record<string, Record<string, string>> => ({
    'Basic with key and secret': { authorization: basic(made.key, made.secret) },
    'Basic with the token as username': { authorization: basic(made.token, '') },
    Bearer: { authorization: `Bearer ${made.token}` },
    'X-API-Key': { 'x-api-key': made.token },
  });

  test('all carriers are equal', async () => {
    const answers = [];
    for (const headers of Object.values(carriers())) answers.push(await whoami(headers));
    for (const { status, body } of answers) assert.deepEqual([status, body], [200, answers[0]?.body]);
    assert.deepEqual([answers[0]?.body.via, answers[0]?.body.key], ['access_key', made.key]);
  });

  test('schemes and keys are read without case', async () => {
    const spellings = [
      { authorization: `bEARER ${made.token}` },
      { authorization: `bAsIc ${btoa(`${made.key.toLowerCase()}:${made.secret}`)}` },
    ];
    for (const headers of spellings) assert.equal((await whoami(headers)).status, 200);
  });

  test('two carriers are malformed, even when both are right', async () => {
    const authorization = carriers().Bearer?.authorization ?? '';
    const both = await whoami({ authorization, 'x-api-key': made.token });
    assert.deepEqual([both.status, both.body.code], [401, 'malformed']);
    for (const [header, value] of [
      ['authorization', authorization],
      ['x-api-key', made.token],
    ] as const)
      assert.equal(await codeOfRepeated(`${url}/v1/whoami`, header, value), 'malformed');
  });

  test('what can not be a key is malformed, what is no key of ours unknown', async () => {
    const wrongSecret = made.secret.replace(/^./, one => (one === 'a' ? 'b' : 'a'));
    const cases: [headers: Record<string, string>, code: string][] = [
      [{ authorization: 'Bearer' }, 'malformed'],
      [{ authorization: 'Bearer x' }, 'malformed'],
      [{ authorization: 'Digest abc' }, 'malformed'],
      [{ authorization: 'Basic !!!' }, 'malformed'],
      [{ authorization: basic(made.key, wrongSecret) }, 'malformed'],
      [{ 'x-api-key': `${made.token}x` }, 'malformed'],
      [{ 'x-api-key': '' }, 'malformed'],
    ];
    for (const [headers, code] of cases) {
      const { status, body } = await whoami(headers);
      assert.deepEqual([status, body.code], [401, code], JSON.stringify(headers));
    }
    const gone = await makeKey(world.app, callerIn(world), {});
    for (const name of ['deactivateAccessKey', 'deleteAccessKey'] as const)
      await rest(url, name, { key: gone.key }, { token: made.token });
    assert.equal((await whoami({ 'x-api-key': gone.token })).body.code, 'unknown');
  });

  test('a key goes before a session, and a refused key is no reason to take the session', async () => {
    assert.equal((await whoami({ cookie, 'x-api-key': made.token })).body.via, 'access_key');
    assert.equal((await whoami({ cookie, 'x-api-key': 'x' })).status, 401);
  });

  test('a key in the address counts for nothing', async () => {
    for (const name of ['token', 'key', 'api_key', 'access_token']) {
      const { status } = await ask(`${url}/v1/whoami?${name}=${made.token}`, {});
      assert.ok(status === 401 || status === 422);
    }
  });

  test('401 says how to come in; to the script of a page, not by the window of the browser', async () => {
    const challenged = ({ headers }: Answer) => headers.get('www-authenticate');
    const BEARER = 'Bearer realm="Keywright"';
    const BOTH = `Basic realm="Keywright", charset="UTF-8", ${BEARER}`;
    for (const headers of [{}, { 'x-api-key': 'x' }, { authorization: 'Bearer x' }]) {
      const plain = await whoami(headers as Record<string, string>); // none of them holds undefined
      assert.deepEqual([plain.status, challenged(plain)], [401, BOTH]);
      const script = await whoami({ ...(headers as Record<string, string>), 'sec-fetch-dest': 'empty' });
      assert.deepEqual([script.status, challenged(script)], [401, BEARER]);
    }
    assert.equal(challenged(await whoami({ 'x-api-key': made.token })), null);
  });

  for (const entry of changing) {
    test(`${entry.name}: a session from another site is refused, and nothing changes`, async () => {
      const input = await validInput(world, entry);
      const stood = await dump(world);
      for (const headers of FROM_ELSEWHERE) {
        const { status, body } = await restOf(url, entry, input, { cookie, headers });
        assert.deepEqual([status, body.code], [403, 'cross_site'], JSON.stringify(headers));
      }
      assert.deepEqual(await dump(world), stood);
    });
  }

  test('the console, and what is no browser, may change with a session', async () => {
    const ours: Record<string, string>[] = [
      {},
      { origin: url },
      { origin: url, 'sec-fetch-site': 'same-origin' },
      { 'sec-fetch-site': 'same-origin' },
    ];
    for (const headers of ours)
      assert.equal((await rest(url, 'updateAccount', { name: 'Home' }, { cookie, headers })).status, 200);
  });

  test('a page of another site can not sign anybody in or out', async () => {
    const body = JSON.stringify({ email: emailOf('Home', 'owner'), password: 'x' });
    for (const headers of FROM_ELSEWHERE) {
      for (const path of ['sign-in/email', 'sign-out']) {
        const sent = { ...headers, cookie, 'content-type': 'application/json' };
        const answer = await ask(`${url}/api/auth/${path}`, { method: 'POST', headers: sent, body });
        assert.deepEqual([answer.status, answer.body.code], [403, 'cross_site'], path);
      }
    }
    assert.equal((await rest(url, 'whoami', {}, { cookie })).status, 200);
  });

  test('a form of another site reaches nothing: its content types are not taken', async () => {
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x']) {
      const headers = { cookie, 'content-type': type };
      const answer = await ask(`${url}/v1/access-keys`, { method: 'POST', headers, body: '{"name":"Forged"}' });
      assert.deepEqual([answer.status, answer.body.code], [415, 'unsupported_media_type'], type);
    }
  });

  test('with a key, too: a browser that was asked for one adds it by itself', async () => {
    for (const headers of FROM_ELSEWHERE)
      assert.equal(
        (await rest(url, 'updateAccount', { name: 'Home' }, { token: made.token, headers })).body.code,
        'cross_site',
      );
  });

  test('a key that only reads is told what it lacks', async () => {
    const { token } = await makeKey(world.app, callerIn(world), { permission: 'read_only' });
    for (const entry of operations.filter(isForKeys)) {
      const { status, body } = await restOf(url, entry, await validInput(world, entry), { token });
      if (isReading(entry)) assert.equal(status, 200, entry.name);
      else assert.deepEqual([status, body.code], [403, 'permission_denied'], entry.name);
    }
    const { body } = await rest(url, 'createAccessKey', {}, { token });
    assert.match(String(body.detail), /read_write/);
  });

  test('a key of a project is none for the management API', async () => {
    const { token } = await makeKey(world.app, callerIn(world), { project: world.home.project });
    const { status, body } = await rest(url, 'whoami', {}, { token });
    assert.deepEqual([status, body.code], [403, 'project_mismatch']);
  });

  test('a key is bound to its networks, by the address that the trusted proxy names', async () => {
    const { token } = await makeKey(world.app, callerIn(world), { networks: ['203.0.113.0/24'] });
    const from = async (address: string) => {
      const { status, body } = await rest(url, 'whoami', {}, { token, headers: { 'x-forwarded-for': address } });
      return body.code ?? status;
    };
    assert.equal(await from('203.0.113.9'), 200);
    assert.equal(await from('198.51.100.1, 203.0.113.9'), 200);
    assert.equal(await from('203.0.113.9, 198.51.100.1'), 'network_not_allowed');
    assert.equal((await rest(url, 'whoami', {}, { token })).body.code, 'network_not_allowed');
  });

  test('verify needs no caller, and looks at none', async () => {
    const input = { credential: made.token, method: 'GET' };
    for (const headers of [{}, { 'x-api-key': 'x' }, { cookie: 'x' }, { origin: 'https://evil.example' }]) {
      const sent = headers as Record<string, string>; // none of them holds undefined
      const { status, body } = await restOf(url, contract.verify, input, { headers: sent });
      assert.deepEqual([status, body.allowed], [200, true]);
    }
  });
});

/** What an access key can call at all. */
function isForKeys({ right, sessionOnly }: Operation): boolean {
  return right !== 'public' && sessionOnly !== true;
}

/** `fetch` would join a header that comes twice into one. */
function codeOfRepeated(url: string, header: string, value: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const headers = ['host', new URL(url).host, header, value, header, value];
    const call = request(url, { headers }, response => {
      response
        .setEncoding('utf8')
        .toArray()
        .then(chunks => resolve(JSON.parse(chunks.join('')).code), reject);
    });
    call.on('error', reject).end();
  });
}
