import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { InputOf, OutputOf } from '@keywright/contract';
import { type Act, acting, actingAll } from '../operations/acting.ts';
import { ask } from '../operations/http.ts';
import { makeMember } from '../operations/world.ts';
import { makeAccount, startTestApp, type TestAccount, type TestApp } from '../support/app.ts';

type Decision = Extract<OutputOf<'verify'>, { allowed: boolean }>;
type Draft = InputOf<'createAccessKey'>;

const STEADY = { name: 'steady', max: 10, perSeconds: 10, burst: 3 };

describe('rate limits on one node', () => {
  const opened = new AsyncDisposableStack();
  let server: TestApp;
  let account: TestAccount;
  let act: Record<'owner' | 'admin' | 'member' | 'viewer', Act>;
  before(async () => {
    server = opened.use(await startTestApp());
    account = await makeAccount(server.app, 'Acme');
    act = actingAll(server.app, account);
  });
  after(() => opened.disposeAsync());

  const verify = async (credential: string, more: Partial<InputOf<'verify'>> = {}): Promise<Decision> => {
    const answer = await acting(server.app, undefined)('verify', { credential, method: 'GET', ...more });
    assert.ok('allowed' in answer);
    return answer;
  };
  const reasons = async (credential: string, count: number, more: Partial<InputOf<'verify'>> = {}) => {
    const seen: (string | null)[] = [];
    for (let n = 0; n < count; n++) seen.push((await verify(credential, more)).reason);
    return seen;
  };
  const limited = (more: Draft = {}) => act.admin('createAccessKey', { rateLimits: [STEADY], ...more });

  test('a burst passes, then what the rate gives back', async () => {
    const { token } = await limited();
    assert.deepEqual(await reasons(token, 4), [null, null, null, 'rate_limited']);
    server.clock.at += 999;
    assert.deepEqual(await reasons(token, 1), ['rate_limited']);
    server.clock.at += 1;
    assert.deepEqual(await reasons(token, 2), [null, 'rate_limited']);
    server.clock.at += 60_000;
    assert.deepEqual(await reasons(token, 4), [null, null, null, 'rate_limited']);
  });

  test('an answer says how the limits stand, and when the same would pass', async () => {
    const { token } = await limited();
    const time = (ms: number) => new Date(server.clock.at + ms).toISOString();
    const state = { of: 'key', kind: 'rate', name: 'steady', max: 10, seconds: 10, burst: 3 };
    const first = await verify(token, { cost: 2 });
    assert.deepEqual(first.limits, [{ ...state, remaining: 1, resetAt: time(2000) }]);
    assert.deepEqual([first.degraded, first.retryAt], [false, undefined]);
    const refused = await verify(token, { cost: 3 });
    assert.deepEqual(refused.limits, [{ ...state, remaining: 1, resetAt: time(2000) }]);
    assert.equal(refused.retryAt, time(2000));
    assert.equal((await verify(token, { cost: 4 })).retryAt, null, 'more than the burst passes never');
  });

  test('a cost of 0 asks whether one more would pass', async () => {
    const { token } = await limited();
    assert.deepEqual(await reasons(token, 5, { cost: 0 }), [null, null, null, null, null]);
    await verify(token, { cost: 3 });
    assert.deepEqual(await reasons(token, 2, { cost: 0 }), ['rate_limited', 'rate_limited']);
  });

  test('of several limits all hold, and a use that one refuses takes nothing of the others', async () => {
    const { token } = await limited({ rateLimits: [STEADY, { name: 'hourly', max: 5, perSeconds: 3600 }] });
    assert.deepEqual(await reasons(token, 5), [null, null, null, 'rate_limited', 'rate_limited']);
    server.clock.at += 2000;
    assert.deepEqual(await reasons(token, 3), [null, null, 'rate_limited']);
    server.clock.at += 60_000;
    const refused = await verify(token);
    assert.equal(refused.reason, 'rate_limited');
    assert.deepEqual(
      refused.limits?.map(({ name, remaining }) => [name, remaining]),
      [
        ['steady', 3],
        ['hourly', 0],
      ],
    );
  });

  test('those of an owner and of the account hold for all their keys together', async () => {
    const { id, callers } = await makeAccount(server.app, 'Limited');
    const admin = acting(server.app, callers.admin);
    const { caller } = await makeMember(server.app, id);
    const member = caller.owner.id;
    await admin('updateMember', { member, rateLimits: [{ ...STEADY, burst: 2 }] });
    await admin('updateAccount', { rateLimits: [{ ...STEADY, burst: 3 }] });
    const mine = acting(server.app, caller);
    const [one, two] = [await mine('createAccessKey', {}), await mine('createAccessKey', {})];
    const other = await admin('createAccessKey', {});
    assert.deepEqual(await reasons(one.token, 1), [null]);
    assert.deepEqual(await reasons(two.token, 2), [null, 'rate_limited']);
    assert.deepEqual(await reasons(other.token, 2), [null, 'rate_limited']);
    const { limits } = await admin('getLimits', { key: two.key });
    assert.deepEqual(
      limits.map(({ of, remaining }) => [of, remaining]),
      [
        ['owner', 0],
        ['account', 0],
      ],
    );
    assert.deepEqual((await admin('getLimits', { owner: member })).limits, limits);
    assert.deepEqual((await admin('getLimits', {})).limits, limits.slice(1));
  });

  test('a change of anything else lets no more pass', async () => {
    const { key, token } = await limited();
    assert.deepEqual(await reasons(token, 3), [null, null, null]);
    await act.admin('updateAccessKey', {
      key,
      description: 'Another',
      rateLimits: [STEADY, { ...STEADY, name: 'more' }],
    });
    await act.admin('deactivateAccessKey', { key });
    await act.admin('activateAccessKey', { key });
    assert.deepEqual(await reasons(token, 1), ['rate_limited']);
    await act.admin('updateAccessKey', { key, rateLimits: [{ ...STEADY, burst: 5 }] });
    assert.deepEqual(await reasons(token, 3), [null, null, 'rate_limited']);
    await act.admin('updateAccessKey', { key, rateLimits: [] });
    assert.deepEqual(await reasons(token, 9), Array(9).fill(null));
  });

  describe('to a gateway', () => {
    const auth = (token: string) => fetch(`${server.url}/v1/auth`, { headers: { authorization: `Bearer ${token}` } });
    const headersOf = ({ headers }: Response, ...names: string[]) => names.map(name => headers.get(name));

    test('the headers of the draft', async () => {
      const hourly = { name: 'hourly', max: 5, perSeconds: 3600 };
      const { token } = await limited({ rateLimits: [STEADY, hourly] });
      const first = await auth(token);
      assert.equal(first.status, 204);
      const policy = '"steady";q=10;w=10;keywright-burst=3, "hourly";q=5;w=3600';
      assert.deepEqual(headersOf(first, 'ratelimit-policy', 'ratelimit', 'retry-after'), [
        policy,
        '"steady";r=2;t=1, "hourly";r=4;t=720',
        null,
      ]);
      await auth(token);
      await auth(token);
      const refused = await auth(token);
      assert.equal(refused.status, 429);
      assert.deepEqual(headersOf(refused, 'ratelimit-policy', 'ratelimit', 'retry-after', 'x-key-reason'), [
        policy,
        '"steady";r=0;t=1, "hourly";r=2;t=720',
        '1',
        'rate_limited',
      ]);
      assert.equal(refused.headers.get('content-type'), 'application/problem+json');
      const problem = await refused.json();
      assert.deepEqual([problem.code, problem.status, problem['violated-policies']], ['rate_limited', 429, ['steady']]);
    });

    test('403 where that is asked for', async () => {
      await using other = await startTestApp('sqlite', { rateLimitStatus: 403 });
      const { callers } = await makeAccount(other.app, 'Acme');
      const draft = { rateLimits: [{ name: 'one', max: 1, perSeconds: 60 }] };
      const { token } = await acting(other.app, callers.admin)('createAccessKey', draft);
      const ask = () => fetch(`${other.url}/v1/auth`, { headers: { authorization: `Bearer ${token}` } });
      assert.equal((await ask()).status, 204);
      const refused = await ask();
      assert.equal(refused.status, 403);
      assert.deepEqual(headersOf(refused, 'retry-after', 'x-key-reason'), ['60', 'rate_limited']);
      assert.equal((await refused.json()).status, 403);
    });

    test('a key without limits gets none of them', async () => {
      const { token } = await act.member('createAccessKey', {});
      const answer = await auth(token);
      assert.deepEqual(headersOf(answer, 'ratelimit-policy', 'ratelimit', 'keywright-limits'), [null, null, null]);
    });
  });

  test('at the door for applications they are fields, and without limits there are none', async () => {
    const post = async (token: string) => {
      const body = JSON.stringify({ credential: token, method: 'GET' });
      return ask(`${server.url}/v1/verify`, { method: 'POST', body, headers: { 'content-type': 'application/json' } });
    };
    const { token } = await limited();
    const { body } = await post(token);
    assert.deepEqual([body.allowed, body.degraded, (body.limits as unknown[]).length], [true, false, 1]);
    const free = await act.member('createAccessKey', {});
    assert.ok(!('limits' in (await post(free.token)).body));
  });

  test('they hold for Keywright itself as well, with the same headers', async () => {
    const { token } = await limited({ rateLimits: [{ name: 'one', max: 1, perSeconds: 60 }] });
    const ask = (path: string) => fetch(`${server.url}/v1${path}`, { headers: { authorization: `Bearer ${token}` } });
    assert.equal((await ask('/whoami')).status, 200);
    const refused = await ask('/whoami');
    assert.equal(refused.status, 429);
    assert.equal(refused.headers.get('retry-after'), '60');
    assert.equal(refused.headers.get('ratelimit'), '"one";r=0;t=60');
    assert.deepEqual((await refused.json())['violated-policies'], ['one']);
    // A verifier goes on following changes: else it would not hear of a limit that is loosened.
    assert.equal((await ask('/verifiers/changes')).status, 200);
  });
});
