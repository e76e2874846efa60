import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { InputOf, OutputOf } from '@keywright/contract';
import { limits, newSecret, parseToken, type Role } from '@keywright/core';
import { DATABASES } from '../support/app.ts';
import { type Act, acting, actingAll, refusal } from './acting.ts';
import { FOREIGN_NAME, makeMember, makeWorld, type World } from './world.ts';

type Asked = NonNullable<InputOf<'verify'>['items']>[number];
type Decision = Extract<OutputOf<'verify'>, { allowed: boolean }>;

const HOUR_MS = 3_600_000;

for (const kind of DATABASES) {
  describe(`verify on ${kind}`, () => {
    let world: World;
    let act: Record<Role, Act>;
    let anybody: Act;
    before(async () => {
      world = await makeWorld(kind);
      act = actingAll(world.app, world.home);
      anybody = acting(world.app, undefined);
    });
    after(() => world[Symbol.asyncDispose]());

    const verify = async (asked: Asked): Promise<Decision> => {
      const answer = await anybody('verify', asked);
      assert.ok('allowed' in answer);
      return answer;
    };

    test('a decision that allows tells whose key it is', async () => {
      const { home } = world;
      const draft = {
        owner: home.serviceAccount,
        project: home.project,
        name: 'Shop',
        permission: 'read_only',
      } as const;
      const { key, secret, token } = await act.admin('createAccessKey', draft);
      const expected = {
        allowed: true,
        reason: null,
        missing: null,
        key,
        name: 'Shop',
        owner: { kind: 'service_account', id: home.serviceAccount, name: 'Home robot' },
        account: home.id,
        project: home.project,
        permission: 'read_only',
        expiresAt: null,
      };
      for (const credential of [token, `${key}:${secret}`, `${token}:`, `${key.toLowerCase()}:${secret}`])
        assert.deepEqual(await verify({ credential, method: 'GET', project: home.project }), expected);
    });

    test('what is not said is not granted', async () => {
      const { home } = world;
      const reader = await act.member('createAccessKey', { permission: 'read_only' });
      const noMethod = await verify({ credential: reader.token });
      assert.deepEqual([noMethod.reason, noMethod.missing], ['permission_denied', 'read_write']);
      const bound = await act.member('createAccessKey', { networks: ['192.0.2.0/24'] });
      assert.equal((await verify({ credential: bound.token })).reason, 'network_not_allowed');
      const shop = await act.member('createAccessKey', { project: home.project });
      assert.equal((await verify({ credential: shop.token })).reason, 'project_mismatch');
    });

    test('each reason, while all that follow would refuse as well', async () => {
      const { app, home, running } = world;
      const { caller } = await makeMember(app, home.id);
      const mine = acting(app, caller);
      const at = app.now();
      const times = {
        notBefore: new Date(at + HOUR_MS).toISOString(),
        expiresAt: new Date(at + 2 * HOUR_MS).toISOString(),
      };
      const networks = ['192.0.2.0/24'];
      const limited = { project: home.project, networks, permission: 'read_only' as const };
      const { key, token } = await mine('createAccessKey', { ...limited, ...times });
      const member = caller.owner.id;
      await act.admin('deactivateMember', { member });
      await act.admin('deactivateAccessKey', { key });
      const asked: Asked = { credential: token };
      const seen: (string | null)[] = [];
      const look = async () => seen.push((await verify(asked)).reason);
      await look();
      await act.admin('activateAccessKey', { key });
      await look();
      running.clock.at = at + 2 * HOUR_MS;
      await look();
      running.clock.at = at + HOUR_MS;
      await look();
      await act.admin('activateMember', { member });
      await look();
      asked.address = '192.0.2.1';
      await look();
      asked.project = home.project;
      await look();
      asked.method = 'HEAD';
      await look();
      assert.deepEqual(seen, [
        'inactive',
        'not_yet_valid',
        'expired',
        'owner_inactive',
        'network_not_allowed',
        'project_mismatch',
        'permission_denied',
        null,
      ]);
    });

    test('nothing is told of a key whose secret is not proven', async () => {
      const one = await act.member('createAccessKey', { name: FOREIGN_NAME });
      const other = await act.member('createAccessKey', {});
      const never = await act.member('createAccessKey', {});
      await act.member('deactivateAccessKey', { key: never.key });
      await act.member('deleteAccessKey', { key: never.key });
      const nothing = {
        missing: null,
        key: null,
        name: null,
        owner: null,
        account: null,
        project: null,
        permission: null,
      };
      const unknown = { allowed: false, reason: 'unknown', ...nothing, expiresAt: null };
      const malformed = { ...unknown, reason: 'malformed' };
      assert.deepEqual(await verify({ credential: never.token }), unknown);
      const key = parseToken(one.token)?.key;
      assert.ok(key);
      // Of the right form and checksum, but not the one that was given out.
      const guessed = newSecret(key, world.app.random).reveal();
      assert.deepEqual(await verify({ credential: `${key}:${guessed}` }), unknown);
      // The checksum ties a secret to its key: one of another key is refused without a look.
      assert.deepEqual(await verify({ credential: `${one.key}:${other.secret}` }), malformed);
      for (const credential of ['', 'x', ':', one.key, `${one.token}x`, one.token.slice(0, -1)])
        assert.deepEqual(await verify({ credential }), malformed, credential);
      assert.deepEqual(await verify({ credential: one.token, account: world.foreign.id }), unknown);
      assert.equal((await verify({ credential: one.token, account: world.home.id })).allowed, true);
    });

    test('many at once are answered in their order, each for itself', async () => {
      const { token } = await act.member('createAccessKey', {});
      const asked: Asked[] = [
        { credential: token },
        { credential: 'x' },
        { credential: token, account: world.foreign.id },
        { credential: token, method: 'GET' },
      ];
      const items = Array.from({ length: limits.verifyItemsMax }, (_, at) => asked[at % 4] ?? { credential: '' });
      const answer = await anybody('verify', { items });
      assert.ok('items' in answer);
      const reasons = answer.items.map(decision => decision.reason);
      assert.deepEqual(
        reasons,
        items.map((_, at) => [null, 'malformed', 'unknown', null][at % 4]),
      );
    });

    test('one, or several, but not both, none or too many', async () => {
      const item = { credential: 'x' };
      const wrong: [InputOf<'verify'>, string][] = [
        [{}, 'credential'],
        [{ method: 'GET' }, 'credential'],
        [{ ...item, items: [item] }, 'credential'],
        [{ method: 'GET', items: [item] }, 'items'],
        [{ items: [] }, 'items'],
        [{ items: Array(limits.verifyItemsMax + 1).fill(item) }, 'items'],
        [{ items: [item, { ...item, method: 'get' }] }, 'items.1.method'],
        [{ ...item, project: 'shop' }, 'project'],
      ];
      for (const [input, field] of wrong) await refusal(anybody('verify', input), 'invalid_value', field);
    });

    test('a use is remembered: when, from where, by what', async () => {
      const { app } = world;
      const { key, token } = await act.member('createAccessKey', {});
      await verify({ credential: token, method: 'GET', address: '2001:db8::9', userAgent: 'shop/2' });
      await verify({ credential: token, method: 'GET', address: '192.0.2.9', userAgent: 'shop/3' });
      await app.uses.flush();
      const { lastUsed, usedDays } = await act.member('getAccessKey', { key });
      const at = new Date(app.now()).toISOString();
      assert.deepEqual(lastUsed, { at, address: '192.0.2.9', userAgent: 'shop/3', api: null });
      assert.deepEqual(usedDays, [{ day: at.slice(0, 10), count: 2 }]);
      // A refused call is no use.
      await act.member('deactivateAccessKey', { key });
      await verify({ credential: token, method: 'GET', userAgent: 'late' });
      await app.uses.flush();
      assert.equal((await act.member('getAccessKey', { key })).lastUsed?.userAgent, 'shop/3');
    });
  });
}
