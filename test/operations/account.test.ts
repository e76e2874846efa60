import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Role } from '@keywright/core';
import { DATABASES, keyCaller } from '../support/app.ts';
import { type Act, acting, actingAll, eventsAbout } from './acting.ts';
import { makeWorld, type World } from './world.ts';

for (const kind of DATABASES) {
  describe(`account on ${kind}`, () => {
    let world: World;
    let act: Record<Role, Act>;
    before(async () => {
      world = await makeWorld(kind);
      act = actingAll(world.app, world.home);
    });
    after(() => world[Symbol.asyncDispose]());

    test('the account is renamed, for all who look, and the event says so', async () => {
      const { id } = world.home;
      const before = await act.viewer('getAccount', {});
      assert.deepEqual(before, {
        id,
        name: 'Home',
        state: 'active',
        managedBy: null,
        createdAt: before.createdAt,
        rateLimits: [],
        quotas: [],
      });
      assert.deepEqual(await act.admin('updateAccount', { name: ' Firm ' }), { ...before, name: 'Firm' });
      await act.admin('updateAccount', { name: 'Firm' });
      assert.equal((await act.viewer('getProfile', {})).account.name, 'Firm');
      const events = await eventsAbout(act.admin, id);
      assert.deepEqual(
        events.map(event => event.details),
        [{ name: { from: 'Home', to: 'Firm' } }],
      );
      assert.equal((await acting(world.app, world.foreign.callers.viewer)('getAccount', {})).name, 'Zanzibar');
    });

    test('whoami names caller, account and key', async () => {
      const { app, home } = world;
      const { owner } = home.callers.viewer;
      const account = { id: home.id, name: (await act.owner('getAccount', {})).name };
      const party = { kind: 'member', id: owner.id, name: owner.name };
      const none = { home: null, key: null, keyName: null, expiresAt: null };
      const expected = { via: 'session', account, owner: party, role: 'viewer', permission: 'read_write', ...none };
      assert.deepEqual(await act.viewer('whoami', {}), expected);
      const expiresAt = '2099-01-01T00:00:00.000Z';
      const draft = { owner: owner.id, name: 'Reader', permission: 'read_only', expiresAt } as const;
      const { key, token } = await act.admin('createAccessKey', draft);
      const byKey = { via: 'access_key', key, keyName: 'Reader', permission: 'read_only', expiresAt };
      assert.deepEqual(await acting(app, await keyCaller(app, token))('whoami', {}), { ...expected, ...byKey });
    });
  });
}
