import assert from 'node:assert/strict';
import { after, before, describe, type TestContext, test } from 'node:test';
import type { InputOf, OperationName, OutputOf } from '@keywright/contract';
import { limits } from '@keywright/core';
import { run } from '@keywright/server';
import { median } from '../../bench/median.ts';
import {
  callOf,
  DATABASES,
  emailOf,
  makeAccount,
  makeKey,
  PASSWORD,
  startTestApp,
  type TestAccount,
  type TestApp,
} from '../support/app.ts';
import { freshDatabase, startPostgres } from '../support/postgres.ts';
import { until } from '../support/until.ts';
import { Doors } from './doors.ts';

type NewKey = OutputOf<'createAccessKey'>;

/** In which a change is known everywhere, and a use on disk. */
const SECOND_MS = 1000;

for (const kind of DATABASES) {
  describe(`facts on ${kind}`, () => {
    let server: TestApp;
    let account: TestAccount;
    let doors: Doors;
    before(async () => {
      server = await startTestApp(kind);
      account = await makeAccount(server.app, 'Acme');
      // The feed brings the changes of other processes; those of this one must not have to wait for it.
      await server.app.feed.stop();
      doors = new Doors(server.url);
    });
    after(async () => {
      doors[Symbol.dispose]();
      await server[Symbol.asyncDispose]();
    });

    const change = <Name extends OperationName>(name: Name, input: InputOf<Name>) =>
      run(server.app, name, input, callOf(account.callers.owner));
    const key = (input: InputOf<'createAccessKey'> = {}) => makeKey(server.app, account.callers.owner, input);

    /** How often facts were looked up; the look-up itself is the real one. */
    function countLoads(t: TestContext): () => number {
      const { mock } = t.mock.method(server.app.store, 'findFacts');
      return () => mock.callCount();
    }

    /** Facts that are known are not looked up; after the change they are, once, and both endpoints know it. */
    async function checkEviction(
      loads: () => number,
      token: string,
      act: () => Promise<unknown>,
      reason: string | null,
    ) {
      await doors.ask({ credential: token });
      const before = loads();
      await doors.ask({ credential: token });
      assert.equal(loads(), before, 'the second time they were looked up again');
      await act();
      assert.equal(await doors.json({ credential: token }), reason);
      assert.equal(loads(), before + 1, 'they were not looked up again');
      assert.equal(await doors.forwardAuth({ credential: token }), reason);
    }

    test('are looked up once for both endpoints, and again after each change of the key, at once', async t => {
      const update = (input: Omit<InputOf<'updateAccessKey'>, 'key'>) => (key: string) =>
        change('updateAccessKey', { key, ...input });
      const table: [act: (key: string) => Promise<unknown>, reason: string | null][] = [
        [key => change('deactivateAccessKey', { key }), 'inactive'],
        [update({ enabled: false }), 'inactive'],
        [update({ networks: ['192.0.2.1'] }), 'network_not_allowed'],
        [update({ permission: 'read_only' }), 'permission_denied'],
        [update({ expiresAt: '2001-01-01T00:00:00Z' }), 'expired'],
        [update({ notBefore: '2999-01-01T00:00:00Z' }), 'not_yet_valid'],
        [update({ name: 'Renamed' }), null],
      ];
      const loads = countLoads(t);
      for (const [act, reason] of table) {
        const { key: id, token } = await key();
        await checkEviction(loads, token, () => act(id), reason);
      }
      const { key: id, token } = await key();
      await checkEviction(loads, token, () => change('deactivateAccessKey', { key: id }), 'inactive');
      await checkEviction(loads, token, () => change('activateAccessKey', { key: id }), null);
      await change('deactivateAccessKey', { key: id });
      await checkEviction(loads, token, () => change('deleteAccessKey', { key: id }), 'unknown');
    });

    test('are looked up again after each change of its owner, at once', async t => {
      const member = account.callers.member.owner.id;
      const { serviceAccount } = account;
      const robots = await key({ owner: serviceAccount });
      const members = await key({ owner: member });
      const table: [key: NewKey, act: () => Promise<unknown>, reason: string | null][] = [
        [robots, () => change('deactivateServiceAccount', { serviceAccount }), 'owner_inactive'],
        [robots, () => change('activateServiceAccount', { serviceAccount }), null],
        [robots, () => change('updateServiceAccount', { serviceAccount, role: 'viewer' }), 'permission_denied'],
        [members, () => change('changeMemberRole', { member, role: 'viewer' }), 'permission_denied'],
        [members, () => change('changeMemberRole', { member, role: 'member' }), null],
        [members, () => change('deactivateMember', { member }), 'owner_inactive'],
        [members, () => change('activateMember', { member }), null],
        [members, () => change('removeMember', { member }), 'unknown'],
      ];
      const loads = countLoads(t);
      for (const [{ token }, act, reason] of table) await checkEviction(loads, token, act, reason);
    });

    test('stay where a change concerns others, or nothing that is decided by', async t => {
      const loads = countLoads(t);
      const { token } = await key();
      const other = await key({ owner: account.serviceAccount });
      await doors.ask({ credential: token });
      const before = loads();
      await change('deactivateAccessKey', { key: other.key });
      await change('createServiceAccount', { name: 'Neighbour' });
      await change('updateKeyPolicy', { nameRequired: false });
      await change('changeMemberRole', { member: account.callers.viewer.owner.id, role: 'member' });
      await signIn(server, emailOf('Acme', 'owner'));
      assert.equal(await doors.ask({ credential: token }), null);
      assert.equal(loads(), before);
    });

    test('a change that was not made evicts nothing and changes nothing', async t => {
      const loads = countLoads(t);
      const { key: id, token } = await key();
      await doors.ask({ credential: token });
      const before = loads();
      await assert.rejects(change('deleteAccessKey', { key: id }), { code: 'conflict' });
      await assert.rejects(change('updateAccessKey', { key: id, networks: ['nowhere'] }), { code: 'invalid_value' });
      assert.equal(await doors.ask({ credential: token }), null);
      assert.equal(loads(), before);
    });

    test('a key is refused from the answer to its deactivation on, however many ask meanwhile', async () => {
      const askers = Array.from({ length: 4 }, () => new Doors(server.url));
      try {
        for (let round = 0; round < 25; round++) {
          const { key: id, token } = await key();
          let isOff = false;
          const asking = askers.map(async asker => {
            for (let after = 0; after < 3; ) {
              const wasOff = isOff;
              const reason = await asker.forwardAuth({ credential: token });
              if (wasOff) assert.equal(reason, 'inactive');
              if (wasOff) after++;
            }
          });
          const turnOff = change('deactivateAccessKey', { key: id }).then(() => {
            isOff = true;
          });
          await Promise.all([...asking, turnOff]);
        }
      } finally {
        for (const asker of askers) asker[Symbol.dispose]();
      }
    });

    test('a use is on disk within a second, with address and user agent, at both endpoints', async () => {
      const { db } = server.app.store;
      const json = (body: object) =>
        fetch(`${server.url}/v1/verify`, { method: 'POST', headers: JSON_TYPE, body: JSON.stringify(body) });
      const uses: [use: (token: string) => Promise<Response>, address: string | null, agent: string][] = [
        [
          token => fetch(`${server.url}/v1/auth`, { headers: { 'x-api-key': token, 'user-agent': 'gate/1' } }),
          '127.0.0.1',
          'gate/1',
        ],
        [
          token => json({ credential: token, address: '::ffff:192.0.2.9', userAgent: 'a\0b\ud800' }),
          '192.0.2.9',
          'a b\ufffd',
        ],
        [token => json({ credential: token, address: 'nowhere', userAgent: 'x'.repeat(900) }), null, 'x'.repeat(200)],
      ];
      for (const [use, address, agent] of uses) {
        const { key: id, token } = await key();
        assert.ok((await use(token)).ok);
        const read = () =>
          db.selectFrom('last_uses').selectAll().where('key', '=', id).where('at', 'is not', null).executeTakeFirst();
        // Twice as long as promised: nothing unsafe comes of it where this machine is busy.
        const kept = await until(read, { ms: 2 * SECOND_MS, what: 'the use to be written' });
        assert.deepEqual([kept.address, kept.user_agent, kept.at], [address, agent, server.clock.at]);
      }
    });
  });
}

describe('facts on PostgreSQL, where a look-up takes its time', () => {
  test('nothing is decided by what was read before a change and arrives after it', async t => {
    await using server = await startTestApp('postgres');
    const { owner } = (await makeAccount(server.app, 'Acme')).callers;
    const { key, token } = await makeKey(server.app, owner);
    using doors = new Doors(server.url);
    const { store } = server.app;
    const findFacts = store.findFacts.bind(store);
    const [read, arrive] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    // The real look-up, whose answer is on its way until we let it arrive.
    const { mock } = t.mock.method(store, 'findFacts', async (...key: Parameters<typeof findFacts>) => {
      const facts = await findFacts(...key);
      read.resolve();
      await arrive.promise;
      return facts;
    });
    const early = doors.forwardAuth({ credential: token });
    await read.promise;
    await run(server.app, 'deactivateAccessKey', { key }, callOf(owner));
    arrive.resolve();
    assert.equal(await early, 'inactive');
    assert.equal(mock.callCount(), 2);
    mock.restore();
    assert.equal(await doors.ask({ credential: token }), 'inactive');
  });

  test('what changes at one node is known at the other within a second', async () => {
    await using database = await freshDatabase();
    await using one = await startTestApp('sqlite', { database: database.url });
    await using other = await startTestApp('sqlite', { database: database.url });
    const { callers } = await makeAccount(one.app, 'Acme');
    const call = callOf(callers.owner);
    using doors = new Doors(other.url);
    const key = () => makeKey(one.app, callers.owner, { owner: callers.member.owner.id });
    const ways: Record<string, (key: string) => Promise<unknown>> = {
      inactive: key => run(one.app, 'deactivateAccessKey', { key }, call),
      network_not_allowed: key => run(one.app, 'updateAccessKey', { key, networks: ['192.0.2.1'] }, call),
      owner_inactive: () => run(one.app, 'deactivateMember', { member: callers.member.owner.id }, call),
    };
    const took: number[] = [];
    for (const [reason, act] of Object.entries(ways)) {
      const { key: id, token } = await key();
      assert.equal(await doors.ask({ credential: token }), null);
      await act(id);
      const asked = async () => (await doors.forwardAuth({ credential: token })) === reason;
      took.push(await msUntil(asked, `${reason} at the other node`));
      assert.equal(await doors.json({ credential: token }), reason);
    }
    assert.ok(median(took) < SECOND_MS, `it took ${took} ms`);
  });

  test('what changes of an API at one node is known at the other within a second', async () => {
    await using database = await freshDatabase();
    await using one = await startTestApp('sqlite', { database: database.url });
    await using other = await startTestApp('sqlite', { database: database.url });
    const { callers } = await makeAccount(one.app, 'Acme');
    const call = callOf(callers.owner);
    const api = (await run(one.app, 'createApi', { name: 'Shop' }, call)).id;
    const endpoint = { api, endpoint: 'GET /orders/{}' };
    const { token } = await makeKey(one.app, callers.owner, { permission: 'read_only' });
    const asked = { credential: token, api, method: 'GET', path: '/orders/7' };
    const isAllowed = async () => {
      const decision = await run(other.app, 'verify', asked, callOf(undefined));
      return 'allowed' in decision && decision.allowed;
    };
    assert.ok(await isAllowed(), 'of no endpoint, and it reads');
    const changes: [what: string, change: () => Promise<unknown>, allowed: boolean][] = [
      [
        'a GET that writes',
        () => run(one.app, 'createEndpoint', { api, method: 'GET', path: '/orders/{order}', reads: false }, call),
        false,
      ],
      ['a GET that reads', () => run(one.app, 'updateEndpoint', { ...endpoint, reads: true }, call), true],
      ['no API any more', () => run(one.app, 'deleteApi', { api }, call), false],
    ];
    const took: number[] = [];
    for (const [what, change, allowed] of changes) {
      await change();
      took.push(await msUntil(async () => (await isAllowed()) === allowed, what));
    }
    assert.ok(median(took) < SECOND_MS, `it took ${took} ms`);
  });

  test('while the database is away every door says 503, and afterwards all is as it was', async () => {
    await using postgres = await startPostgres({ durable: true });
    const staleMaxMs = limits.staleMsMin;
    await using server = await startTestApp('sqlite', { database: await postgres.createDatabase(), staleMaxMs });
    const { owner } = (await makeAccount(server.app, 'Acme')).callers;
    const [known, never] = [await makeKey(server.app, owner), await makeKey(server.app, owner)];
    const cookie = await signIn(server, emailOf('Acme', 'owner'));
    using doors = new Doors(server.url);
    assert.equal(await doors.ask({ credential: known.token }), null);
    await postgres.stop();
    const get = (path: string, name: string, value: string) =>
      fetch(`${server.url}${path}`, { headers: { [name]: value } });
    const post = (path: string, body: object) =>
      fetch(`${server.url}${path}`, { method: 'POST', headers: JSON_TYPE, body: JSON.stringify(body) });
    const asks: Record<string, () => Promise<Response>> = {
      'forward-auth': () => get('/v1/auth', 'x-api-key', never.token),
      JSON: () => post('/v1/verify', { credential: never.token }),
      'JSON, several': () => post('/v1/verify', { items: [{ credential: 'x' }, { credential: never.token }] }),
      'REST with a key': () => get('/v1/whoami', 'x-api-key', never.token),
      'REST with a session': () => get('/v1/whoami', 'cookie', cookie),
      'sign-in': () => post('/api/auth/sign-in/email', { email: emailOf('Acme', 'owner'), password: PASSWORD }),
      'a public operation': () => post('/v1/invitation', { token: 'x' }),
      // What was cached is served for as long as was set: its eviction could not be heard of.
      'forward-auth with facts known before': () => get('/v1/auth', 'x-api-key', known.token),
    };
    const since = performance.now();
    for (const [name, ask] of Object.entries(asks)) {
      const ms = staleMaxMs + SECOND_MS;
      const answer = await until(async () => notCached(await ask()), { ms, what: `${name} to be 503` });
      assert.equal(answer.status, 503, name);
      assert.equal(answer.headers.get('content-type'), 'application/problem+json', name);
      assert.equal((await answer.json()).code, 'unavailable', name);
      assert.equal(answer.headers.get('retry-after'), '1', name);
    }
    assert.ok(performance.now() - since > staleMaxMs - SECOND_MS, 'what was cached was not served while it could be');
    await postgres.restart();
    await until(async () => (await doors.ask({ credential: known.token })) === null, {
      what: 'the database to be back',
    });
    for (const name of ['forward-auth', 'JSON', 'REST with a key', 'REST with a session', 'sign-in'])
      assert.ok((await asks[name]?.())?.ok, name);
  });
});

/** Each is seen within a few seconds, though the machine stands still for a moment; how long it took shows in most of them. */
async function msUntil(check: () => Promise<boolean>, what: string): Promise<number> {
  const since = performance.now();
  await until(check, { ms: 3 * SECOND_MS, what });
  return performance.now() - since;
}

const JSON_TYPE = { 'content-type': 'application/json' };

/** An answer that tells of the database; one from the cache does not yet. */
function notCached(answer: Response): Response | undefined {
  return answer.status === 204 ? undefined : answer;
}

async function signIn(server: TestApp, email: string): Promise<string> {
  const body = JSON.stringify({ email, password: PASSWORD });
  const answer = await fetch(`${server.url}/api/auth/sign-in/email`, { method: 'POST', headers: JSON_TYPE, body });
  assert.equal(answer.status, 200);
  return answer.headers.getSetCookie()[0]?.split(';', 1)[0] ?? '';
}
