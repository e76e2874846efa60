import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { parseToken, type Role } from '@keywright/core';
import { sql } from 'kysely';
import { DATABASES, keyCaller, makeKey } from '../support/app.ts';
import { type Act, acting, actingAll, actionsAbout, eventsAbout, refusal, verdict } from './acting.ts';
import { dump, makeMember, makeWorld, type World } from './world.ts';

const HOUR_MS = 3_600_000;
const NEVER_MADE = `KW${'A'.repeat(18)}`;

/** On PostgreSQL they can still be read: a node that can not takes its database for one that is away. */
const NO_EVENTS = {
  sqlite: 'alter table events rename to events_away',
  postgres: 'alter table events add constraint away check (false) not valid',
};
const EVENTS_AGAIN = {
  sqlite: 'alter table events_away rename to events',
  postgres: 'alter table events drop constraint away',
};

for (const kind of DATABASES) {
  describe(`access keys on ${kind}`, () => {
    let world: World;
    let act: Record<Role, Act>;
    before(async () => {
      world = await makeWorld(kind);
      act = actingAll(world.app, world.home);
    });
    after(() => world[Symbol.asyncDispose]());

    const inHours = (hours: number) => new Date(world.app.now() + hours * HOUR_MS).toISOString();

    test('nothing is required of a new key', async () => {
      const { kind, id, name } = world.home.callers.member.owner;
      const { key, secret, token, ...rest } = await act.member('createAccessKey', {});
      assert.match(key, /^KW[A-Z2-7]{18}$/);
      assert.match(secret, /^[0-9A-Za-z]{40}$/);
      assert.equal(token, `kw_${key}_${secret}`);
      assert.equal(parseToken(token)?.key, key);
      assert.deepEqual(rest, {
        name: null,
        description: null,
        state: 'active',
        enabled: true,
        permission: 'read_write',
        grants: {},
        owner: { kind, id, name },
        creator: { kind, id, name },
        project: null,
        createdAt: new Date(world.app.now()).toISOString(),
        expiresAt: null,
        notBefore: null,
        networks: [],
        tags: [],
        rateLimits: [],
        quotas: [],
        legacy: false,
        lastUsed: null,
        notice: null,
      });
      assert.deepEqual(await act.member('getAccessKey', { key }), { key, ...rest, usedDays: [] });
      assert.equal(await verdict(world.app, token), 'allowed');
    });

    test('an administrator creates for others, and stays its creator', async () => {
      const { home } = world;
      const theirs = await act.admin('createAccessKey', { owner: home.callers.member.owner.id });
      assert.equal(theirs.owner.id, home.callers.member.owner.id);
      assert.equal(theirs.creator.id, home.callers.admin.owner.id);
      assert.equal((await act.member('getAccessKey', { key: theirs.key })).creator.id, home.callers.admin.owner.id);
      const robots = await act.admin('createAccessKey', { owner: home.serviceAccount });
      assert.deepEqual(robots.owner, { kind: 'service_account', id: home.serviceAccount, name: 'Home robot' });
    });

    test('only an owner holds the secret of a key of an owner', async () => {
      const other = (await makeMember(world.app, world.home.id, 'owner')).caller.owner.id;
      await refusal(act.admin('createAccessKey', { owner: other }), 'forbidden');
      assert.equal((await act.owner('createAccessKey', { owner: other })).owner.id, other);
    });

    test('nobody who is inactive or only invited gets a key', async () => {
      const { caller } = await makeMember(world.app, world.home.id);
      await act.owner('deactivateMember', { member: caller.owner.id });
      await refusal(act.owner('createAccessKey', { owner: caller.owner.id }), 'conflict');
      const invited = await act.owner('inviteMember', { name: 'Ida', email: 'ida@example.com' });
      await refusal(act.owner('createAccessKey', { owner: invited.id }), 'conflict');
    });

    test('a key by which another is made is its creator', async () => {
      const { app, home } = world;
      const first = await makeKey(app, home.callers.member, { name: 'First' });
      const made = await acting(app, await keyCaller(app, first.token))('createAccessKey', {});
      assert.deepEqual(made.creator, { kind: 'access_key', id: first.key, name: 'First' });
      assert.equal(made.owner.id, home.callers.member.owner.id);
    });

    test('values are kept in one form', async () => {
      const made = await act.member('createAccessKey', {
        name: '  Cafe\u0301 ',
        description: ' two\nlines ',
        tags: ['b', ' a', 'b'],
        networks: ['192.0.2.0/24', '192.0.2.0/24', '2001:db8::1'],
        expiresAt: '2099-01-01T01:00:00+01:00',
        notBefore: null,
      });
      assert.equal(made.name, 'Caf\u00e9');
      assert.equal(made.description, 'two\nlines');
      assert.deepEqual(made.tags, ['b', 'a']);
      assert.deepEqual(made.networks, ['192.0.2.0/24', '2001:db8::1']);
      assert.equal(made.expiresAt, '2099-01-01T00:00:00.000Z');
    });

    test('a life that can not be is refused, and nothing is made', async () => {
      const stood = await dump(world);
      await refusal(act.member('createAccessKey', { expiresAt: inHours(0) }), 'invalid_value', 'expiresAt');
      const backwards = { notBefore: inHours(2), expiresAt: inHours(2) };
      await refusal(act.member('createAccessKey', backwards), 'invalid_value', 'expiresAt');
      assert.deepEqual(await dump(world), stood);
      const { key } = await act.member('createAccessKey', { expiresAt: inHours(2) });
      await refusal(act.member('updateAccessKey', { key, notBefore: inHours(3) }), 'invalid_value', 'expiresAt');
    });

    test('the state follows the clock, in the list and at verify alike', async () => {
      const { app, running } = world;
      const { key, token } = await act.member('createAccessKey', { notBefore: inHours(1), expiresAt: inHours(2) });
      const stateNow = async () => {
        const { state } = await act.member('getAccessKey', { key });
        const { items } = await act.member('listAccessKeys', { state, text: key });
        assert.deepEqual(
          items.map(item => item.key),
          [key],
        );
        return [state, await verdict(app, token)];
      };
      assert.deepEqual(await stateNow(), ['not_yet_valid', 'not_yet_valid']);
      running.clock.at += HOUR_MS;
      assert.deepEqual(await stateNow(), ['active', 'allowed']);
      running.clock.at += HOUR_MS;
      assert.deepEqual(await stateNow(), ['expired', 'expired']);
      await act.member('deactivateAccessKey', { key });
      assert.deepEqual(await stateNow(), ['inactive', 'inactive']);
    });

    test('deactivate and activate take effect at once, and may be repeated', async () => {
      const { key, token } = await act.member('createAccessKey', { name: 'On and off' });
      assert.equal(await verdict(world.app, token), 'allowed');
      for (const time of [1, 2]) {
        assert.equal((await act.member('deactivateAccessKey', { key })).state, 'inactive', `time ${time}`);
        assert.equal(await verdict(world.app, token), 'inactive');
      }
      for (const time of [1, 2]) {
        assert.equal((await act.member('activateAccessKey', { key })).state, 'active', `time ${time}`);
        assert.equal(await verdict(world.app, token), 'allowed');
      }
      assert.deepEqual(await actionsAbout(act.member, key), [
        'createAccessKey',
        'deactivateAccessKey',
        'activateAccessKey',
      ]);
      const [, off, on] = await eventsAbout(act.member, key);
      assert.deepEqual(off?.details, { enabled: { from: true, to: false } });
      assert.deepEqual(on?.details, { enabled: { from: false, to: true } });
    });

    test('what is deleted is gone for good, but its events stay', async () => {
      const { key, token } = await act.member('createAccessKey', { name: 'Short' });
      await refusal(act.member('deleteAccessKey', { key }), 'conflict');
      await act.member('deactivateAccessKey', { key });
      assert.deepEqual(await act.member('deleteAccessKey', { key }), { done: true });
      assert.equal(await verdict(world.app, token), 'unknown');
      for (const name of ['getAccessKey', 'activateAccessKey', 'deactivateAccessKey', 'deleteAccessKey'] as const)
        await refusal(act.member(name, { key }), 'not_found');
      const last = (await eventsAbout(act.member, key)).at(-1);
      assert.equal(last?.action, 'deleteAccessKey');
      assert.deepEqual(last?.target, { kind: 'access_key', id: key, name: 'Short' });
    });

    test('a change changes what it names, and the event says from what to what', async () => {
      const made = await act.member('createAccessKey', { name: 'Before', description: 'Kept', tags: ['a'] });
      const { key, token } = made;
      const networks = ['198.51.100.0/24'];
      const change = { name: 'After', tags: [], networks, permission: 'read_only' as const };
      const { secret: _secret, token: _token, ...shown } = made;
      assert.deepEqual(await act.member('updateAccessKey', { key, ...change }), { ...shown, ...change });
      assert.equal(await verdict(world.app, token), 'network_not_allowed');
      assert.equal(await verdict(world.app, token, { address: '198.51.100.7' }), 'allowed');
      const [, updated] = await eventsAbout(act.member, key);
      assert.deepEqual(updated?.details, {
        name: { from: 'Before', to: 'After' },
        permission: { from: 'read_write', to: 'read_only' },
        networks: { from: [], to: ['198.51.100.0/24'] },
        tags: { from: ['a'], to: [] },
      });
      assert.equal((await act.member('updateAccessKey', { key, name: null })).name, null);
    });

    test('a change that changes nothing leaves no event', async () => {
      const { key } = await act.member('createAccessKey', { name: 'Same' });
      await act.member('updateAccessKey', { key });
      await act.member('updateAccessKey', { key, name: 'Same', enabled: true, tags: [] });
      assert.deepEqual(await actionsAbout(act.member, key), ['createAccessKey']);
    });

    test('key, secret, owner and project never change', async () => {
      const { key } = await act.member('createAccessKey', {});
      for (const field of ['secret', 'token', 'owner', 'project', 'creator', 'createdAt']) {
        // The compiler would refuse it; a request can hold anything.
        const input = { key, [field]: 'x' } as { key: string };
        await refusal(act.member('updateAccessKey', input), 'invalid_value', field);
      }
    });

    test('a key is found whatever the case of its letters', async () => {
      const { key } = await act.member('createAccessKey', {});
      assert.equal((await act.member('getAccessKey', { key: key.toLowerCase() })).key, key);
      await refusal(act.member('getAccessKey', { key: NEVER_MADE }), 'not_found');
      await refusal(act.member('getAccessKey', { key: 'KW1' }), 'invalid_value', 'key');
    });

    test('without its event no change is made', async () => {
      const { store } = world.app;
      const { key, token } = await act.member('createAccessKey', { name: 'Stays' });
      const stood = await dump(world);
      await store.transact(tx => sql.raw(NO_EVENTS[kind]).execute(tx));
      await refusal(act.member('createAccessKey', {}), 'internal');
      await refusal(act.member('updateAccessKey', { key, name: 'Gone' }), 'internal');
      await refusal(act.member('deactivateAccessKey', { key }), 'internal');
      await store.transact(tx => sql.raw(EVENTS_AGAIN[kind]).execute(tx));
      assert.deepEqual(await dump(world), stood);
      assert.equal(await verdict(world.app, token), 'allowed');
    });
  });
}
