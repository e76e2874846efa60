import assert from 'node:assert/strict';
import { after, before, describe, type TestContext, test } from 'node:test';
import type { InputOf, OperationName, OutputOf } from '@keywright/contract';
import { run } from '@keywright/server';
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
    const robotKey = () => key({ owner: account.serviceAccount });

    /** How often facts were looked up; the look-up itself is the real one. */
    function countLoads(t: TestContext): () => number {
      const { mock } = t.mock.method(server.app.store, 'findFacts');
      return () => mock.callCount();
    }

    test('are looked up once for both endpoints, and again after each change, at once', async t => {
      const loads = countLoads(t);
      const member = account.callers.member.owner.id;
      const serviceAccount = account.serviceAccount;
      type Step = [make: () => Promise<NewKey>, change: (key: string) => Promise<unknown>, reason: string | null];
      const table: Record<string, Step> = {
        deactivateAccessKey: [key, key => change('deactivateAccessKey', { key }), 'inactive'],
        'updateAccessKey: enabled': [key, key => change('updateAccessKey', { key, enabled: false }), 'inactive'],
        'updateAccessKey: networks': [
          key,
          key => change('updateAccessKey', { key, networks: ['192.0.2.1'] }),
          'network_not_allowed',
        ],
        'updateAccessKey: permission': [
          key,
          key => change('updateAccessKey', { key, permission: 'read_only' }),
          'permission_denied',
        ],
        'updateAccessKey: expiresAt': [
          key,
          key => change('updateAccessKey', { key, expiresAt: '2001-01-01T00:00:00Z' }),
          'expired',
        ],
        'updateAccessKey: notBefore': [
          key,
          key => change('updateAccessKey', { key, notBefore: '2999-01-01T00:00:00Z' }),
          'not_yet_valid',
        ],
        activateAccessKey: [key, key => inactiveFirst(key), null],
        deleteAccessKey: [key, key => deleted(key), 'unknown'],
        deactivateServiceAccount: [
          robotKey,
          () => change('deactivateServiceAccount', { serviceAccount }),
          'owner_inactive',
        ],
        activateServiceAccount: [robotKey2, () => change('activateServiceAccount', { serviceAccount }), null],
        deactivateMember: [
          () => key({ owner: member }),
          () => change('deactivateMember', { member }),
          'owner_inactive',
        ],
        removeMember: [() => memberKey(member), () => change('removeMember', { member }), 'unknown'],
        updateAccount: [key, () => change('updateAccount', { name: 'Acme and daughters' }), null],
      };
      for (const [name, [make, act, reason]] of Object.entries(table)) {
        const { key: id, token } = await make();
        await doors.ask({ credential: token });
        const before = loads();
        await doors.ask({ credential: token });
        assert.equal(loads(), before, `${name}: the second time they were looked up again`);
        await act(id);
        assert.equal(await doors.json({ credential: token }), reason, name);
        assert.equal(loads(), before + 1, `${name}: they were not looked up again`);
        assert.equal(await doors.forwardAuth({ credential: token }), reason, name);
      }

      async function inactiveFirst(key: string): Promise<void> {
        await change('deactivateAccessKey', { key });
        await change('activateAccessKey', { key });
      }
      async function deleted(key: string): Promise<void> {
        await change('deactivateAccessKey', { key });
        await change('deleteAccessKey', { key });
      }
      /** Its owner is off since the row above. */
      async function robotKey2(): Promise<NewKey> {
        await change('activateServiceAccount', { serviceAccount });
        const made = await robotKey();
        await change('deactivateServiceAccount', { serviceAccount });
        return made;
      }
      async function memberKey(member: string): Promise<NewKey> {
        await change('activateMember', { member });
        return key({ owner: member });
      }
    });

    test('stay where a change concerns others', async t => {
      const loads = countLoads(t);
      const { token } = await key();
      const other = await robotKey();
      await doors.ask({ credential: token });
      const before = loads();
      await change('deactivateAccessKey', { key: other.key });
      await change('createServiceAccount', { name: 'Neighbour' });
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
        const kept = await until(read, { ms: SECOND_MS, what: 'the use to be written' });
        assert.deepEqual([kept.address, kept.user_agent, kept.at], [address, agent, server.clock.at]);
      }
    });
  });
}

describe('facts on PostgreSQL, where a look-up takes its time', () => {
  test('what was read before a change, and arrives after it, is not kept', async t => {
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
    assert.equal(await early, null, 'it was asked before the change');
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
    for (const [reason, act] of Object.entries(ways)) {
      const { key: id, token } = await key();
      assert.equal(await doors.ask({ credential: token }), null);
      await act(id);
      const asked = async () => (await doors.forwardAuth({ credential: token })) === reason;
      await until(asked, { ms: SECOND_MS, what: `${reason} at the other node` });
      assert.equal(await doors.json({ credential: token }), reason);
    }
  });

  test('while the database is away every door says 503, and afterwards all is as it was', async () => {
    await using postgres = await startPostgres({ durable: true });
    await using server = await startTestApp('sqlite', { database: await postgres.createDatabase() });
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
      // What was cached is not served for long: its eviction could not be heard of.
      'forward-auth with facts known before': () => get('/v1/auth', 'x-api-key', known.token),
    };
    for (const [name, ask] of Object.entries(asks)) {
      const answer = await until(async () => notCached(await ask()), { ms: SECOND_MS, what: `${name} to be 503` });
      assert.equal(answer.status, 503, name);
      assert.equal(answer.headers.get('content-type'), 'application/problem+json', name);
      assert.equal((await answer.json()).code, 'unavailable', name);
      assert.equal(answer.headers.get('retry-after'), '1', name);
    }
    await postgres.restart();
    await until(async () => (await doors.ask({ credential: known.token })) === null, {
      what: 'the database to be back',
    });
    for (const name of ['forward-auth', 'JSON', 'REST with a key', 'REST with a session', 'sign-in'])
      assert.ok((await asks[name]?.())?.ok, name);
  });
});

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
